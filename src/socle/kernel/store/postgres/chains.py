"""The chain of traces that a writer extends: its own, so that workers never wait for one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from socle.kernel.audit import Event
from socle.kernel.audit.chain import encode, genesis, link, subjects
from socle.kernel.fhir.keys import key
from socle.kernel.store.postgres.rows import Block, moments, numbers, pack

_MOST_WORKERS = 1000


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

    def extend(self, events: Sequence[Encoded], block: Block) -> tuple["Chain", list[Any]]:
        """Where it will stand after `events`, and the arguments of the statements that write them, to the tenth.

        Hashes and bodies go to `block`, which is the fourth: its bytes are put there by the caller, once complete.
        """
        previous, n = self.hash, self.n
        places: list[int] = []
        flat: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        for event in events:
            n += 1
            previous = link(previous, self.number, n, event.at, event.body)
            places.append(block.add(previous))
            block.add(event.packed)
            starts.append(len(flat) + 1)
            flat += event.subjects
            ends.append(len(flat))
        return Chain(self.number, n, previous), [
            self.number,
            self.n,
            previous,
            b"",
            moments([event.at for event in events]),
            numbers(flat),
            numbers(starts),
            numbers(ends),
            numbers(places),
            numbers([len(event.packed) for event in events]),
        ]


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
