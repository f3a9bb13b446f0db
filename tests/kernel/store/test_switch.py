"""What a large load relies on: rows as COPY takes them, lines as COPY gives them, a step that is done or not."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from tests.kernel.store.things import NOON, patient, trace

from socle.kernel.store import Delete, Keys, Op, Put, Unit
from socle.kernel.store.postgres import PostgresDatabase
from socle.kernel.store.postgres.binary import COLUMNS, TABLES, lines_of
from socle.kernel.store.postgres.rows import delete_version, pack, put_version
from socle.kernel.store.postgres.switch import Switch
from socle.kernel.store.postgres.values import bigints

EVERYTHING = Keys(
    toks=[-(2**63), -1, 0, 1, 2**63 - 1],
    present=1 << 40,
    dlo=datetime(1884, 2, 29, tzinfo=UTC),
    dhi=NOON + timedelta(microseconds=123_000),
    dates=[(-5, datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC))],
    numbers=[(12, -1.5, 1e300, -7, 3)],
    strings=[(13, "d œuvre \\ lévêque"), (13, ""), (14, "x" * 600)],
    subject="Patient/é",
)


@pytest.mark.parametrize("keys", [EVERYTHING, Keys()], ids=["everything", "nothing"])
async def test_a_load_writes_the_row_that_the_writer_writes(database: PostgresDatabase, keys: Keys) -> None:
    store = database.store("sandbox")
    put = Put("Patient", "1", {"resourceType": "Patient"}, keys)
    await store.commit(Unit([put], trace()))
    columns = {
        table: [name for name in COLUMNS[table] if name not in ("rid", "key", "fid", "body")] for table in TABLES
    }
    said = "SELECT {} FROM {} ORDER BY 1, 2"
    by_writer = {
        table: await database.query(said.format(", ".join(names), f"sandbox.{table}"))
        for table, names in columns.items()
    }
    async with database.switch("sandbox") as switch:
        await switch.start()
        version = put_version(put, 1, by_writer["resource"][0]["updated"], Op.CREATE, 77)
        gone = delete_version(Delete("Patient", "parti"), 3, NOON, None, 78)
        await switch.add(lines_of([version], pack.dictionary))
        for table, names in columns.items():
            made = await switch.query(said.format(", ".join(names), f"sandbox.next_{table}"))
            assert [_unordered(row) for row in made] == [_unordered(row) for row in by_writer[table]]
        await switch.add(lines_of([gone], pack.dictionary))
        [row] = await switch.query("SELECT * FROM sandbox.next_resource WHERE rid = 78")
        assert (row["deleted"], row["dict"], row["body"], row["toks"], row["subject"]) == (True, 0, b"", [], None)
        await switch.drop()


def _unordered(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, list) else value for name, value in dict(row).items()}


def test_an_array_says_its_dimensions_and_sizes() -> None:
    assert bigints([]) == bytes.fromhex("0000000c 00000000 00000000 00000014")
    assert bigints([-1]) == bytes.fromhex("00000020 00000001 00000000 00000014 00000001 00000001 00000008" + "ff" * 8)


async def test_lines_of_a_snapshot_are_whole_and_may_be_left_early(database: PostgresDatabase) -> None:
    numbers = "SELECT g, repeat('x', 200) FROM generate_series($1::int, 50000) AS g ORDER BY g"
    async with database.snapshot() as snapshot:
        async with aclosing(snapshot.lines(numbers, 2)) as pieces:
            read = b"".join([piece async for piece in pieces])
        assert [int(line.split(b"\t")[0]) for line in read.splitlines()] == list(range(2, 50_001))
        async with aclosing(snapshot.lines(numbers, 1)) as pieces:
            assert (await anext(pieces)).startswith(b"1\t")  # and no more
    # left early, the snapshot is over, and its connection was given back without a word


async def test_an_exchange_keeps_history_its_places_and_what_consumers_are_told(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    database.interest("sandbox", "Patient", "somebody")
    await store.commit(Unit([patient("1"), patient("2")], trace()))
    async with database.switch("sandbox") as switch:
        await switch.start()
        since, first = await switch.position(), await switch.reserve(10)
        rows = await switch.query("SELECT rid FROM sandbox.resource WHERE fid = '1'")
        versions = [put_version(patient("1", "DURAND"), 2, NOON, Op.UPDATE, rows[0]["rid"])]
        versions += [put_version(patient(f"n{n}"), 1, NOON, Op.CREATE, first + n) for n in range(4)]
        await switch.add(lines_of(versions, pack.dictionary))
        await switch.complete({})
        async with switch.together():
            await switch.seal({})
        statements = await switch.exchange(since, {}, database.consumers("sandbox"))
        assert any("next_history RENAME" in sql for sql, _ in statements)  # shorter than what comes: made beside
        await database.write("sandbox", statements, trace())
    history = await database.query("SELECT seq, fid, version, op FROM sandbox.history ORDER BY seq")
    assert [tuple(row.values())[1:] for row in history[:2]] == [("1", 1, 1), ("2", 1, 1)]
    assert {tuple(row.values())[1:] for row in history[2:]} == {("1", 2, 2), *((f"n{n}", 1, 1) for n in range(4))}
    told = await database.query("SELECT seq FROM sandbox.outbox WHERE consumer = 'somebody' ORDER BY id")
    assert [row["seq"] for row in told] == [row["seq"] for row in history]
    [after] = await store.commit(Unit([patient("3")], trace()))
    assert after.seq > history[-1]["seq"]
    stored = await store.read("Patient", "2")
    assert stored is not None
    assert stored.version == 1
    for table in ("resource", "history"):
        [kept] = await database.query(f"SELECT reloptions FROM pg_class WHERE oid = 'sandbox.{table}'::regclass")
        assert kept["reloptions"] is None  # tidied as before


async def test_a_long_history_stays_where_it_is(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    await store.commit(Unit([patient("1"), patient("2")], trace()))
    async with database.switch("sandbox") as switch:
        await switch.start()
        since, first = await switch.position(), await switch.reserve(1)
        await switch.add(lines_of([put_version(patient("n"), 1, NOON, Op.CREATE, first)], pack.dictionary))
        await switch.complete({})
        async with switch.together():
            await switch.seal({})
        statements = await switch.exchange(since, {}, ())
        assert not any("next_history" in sql for sql, _ in statements)
        await database.write("sandbox", statements, trace())
    [row] = await database.query("SELECT count(*) AS n, max(seq) AS last FROM sandbox.history")
    assert (row["n"], row["last"]) == (3, since + 1)


async def test_what_was_completed_before_a_cut_is_not_made_again(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = database.store("sandbox")
    await store.commit(Unit([patient("1"), patient("2")], trace()))
    made = Counter[str]()
    async with database.switch("sandbox") as switch:
        await switch.start()
        since, first = await switch.position(), await switch.reserve(5)
        news = [put_version(patient(f"n{n}"), 1, NOON, Op.CREATE, first + n) for n in range(5)]
        await switch.add(lines_of(news, pack.dictionary))
        share = Switch._share

        async def cut(self: Switch, jobs: list[list[str]]) -> None:
            made.update(" ".join(job) for job in jobs[:3])
            await share(self, jobs[:3])
            raise OSError("cut")

        with monkeypatch.context() as patched:
            patched.setattr(Switch, "_share", cut)
            with pytest.raises(OSError, match="cut"):
                await switch.complete({})

        async def counted(self: Switch, jobs: list[list[str]]) -> None:
            made.update(" ".join(job) for job in jobs)
            await share(self, jobs)

        monkeypatch.setattr(Switch, "_share", counted)
        await switch.complete({})
        async with switch.together():
            await switch.seal({})
        await database.write("sandbox", await switch.exchange(since, {}, ()), trace())
    assert len(made) > 8
    assert set(made.values()) == {1}
    [row] = await database.query("SELECT count(*) AS n FROM sandbox.resource r JOIN sandbox.history h USING (key)")
    assert row["n"] == 7
    await store.commit(Unit([patient("n1", "DURAND")], trace()))  # its keys and sequences are there


async def test_an_index_that_cannot_be_built_is_told_and_its_connection_given_back(database: PostgresDatabase) -> None:
    await database.store("sandbox").commit(Unit([patient("1")], trace()))
    async with database.switch("sandbox") as switch:
        await switch.start()
        first = await switch.reserve(2)
        twice = [put_version(patient(f"n{n}"), 1, NOON, Op.CREATE, first) for n in range(2)]  # one number for two
        await switch.add(lines_of(twice, pack.dictionary))
        with pytest.raises(asyncpg.UniqueViolationError):
            await switch.complete({})
    ours = "SELECT FROM pg_stat_activity WHERE application_name LIKE 'socle switch%'"
    for _ in range(1_000):  # the server takes a moment to see that they left
        if not await database.query(ours):
            break
    else:
        pytest.fail("a connection is left open")


async def test_numbers_of_rows_are_given_once_whoever_draws_between_them(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    async with database.switch("sandbox") as switch, database.switch("sandbox") as other:
        blocks = await asyncio.gather(*(each.reserve(500) for each in (switch, other)))
        await store.commit(Unit([patient("1")], trace()))
        blocks += [await switch.reserve(500)]
    ranges = sorted((first, first + 499) for first in blocks)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))
    stored = await store.read("Patient", "1")
    assert stored is not None
    assert not any(first <= stored.rid <= last for first, last in ranges)


async def test_what_draws_between_numbers_makes_others_be_drawn(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.switch("sandbox") as switch, database.switch("sandbox") as other:
        real = switch.query

        async def crossed(sql: str, *args: object) -> list[Any]:
            [row] = await real(sql, *args)
            return [{"first": row["first"], "last": row["last"] + 1}]  # another drew one of them

        with monkeypatch.context() as patched:
            patched.setattr(switch, "query", crossed)
            first = await switch.reserve(100)
        assert first > 100
        assert await other.reserve(1) > first + 99


async def test_a_register_is_counted_unless_it_is_known_to_be_large(database: PostgresDatabase) -> None:
    await database.store("sandbox").commit(Unit([patient(f"{n}") for n in range(30)], trace()))
    async with database.switch("sandbox") as switch:
        await switch.run("ANALYZE sandbox.resource")
        await switch.run("DELETE FROM sandbox.resource WHERE fid < '2'")
        assert await switch.held(10) == 30
        assert await switch.held(1_000) < 30
