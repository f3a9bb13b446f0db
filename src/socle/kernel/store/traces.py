"""Pages of traces, the latest first, over every chain at once.

Each chain is read backwards by its rank and the chains are merged by time. A position (the rank reached in each
chain) is all that the next page needs: what is written meanwhile lies above it, so pages never shift.
"""

import base64
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from socle.kernel.audit import Event
from socle.kernel.audit.chain import decode
from socle.kernel.store import anchors
from socle.kernel.store.audit_trail import AT, unpack
from socle.kernel.store.database import Database

BUDGET: Final = 20_000  # rows examined for one page: a filter that finds nothing ends, and says where it stopped
_AT_ONCE: Final = 500

Position = Mapping[tuple[str, int], int]  # (schema, chain) → rank below which it is still to be read


@dataclass(frozen=True, slots=True)
class Written:
    """A trace where it is kept."""

    schema: str
    chain: int
    n: int
    event: Event

    @property
    def id(self) -> str:
        """Its name in the house: schema-chain-rank, each "_" written "." (a FHIR id takes none)."""
        return f"{self.schema}-{self.chain}-{self.n}".replace("_", ".")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which traces. `since` is included, `until` is not; `subject` is a `chain.subject_key`; None: whatever.

    matches  what columns cannot say, decided on the event
    """

    since: datetime | None = None
    until: datetime | None = None
    subject: int | None = None
    schemas: frozenset[str] | None = None
    matches: Callable[[Event], bool] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some traces, and where to go on (None: that was all). It may be short, or empty, and not the last."""

    found: Sequence[Written]
    next: Position | None
    examined: int


async def find(database: Database, trace_id: str) -> Written | None:
    """The trace of that id, None when there is none, or none that can be read; "_" is taken for "." there."""
    trace_id = trace_id.replace("_", ".")
    schema, _, rest = trace_id.rpartition("-")[0].rpartition("-")
    rank = trace_id.rpartition("-")[2]
    schema = schema.replace(".", "_")
    if not (rest.isascii() and rest.isdigit() and rank.isascii() and rank.isdigit()):
        return None
    chain, n = int(rest[:6]), int(rank[:19])
    if chain > 32_767 or n >= 2**63 or schema not in await anchors.audited_schemas(database):
        return None
    sql = f'SELECT body FROM "{schema}".audit WHERE chain = $1 AND n = $2'
    rows = await database.query(sql, chain, n)
    if not rows:
        return None
    event = _event(rows[0]["body"])
    found = Written(schema, chain, n, event) if event is not None else None
    return found if found is not None and found.id == trace_id else None


async def start(database: Database) -> Position:
    """The position of the very latest traces."""
    heads = await anchors.heads(database, await anchors.audited_schemas(database))
    return {(head.schema, head.chain): head.n + 1 for head in heads}


async def page(
    database: Database, wanted: Wanted, count: int, position: Position | None = None, *, budget: int = BUDGET
) -> Page:
    """Up to `count` traces, the latest first, below `position` (None: from the latest).

    Raises: KeyError when the position names a schema that keeps no traces.
    """
    if position is None:
        position = await start(database)
    known = set(await anchors.audited_schemas(database))
    for schema, _ in position:
        if schema not in known:
            raise KeyError(schema)
    left = {
        place: below
        for place, below in position.items()
        if below > 1 and (wanted.schemas is None or place[0] in wanted.schemas)
    }
    readers = {place: _backwards(database, *place, below, wanted) for place, below in left.items()}
    heads = {place: row for place, reader in readers.items() if (row := await anext(reader, None)) is not None}
    left = {place: below for place, below in left.items() if place in heads}
    found: list[Written] = []
    examined = 0
    while heads and len(found) < count and examined < budget:
        place = max(heads, key=lambda each: (heads[each].at, each))
        row = heads.pop(place)
        examined += 1
        left[place] = row.n
        event = _event(row.body)
        if event is not None and (wanted.matches is None or wanted.matches(event)):
            found.append(Written(*place, row.n, event))
        following = await anext(readers[place], None)
        if following is None:
            del left[place]
        else:
            heads[place] = following
    for reader in readers.values():
        await reader.aclose()
    return Page(found, left if heads else None, examined)


def to_token(position: Position) -> str:
    """A position as a page link carries it."""
    said = orjson.dumps([[*place, below] for place, below in sorted(position.items())])
    return base64.urlsafe_b64encode(said).rstrip(b"=").decode()


def from_token(token: str) -> Position:
    """The position of a page link. Whether its registers exist is checked where they are read.

    Raises: ValueError when it was not made by `to_token`.
    """
    try:
        said = orjson.loads(base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)))
        position = {(schema, chain): below for schema, chain, below in said}
    except TypeError as error:
        raise ValueError("not a position") from error
    for (schema, chain), below in position.items():
        if not (isinstance(schema, str) and type(chain) is int and type(below) is int):
            raise ValueError("not a position")
        if not (0 <= chain < 2**15 and 0 <= below < 2**63):
            raise ValueError("not a position")
    return position


@dataclass(frozen=True, slots=True)
class _Kept:
    n: int
    at: datetime
    body: bytes


async def _backwards(
    database: Database, schema: str, chain: int, below: int, wanted: Wanted
) -> AsyncGenerator[_Kept, None]:
    conditions = ["chain = $1", "n < $2"]
    arguments: list[object] = []
    for column, value in (("at >=", wanted.since), ("at <", wanted.until), ("subjects @>", wanted.subject)):
        if value is not None:
            arguments.append([value] if isinstance(value, int) else value)
            conditions.append(f"{column} ${len(arguments) + 2}")
    select = f'SELECT n, {AT}, body FROM "{schema}".audit WHERE {" AND ".join(conditions)}'
    if wanted.subject is not None:  # a person has few traces: find them by the person first, whatever the planner hopes
        select = f"WITH hit AS MATERIALIZED ({select}) SELECT n, at, body FROM hit"
    size = 64
    while rows := await database.query(f"{select} ORDER BY n DESC LIMIT {size}", chain, below, *arguments):
        for row in rows:
            yield _Kept(row["n"], row["at"], row["body"])
        if len(rows) < size:
            return
        below, size = rows[-1]["n"], _AT_ONCE


def _event(body: bytes) -> Event | None:
    try:
        return decode(unpack(body))
    except ValueError:
        return None  # `socle audit verify` is what names it
