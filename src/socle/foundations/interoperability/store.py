"""The steps of specifications recorded in this house."""

from typing import Final

from socle.foundations.interoperability.model import Certainty, Day, Move, State, Step
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database

SCHEMA: Final = "specifications"
_STEPS: Final = (
    "SELECT specification, version, state, told_on, source, note, conditions, at, who_name FROM specifications.step "
    "WHERE $1 = '' OR specification = $1 ORDER BY specification, n"
)
_RECORD: Final = (
    "INSERT INTO specifications.step (specification, n, version, state, told_on, source, note, conditions, at, who, who_name) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text[], $9, $10, $11)"
)


async def recorded(database: Database, specification: str = "") -> dict[str, list[Step]]:
    """Steps by specification, in the order in which they were recorded; of one when it is named."""
    found: dict[str, list[Step]] = {}
    for row in await database.query(_STEPS, specification):
        found.setdefault(row["specification"], []).append(_step(row))
    return found


async def record(database: Database, specification: str, n: int, move: Move, trace: Trace) -> None:
    """Keep a step as the `n`-th of a specification, with its trace. Raises: Problem(CONFLICT) when there is one already."""
    values = (
        specification,
        n,
        move.version,
        move.state.value,
        move.on.text,
        move.source,
        move.note,
        sorted(move.conditions),
        trace.at,
        trace.who,
        trace.name,
    )
    event = Event(trace, Action.CREATE, entities=(f"specification/{specification}#{n}",), detail=move.state.value)
    await database.write(SCHEMA, [(_RECORD, values)], trace, notes=[event])


def _step(row: Row) -> Step:
    return Step(
        row["version"],
        State(row["state"]),
        Day(row["told_on"]),
        Certainty.RECORDED,
        row["source"],
        "",
        row["note"],
        tuple(row["conditions"]),
        row["who_name"],
        row["at"],
    )
