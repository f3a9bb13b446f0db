"""When the chains were last verified, how far, and what was found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.store import anchors
from socle.kernel.store.audit_trail import Report
from socle.kernel.store.database import Database

_SCHEMA: Final = "house"


@dataclass(frozen=True, slots=True)
class State:
    """One chain today, and its last verification (None: never).

    n         traces it holds now
    up_to     rank that the last verification reached
    findings  what it found
    """

    schema: str
    chain: int
    n: int
    verified: datetime | None = None
    up_to: int = 0
    findings: int = 0


async def keep(database: Database, report: Report, *, trace: Trace) -> None:
    """Write down what a verification found; it leaves its own trace."""
    sql = "INSERT INTO house.verification (at, schema, chain, n, findings, who) VALUES ($1, $2, $3, $4, $5, $6)"
    rows = [(sql, (trace.at, c.schema, c.chain, c.n, c.findings, trace.who)) for c in report.chains]
    outcome = Outcome.SUCCESS if report.is_whole else Outcome.FAILED
    said = f"{report.events} traces, {report.anchored} anchors, {report.total} findings"
    await database.write(_SCHEMA, rows, trace, notes=[Event(trace, Action.EXECUTE, outcome, detail=said)])


async def states(database: Database) -> list[State]:
    """Every chain, by register and rank, with its last verification."""
    rows = await database.query(
        "SELECT DISTINCT ON (schema, chain) schema, chain, at, n, findings FROM house.verification "
        "ORDER BY schema, chain, at DESC"
    )
    last = {(row["schema"], row["chain"]): row for row in rows}
    standing = {
        (h.schema, h.chain): h.n for h in await anchors.heads(database, await anchors.audited_schemas(database))
    }
    found = []
    for schema, chain in sorted(standing.keys() | last.keys()):
        row, n = last.get((schema, chain)), standing.get((schema, chain), 0)
        done = (row["at"], row["n"], row["findings"]) if row else (None, 0, 0)
        found.append(State(schema, chain, n, *done))
    return found
