"""The searchers' connections: a plan for each question, a limit of time, a place given back; and the two traps measured."""

import asyncio
from uuid import uuid4

import pytest
from tests.conftest import OpenDatabase
from tests.kernel.store.things import NOON, patient, trace, unit

from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import Keys, Put
from socle.kernel.store.postgres import PostgresDatabase, open_database


async def test_each_question_gets_its_own_plan(open_house: OpenDatabase) -> None:
    """Trap 1: with the shared plan made after five runs, a rare token sorted by date walks the index of dates."""
    store = (await open_house(searchers=1)).store("sandbox")
    puts = (
        Put("Patient", str(n), {"resourceType": "Patient"}, Keys(toks=[1 if n != 1500 else 2], dlo=NOON), fresh=True)
        for n in range(3000)
    )
    await store.load(puts, trace())
    await store.query("ANALYZE sandbox.resource")
    sql = (
        "SELECT fid FROM sandbox.resource WHERE type = $1 AND toks @> $2 AND dlo IS NOT NULL ORDER BY dlo, rid LIMIT 20"
    )
    for _ in range(8):  # from the sixth on, PostgreSQL would by default consider a shared plan
        assert [row["fid"] for row in await store.query(sql, r4().type_code("Patient"), [2])] == ["1500"]
    [plans] = await store.query(
        "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement = $1", sql
    )
    assert tuple(plans.values()) == (8, 0)
    plan = await store.query(f"EXPLAIN {sql}", r4().type_code("Patient"), [2])
    assert "resource_toks" in "\n".join(row["QUERY PLAN"] for row in plan)


async def test_what_has_one_good_plan_is_planned_once(open_house: OpenDatabase) -> None:
    """On an empty table too, the plan is the one that suits a full one."""
    store = (await open_house(searchers=1)).store("sandbox")
    sql = "SELECT fid FROM sandbox.resource r WHERE r.toks @> $1::bigint[] ORDER BY r.rid + 0 LIMIT 20"
    assert await store.settled(sql, [2]) == []
    plan = await store.settled(f"EXPLAIN {sql}", [2])
    assert "resource_toks" in "\n".join(row["QUERY PLAN"] for row in plan)
    for _ in range(3):
        await store.settled(sql, [2])
    [plans] = await store.settled(
        "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement = $1", sql
    )
    assert tuple(plans.values()) == (0, 4)


async def pending_pages(database: PostgresDatabase) -> int:
    """Pages in the pending list of the index of tokens, from its meta page. Source: PostgreSQL, gin/README."""
    [row] = await database.query(
        "SELECT pg_relation_size('sandbox.resource_toks') AS size,"
        " (SELECT reloptions FROM pg_class WHERE oid = 'sandbox.resource_toks'::regclass) AS options"
    )
    assert "gin_pending_list_limit=4096" in row["options"]
    [cleaned] = await database.query("SELECT gin_clean_pending_list('sandbox.resource_toks'::regclass) AS pages")
    return int(cleaned["pages"])


async def test_the_pending_list_of_tokens_is_emptied_on_demand_and_stays_short(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 2: a long pending list is read whole by every search."""
    monkeypatch.setattr("socle.kernel.store.postgres.maintenance.TURN", 3_600.0)
    store = database.store("sandbox")
    await asyncio.gather(*(store.commit(unit(patient(str(n), tok=n))) for n in range(300)))
    await database.tidy("sandbox")
    assert await pending_pages(database) == 0
    await asyncio.gather(*(store.commit(unit(patient(f"b{n}", tok=n))) for n in range(300)))
    assert 0 < await pending_pages(database) <= 4096 // 8


async def test_a_burst_of_writes_is_tidied_in_the_background(
    open_house: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied = asyncio.Event()
    database = await open_house()
    maintenance = database._maintenance  # the work is done elsewhere; here, that it is asked for
    monkeypatch.setattr("socle.kernel.store.postgres.maintenance.QUIET", 0.0)

    async def tidy(schema: str) -> None:
        maintenance._written[schema] = 0
        tidied.set()

    monkeypatch.setattr(maintenance, "tidy", tidy)
    store = database.store("sandbox")
    await asyncio.gather(*(store.commit(unit(patient(str(n)))) for n in range(250)))
    async with asyncio.timeout(20):
        await tidied.wait()


async def test_lists_are_emptied_while_a_burst_lasts(open_house: OpenDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the writer that finds one full empties it, and whoever waits for it waits longer."""
    swept = asyncio.Event()
    database = await open_house()
    maintenance = database._maintenance
    for name, seconds in (("TURN", 0.0), ("QUIET", 3_600.0), ("LONGEST", 3_600.0), ("SWEPT", 500)):
        monkeypatch.setattr(f"socle.kernel.store.postgres.maintenance.{name}", seconds)
    sweep = maintenance.sweep

    async def seen(schema: str) -> None:
        await sweep(schema)
        swept.set()

    monkeypatch.setattr(maintenance, "sweep", seen)
    store = database.store("sandbox")
    async with asyncio.timeout(20):
        while not swept.is_set():
            await asyncio.gather(*(store.commit(unit(patient(uuid4().hex))) for _ in range(100)))
    assert maintenance._written["sandbox"] >= 200  # what the end of the burst has to do remains to be done


async def test_statistics_exist_after_a_big_load(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    await store.load((patient(str(n)) for n in range(2000)), trace())
    await database.tidy("sandbox")
    [row] = await store.query("SELECT reltuples FROM pg_class WHERE oid = 'sandbox.resource'::regclass")
    assert row["reltuples"] == 2000


async def test_a_search_that_takes_too_long_is_refused(open_house: OpenDatabase) -> None:
    database = await open_house(search_limit=0.05)
    with pytest.raises(Problem) as caught:
        await database.query("SELECT pg_sleep(30)")
    assert caught.value.kind is Kind.TOO_COSTLY


async def test_a_cancelled_search_gives_its_connection_back(open_house: OpenDatabase) -> None:
    database = await open_house(searchers=1)
    for _ in range(3):
        slow = asyncio.create_task(database.query("SELECT pg_sleep(30)"))
        waiting = asyncio.create_task(database.query("SELECT 2 AS n"))
        await asyncio.sleep(0.01)  # both have reached the circle
        slow.cancel()
        async with asyncio.timeout(20):
            [row] = await waiting
        assert row["n"] == 2


async def test_reads_and_searches_survive_a_cut(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    await store.commit(unit(patient("1")))
    assert await store.read("Patient", "1") is not None
    await database.query("SELECT 1")
    other = await database.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname = current_database()"
    )
    assert other
    assert await store.read("Patient", "1") is not None
    assert await database.query("SELECT 1")


async def test_reads_of_one_turn_are_one_statement(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    store = database.store("sandbox")
    await store.commit(unit(*(patient(str(n)) for n in range(50))))
    asked: list[int] = []
    reader = store._reader
    ask = reader._ask

    async def counted(connection: object, keys: list[int]) -> object:
        asked.append(len(keys))
        return await ask(connection, keys)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "_ask", counted)
    found = await asyncio.gather(*(store.read("Patient", str(n % 60)) for n in range(120)))
    assert [f is None for f in found] == [n % 60 >= 50 for n in range(120)]
    assert asked == [60]


async def test_reads_do_not_depend_on_what_the_tables_held_when_planned(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    await store.read("Patient", "1")
    async with database._readers.take() as connection:
        rows = await connection.fetch("EXPLAIN SELECT body FROM sandbox.resource WHERE key = ANY($1::bigint[])", [1])
    assert "resource_key" in "\n".join(row["QUERY PLAN"] for row in rows)


async def test_a_database_that_refuses_us_is_told_in_words(dsn: str) -> None:
    place, _, query = dsn.partition("@")
    for wrong, kind in (
        (f"{place}x@{query}", "InvalidPassword"),
        (dsn.replace("/test_", "/none_"), "InvalidCatalogName"),
    ):
        with pytest.raises(Problem) as caught:
            await open_database(wrong)
        assert caught.value.kind is Kind.UNAVAILABLE
        assert kind in str(caught.value)


async def test_a_database_that_is_not_there_is_told_in_words() -> None:
    with pytest.raises(Problem) as caught:
        await open_database("postgresql://socle@/postgres?host=%2Fnowhere")
    assert caught.value.kind is Kind.UNAVAILABLE
