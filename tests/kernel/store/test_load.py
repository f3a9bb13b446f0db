"""Bulk loading, of resources and of a module's tables."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.kernel.store.things import NOON, patient, trace

from socle.kernel.audit import Action
from socle.kernel.audit.chain import decode
from socle.kernel.outcome import Problem
from socle.kernel.store import Op, Put, Stored, Unit
from socle.kernel.store.compression import unpack
from socle.kernel.store.postgres import PostgresDatabase
from socle.kernel.store.postgres.load import load_puts


async def test_resources_are_loaded_with_their_history_and_traces(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    assert await store.load((patient(str(n)) for n in range(2_500)), trace()) == 2_500
    assert len(await store.read_many([("Patient", str(n)) for n in range(2_500)])) == 2_500
    [counts] = await database.query(
        "SELECT (SELECT count(*) FROM sandbox.history) h, (SELECT count(*) FROM sandbox.ix_str) s"
    )
    assert tuple(counts.values()) == (2_500, 2_500)
    traces = [decode(unpack(r["body"])) for r in await database.query("SELECT body FROM sandbox.audit ORDER BY n")]
    assert [len(event.entities) for event in traces] == [1000, 1000, 500]


async def test_resources_may_come_one_by_one_as_they_are_ready(database: PostgresDatabase) -> None:
    async def coming() -> AsyncIterator[Put]:
        for n in range(10):
            yield patient(str(n))

    assert await database.store("sandbox").load(coming(), trace()) == 10


async def test_a_load_never_holds_more_than_two_batches() -> None:
    committed = most = 0

    async def commit(unit: Unit) -> list[Stored]:
        nonlocal committed
        await asyncio.sleep(0)
        committed += len(unit.changes)
        return [Stored("Patient", "", 1, NOON, Op.CREATE, b"")] * len(unit.changes)

    def counted() -> Iterator[Put]:
        nonlocal most
        for n in range(6_000):
            most = max(most, n - committed)
            yield patient(str(n))

    assert await load_puts(commit, counted(), trace()) == 6_000
    assert most <= 2_000


async def test_a_load_that_breaks_keeps_what_was_committed_and_says_so(database: PostgresDatabase) -> None:
    def breaking() -> Iterator[Put]:
        for n in range(2_500):
            if n == 2_400:
                raise ValueError("line 2400 cannot be read")
            yield patient(str(n))

    store = database.store("sandbox")
    with pytest.raises(ValueError, match="line 2400"):
        await store.load(breaking(), trace())
    [row] = await database.query("SELECT count(*) AS n FROM sandbox.resource")
    assert row["n"] % 1000 == 0


async def test_rows_of_a_module_are_copied_with_one_trace(database: PostgresDatabase) -> None:
    await database.query("CREATE TABLE house.commune (code text PRIMARY KEY, name text)")
    rows = ((f"{n:05}", f"Commune {n}") for n in range(10_000))
    assert await database.load("house", "commune", ["code", "name"], rows, trace("load")) == 10_000
    [event] = [decode(unpack(r["body"])) for r in await database.query("SELECT body FROM house.audit")]
    assert (event.action, event.query) == (Action.EXECUTE, "load commune")


async def test_a_copy_that_breaks_keeps_nothing(database: PostgresDatabase) -> None:
    await database.query("CREATE TABLE house.town (code text PRIMARY KEY)")
    with pytest.raises(Problem):
        await database.load("house", "town", ["code"], [("1",), ("2",), ("1",)], trace())
    assert await database.query("SELECT FROM house.town") == []
