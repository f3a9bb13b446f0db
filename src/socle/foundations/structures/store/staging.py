"""Lines on their way in: staged by groups, so that an interrupted load goes on where it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import orjson

from socle.foundations.structures.formats import Fault, Item, Kind, Source
from socle.foundations.structures.permissions import REGISTER
from socle.foundations.structures.rules.words import sought
from socle.kernel.audit import Trace
from socle.kernel.store.database import Database

COLUMNS: Final = ("load", "source", "line", "kind", "shape", "numero", "key", "parent", "digest", "sought", "facts")
MOST_FAULTS: Final = 2_000  # described; all are counted


@dataclass(frozen=True, slots=True)
class Begun:
    """A load under way. `staged`: of each file, how many items are staged already."""

    id: int
    staged: dict[int, int]


def stamps(sources: Sequence[Source]) -> str:
    """What tells these files from others, as kept."""
    return orjson.dumps([{"name": one.name, "stamp": one.stamp} for one in sources]).decode()


async def begin(
    database: Database, sources: Sequence[Source], *, difference: bool, who: str, name: str, now: datetime
) -> Begun:
    """A new load, or the same one that was interrupted: same files, same mode."""
    said = stamps(sources)
    rows = await database.query(
        f"SELECT id FROM {REGISTER}.load WHERE state = 'staging' AND sources = $1::text::jsonb AND difference = $2 "
        "ORDER BY id DESC LIMIT 1",
        said,
        difference,
    )
    if rows:
        id = int(rows[0]["id"])
        staged = await database.query(
            f"SELECT source, count(*) AS n FROM {REGISTER}.stage WHERE load = $1 GROUP BY source", id
        )
        return Begun(id, {row["source"]: row["n"] for row in staged})
    [row] = await database.query(
        f"INSERT INTO {REGISTER}.load (begun, difference, sources, who, who_name) "
        "VALUES ($1, $2, $3::text::jsonb, $4, $5) RETURNING id",
        now,
        difference,
        said,
        who,
        name,
    )
    return Begun(int(row["id"]), {})


def row_of(load: int, source: int, item: Item) -> tuple[Any, ...]:
    """The staged row of an item."""
    facts = orjson.dumps(item.facts, option=orjson.OPT_SORT_KEYS)
    digest = blake2b(facts + item.parent.encode(), digest_size=16).digest()
    kind = item.shape.kind
    words = sought(item.numero, item.facts) if kind in (Kind.EJ, Kind.ET) else ""
    return (
        load,
        source,
        item.line,
        int(kind),
        item.shape.name,
        item.numero,
        item.key,
        item.parent,
        digest,
        words,
        facts.decode(),
    )


async def stage(database: Database, rows: Iterable[tuple[Any, ...]], trace: Trace) -> int:
    """Put rows on their way in, durably; answers how many."""
    return await database.load(REGISTER, "stage", COLUMNS, rows, trace)


async def note(database: Database, load: int, faults: Sequence[Fault], trace: Trace) -> None:
    """Keep what is wrong in a load; a second reading of the same files replaces the first."""
    described = list(faults[:MOST_FAULTS])
    await database.write(
        REGISTER,
        [
            (f"DELETE FROM {REGISTER}.fault WHERE load = $1", (load,)),
            (
                f"INSERT INTO {REGISTER}.fault SELECT $1, n, file, line, field, rule, fr, en, severe FROM unnest($2::text[], "
                "$3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bool[]) WITH ORDINALITY "
                "AS u(file, line, field, rule, fr, en, severe, n)",
                (
                    load,
                    [one.file for one in described],
                    [one.line for one in described],
                    [one.field for one in described],
                    [one.rule for one in described],
                    [one.text.fr for one in described],
                    [one.text.en for one in described],
                    [one.severe for one in described],
                ),
            ),
        ],
        trace,
    )


async def refuse(database: Database, load: int, counts: dict[str, int], trace: Trace) -> None:
    """End a load that changes nothing: its lines go, its report stays."""
    await database.write(
        REGISTER,
        [
            (f"DELETE FROM {REGISTER}.stage WHERE load = $1", (load,)),
            (
                f"UPDATE {REGISTER}.load SET state = 'refused', finished = $2, counts = $3::text::jsonb WHERE id = $1",
                (load, trace.at, orjson.dumps(counts).decode()),
            ),
        ],
        trace,
    )
