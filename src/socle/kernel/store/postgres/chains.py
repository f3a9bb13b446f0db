"""The chain of traces that a writer extends: its own, so that workers never wait for one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from struct import Struct
from typing import Any, Final

import asyncpg

from socle.kernel.audit import Event
from socle.kernel.audit.chain import HASH_SIZE, encode, genesis, link, subjects
from socle.kernel.fhir.keys import key
from socle.kernel.store.postgres.rows import pack
from socle.kernel.store.postgres.values import BIGINTS, BYTEA, MOMENT, bigints, elements, microseconds, typed

_MOST_WORKERS = 1000
# Of a row of house.new_trace: its size and columns, then the type and the size of each column.
_HEAD: Final = Struct(f"!iiiiqii{HASH_SIZE}si")


@dataclass(slots=True)
class Encoded:
    """An event ready to be chained."""

    at: datetime
    subjects: list[int]
    body: bytes
    packed: bytes


def encoded(event: Event) -> Encoded:
    """The event in its canonical form, packed."""
    body = encode(event)
    return Encoded(event.trace.at, subjects(event), body, pack(body))


@dataclass(slots=True)
class Chain:
    """Where the chain stands: number and hash of its last committed trace."""

    number: int
    n: int
    hash: bytes

    def extend(self, events: Sequence[Encoded], row_type: int) -> tuple["Chain", list[Any]]:
        """Where it will stand after `events`, and the arguments of the statements that write them, to the fourth.

        row_type  the number of the type house.new_trace
        """
        previous, n = self.hash, self.n
        parts: list[bytes] = []
        for event in events:
            n += 1
            previous = link(previous, self.number, n, event.at, event.body)
            persons = bigints(event.subjects)
            length = _HEAD.size + len(persons) + len(event.packed) + 4
            parts += (
                _HEAD.pack(length, 4, MOMENT, 8, microseconds(event.at), BYTEA, HASH_SIZE, previous, BIGINTS),
                persons,
                typed(BYTEA, len(event.packed)),
                event.packed,
            )
        return Chain(self.number, n, previous), [self.number, self.n, previous, elements(row_type, len(events), parts)]


async def take_chain(connection: asyncpg.Connection, schema: str) -> Chain:
    """The first chain of `schema` that no other session holds; ours until `connection` closes."""
    for number in range(1, _MOST_WORKERS):
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", key("chain", schema, str(number))):
            await connection.execute(
                f"INSERT INTO {schema}.audit_head (chain, n, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING",
                number,
                genesis(schema),
            )
            row = await connection.fetchrow(f"SELECT n, hash FROM {schema}.audit_head WHERE chain = $1", number)
            assert row is not None
            return Chain(number, row["n"], row["hash"])
    raise RuntimeError("no free chain")
