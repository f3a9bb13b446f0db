"""Grouped commits: what shares a transaction never shares a fate."""

import asyncio
from typing import Any

import pytest
from tests.conftest import OpenDatabase
from tests.kernel.store.things import Clock, patient, trace, unit

from socle.kernel.audit import Action, Event
from socle.kernel.audit.anchor import Head
from socle.kernel.audit.chain import decode
from socle.kernel.audit.verify import Checker, Finding, Row
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import Delete, Keys, Put, Tx, Unit
from socle.kernel.store.compression import unpack
from socle.kernel.store.postgres import PostgresDatabase, PostgresStore
from socle.kernel.store.postgres.writer import LARGE


@pytest.fixture
def store(database: PostgresDatabase) -> PostgresStore:
    return database.store("sandbox")


async def findings(database: PostgresDatabase) -> tuple[list[Finding], int]:
    """What the verifier says of every chain, and how many traces it read."""
    found: list[Finding] = []
    read = 0
    for head in await database.query("SELECT * FROM sandbox.audit_head ORDER BY chain"):
        state = Head("sandbox", head["chain"], head["n"], head["hash"])
        checker = Checker("sandbox", head["chain"], state, (), found.append)
        for row in await database.query("SELECT * FROM sandbox.audit WHERE chain = $1 ORDER BY n", head["chain"]):
            checker.feed(Row(row["n"], row["at"], row["subjects"], row["hash"], unpack(row["body"])))
            read += 1
        checker.end()
    return found, read


async def events(database: PostgresDatabase) -> list[Event]:
    rows = await database.query("SELECT body FROM sandbox.audit ORDER BY chain, n")
    return [decode(unpack(row["body"])) for row in rows]


def poisonous(id: str) -> Put:
    """A change that only PostgreSQL refuses: a null character in a text."""
    return Put("Patient", id, {"resourceType": "Patient"}, Keys(strings=[(1, "a\x00b")]))


async def test_a_unit_that_the_database_refuses_does_not_hurt_its_neighbours(store: PostgresStore) -> None:
    sent = [patient("1"), poisonous("2"), patient("3")]
    answers = await asyncio.gather(*(store.commit(unit(p)) for p in sent), return_exceptions=True)
    assert isinstance(answers[1], Problem)
    assert answers[1].kind is Kind.INVALID
    assert sorted(s.id for s in await store.history()) == ["1", "3"]


async def test_a_unit_refused_for_its_version_does_not_hurt_its_neighbours(store: PostgresStore) -> None:
    late = patient("2")
    late.expect = 4
    answers = await asyncio.gather(*(store.commit(unit(p)) for p in (patient("1"), late)), return_exceptions=True)
    assert isinstance(answers[1], Problem)
    assert [s.id for s in await store.history()] == ["1"]


async def test_units_sent_together_on_one_resource_apply_in_order(store: PostgresStore) -> None:
    answers = await asyncio.gather(*(store.commit(unit(patient("1", f"N{n}"))) for n in range(20)))
    assert [a[0].version for a in answers] == list(range(1, 21))
    read = await store.read("Patient", "1")
    assert read is not None
    assert b"N19" in read.body


def fresh(*ids: str) -> Unit:
    """Patients whose ids were just drawn."""
    puts = [patient(id, f"N{id}") for id in ids]
    for put in puts:
        put.fresh = True
    return unit(*puts)


@pytest.mark.parametrize("before", [0, 1], ids=["first", "connected"])
async def test_a_large_unit_of_new_resources_is_written_with_all_that_goes_with_it(
    store: PostgresStore, database: PostgresDatabase, before: int
) -> None:
    for n in range(before):
        await store.commit(fresh(f"before{n}"))
    large = fresh(*(str(n) for n in range(LARGE + 50)))
    sent = [store.commit(one) for one in (large, fresh("a"), unit(patient("0", "CHANGÉ")), fresh("b"))]
    tasks = [asyncio.ensure_future(one) for one in sent]
    database.interest("sandbox", "Patient", "mirror")
    answers = await asyncio.gather(*tasks)
    assert [stored.id for stored in answers[0]] == [str(n) for n in range(LARGE + 50)]
    named = await database.query(
        "SELECT r.fid, s.value FROM sandbox.resource r JOIN sandbox.ix_str s USING (rid) JOIN sandbox.ix_date USING (rid) "
        "JOIN sandbox.ix_num USING (rid)"
    )
    assert {row["fid"]: row["value"] for row in named} == {
        **{
            put.id: f"n{put.id}"
            for put in (*large.changes, *fresh("a", "b", *(f"before{n}" for n in range(before))).changes)
        },
        "0": "changé",
    }
    told = await database.query("SELECT seq FROM sandbox.outbox ORDER BY seq")
    assert [row["seq"] for row in told] == sorted(stored.seq for made in answers for stored in made)


async def test_a_large_unit_whose_ids_are_taken_is_refused_whole(store: PostgresStore) -> None:
    await store.commit(fresh("7"))
    with pytest.raises(Problem) as caught:
        await store.commit(fresh(*(str(n) for n in range(LARGE))))
    assert caught.value.kind is Kind.CONFLICT
    assert [stored.id for stored in await store.history()] == ["7"]


async def test_units_sent_together_share_transactions(store: PostgresStore, database: PostgresDatabase) -> None:
    await store.commit(unit(patient("0")))
    await asyncio.gather(*(store.commit(unit(patient(str(n)))) for n in range(100)))
    [row] = await database.query("SELECT count(DISTINCT xmin::text) AS n FROM sandbox.history WHERE fid <> '0'")
    assert row["n"] <= 5  # half of what waits goes each time, sixteen at least: 50, 25, 16, 9


async def test_a_write_leaves_its_event_with_versions_and_persons(
    store: PostgresStore, database: PostgresDatabase
) -> None:
    await store.commit(unit(patient("1"), patient("1")))
    await store.commit(unit(Delete("Patient", "1"), notes=[Event(trace("note"), Action.READ)]))
    first, second, note = await events(database)
    assert first.entities == ("Patient/1/_history/1", "Patient/1/_history/2")
    assert first.concerns == ("Patient/1",)
    assert (second.action, second.concerns) == (Action.DELETE, ("Patient/1",))
    assert note.trace.interaction == "note"


async def test_a_refused_unit_leaves_no_event_of_its_own(store: PostgresStore, database: PostgresDatabase) -> None:
    with pytest.raises(Problem):
        await store.commit(unit(poisonous("1")))
    assert await events(database) == []


async def test_events_and_writes_make_one_chain_that_verifies(store: PostgresStore, database: PostgresDatabase) -> None:
    writes = (store.commit(unit(patient(str(n)))) for n in range(10))
    records = (store.record(Event(trace("read"), Action.READ, concerns=("Patient/1",))) for _ in range(10))
    await asyncio.gather(*writes, *records)
    assert await findings(database) == ([], 20)


async def test_rows_of_a_module_are_written_with_the_unit_or_not_at_all(
    store: PostgresStore, database: PostgresDatabase
) -> None:
    await database.query("CREATE TABLE sandbox.note (id text PRIMARY KEY)")
    insert = ("INSERT INTO sandbox.note VALUES ($1)", ("x",))
    await store.commit(unit(patient("1"), rows=[insert]))
    with pytest.raises(Problem) as caught:
        await store.commit(unit(patient("2"), rows=[insert]))
    assert caught.value.kind is Kind.CONFLICT
    assert await store.read("Patient", "2") is None
    late = patient("1")
    late.expect = 9
    with pytest.raises(Problem):
        await store.commit(unit(late, rows=[("INSERT INTO sandbox.note VALUES ($1)", ("y",))]))
    assert len(await database.query("SELECT FROM sandbox.note")) == 1
    await database.query("DROP TABLE sandbox.note")


async def test_statements_of_a_module_leave_their_own_notes_or_a_plain_event(database: PostgresDatabase) -> None:
    await database.write("sandbox", [("SELECT 1", ())], trace("silent"))
    await database.write("sandbox", [("SELECT 1", ())], trace("told"), notes=[Event(trace("told"), Action.DELETE)])
    assert [(e.trace.interaction, e.action) for e in await events(database)] == [
        ("silent", Action.EXECUTE),
        ("told", Action.DELETE),
    ]


async def test_arguments_that_the_driver_refuses_hurt_only_their_unit(
    store: PostgresStore, database: PostgresDatabase
) -> None:
    wrong = database.write("sandbox", [("SELECT $1::int", ("not a number",))], trace())
    answers = await asyncio.gather(wrong, store.commit(unit(patient("1"))), return_exceptions=True)
    assert isinstance(answers[0], Problem)
    assert answers[0].kind is Kind.INVALID
    assert await store.read("Patient", "1") is not None


async def test_a_register_emptied_between_two_writes_is_seen_empty(
    store: PostgresStore, database: PostgresDatabase
) -> None:
    await store.commit(unit(patient("1")))
    tables = ", ".join(f"sandbox.{t}" for t in ("resource", "ix_date", "ix_num", "ix_str", "history", "outbox"))
    before, _, after = await asyncio.gather(
        store.commit(unit(patient("1"))),
        database.write("sandbox", [(f"TRUNCATE {tables}", ())], trace()),
        store.commit(unit(patient("1"))),
    )
    assert (before[0].version, after[0].version) == (2, 1)
    assert [s.version for s in await store.history()] == [1]


async def test_two_ids_of_one_key_are_told_apart(store: PostgresStore, database: PostgresDatabase) -> None:
    await store.commit(unit(patient("1")))
    await database.query("UPDATE sandbox.resource SET key = $1", resource_key("Patient", "2"))
    assert await store.read("Patient", "2") is None
    with pytest.raises(Problem) as caught:
        await store.commit(unit(patient("2")))
    assert caught.value.kind is Kind.CONFLICT


async def test_a_lost_connection_is_told_and_the_next_write_goes_on(
    store: PostgresStore, database: PostgresDatabase
) -> None:
    await store.commit(unit(patient("1")))
    await database.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = 'socle writer sandbox' AND datname = current_database()"
    )
    answers = [await result(store.commit(unit(patient("2")))) for _ in range(2)]
    assert [a for a in answers if isinstance(a, Problem) and a.kind is not Kind.UNAVAILABLE] == []
    assert not isinstance(answers[1], Problem)
    found, _ = await findings(database)
    assert found == []


async def result(call: Any) -> Any:
    try:
        return await call
    except Problem as problem:
        return problem


async def test_a_caller_that_left_before_its_turn_writes_nothing(store: PostgresStore) -> None:
    first = asyncio.create_task(store.commit(unit(patient("1"))))
    gone = asyncio.create_task(store.commit(unit(patient("2"))))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(first, gone, return_exceptions=True)
    assert await store.read("Patient", "2") is None


async def test_a_large_body_is_kept_whole(store: PostgresStore) -> None:
    put = Put("Binary", "1", {"resourceType": "Binary", "data": "AbCd" * 1_500_000}, Keys())
    [created] = await store.commit(unit(put))
    read = await store.read("Binary", "1")
    assert read is not None
    assert read.body == created.body
    assert len(read.body) > 6_000_000


async def test_a_closed_store_refuses(open_house: OpenDatabase) -> None:
    database = await open_house()
    await database.store("sandbox").commit(unit(patient("1")))
    await database.close()
    with pytest.raises(Problem) as caught:
        await database.store("sandbox").commit(unit(patient("2")))
    assert caught.value.kind is Kind.UNAVAILABLE


# -- decisions inside the transaction ----------------------------------------------------------------------------------


def create_unless_there(id: str, family: str) -> Any:
    """A conditional create: as `rest` does it."""

    async def decide(tx: Tx) -> Unit:
        found = await tx.query(
            "SELECT fid FROM sandbox.ix_str s JOIN sandbox.resource r USING (rid) WHERE value = $1", family
        )
        if found:
            raise Problem.of(Kind.PRECONDITION_FAILED, "déjà là", "already there")
        return unit(patient(id, family))

    return decide


async def test_of_conditional_creates_sent_together_one_creates(store: PostgresStore) -> None:
    answers = await asyncio.gather(
        *(store.exclusive([5], create_unless_there(str(n), "unique")) for n in range(8)), return_exceptions=True
    )
    assert sum(isinstance(a, list) for a in answers) == 1
    assert len(await store.history()) == 1


async def test_of_conditional_creates_sent_by_two_workers_one_creates(open_house: OpenDatabase) -> None:
    stores = [(await open_house()).store("sandbox"), (await open_house()).store("sandbox")]
    for turn in range(5):
        answers = await asyncio.gather(
            *(
                store.exclusive([5], create_unless_there(f"{turn}-{n}", f"family{turn}"))
                for n, store in enumerate(stores * 3)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(a, list) for a in answers) == 1


async def test_a_decision_sees_what_was_queued_before_it(store: PostgresStore) -> None:
    before = asyncio.create_task(store.commit(unit(patient("1", "avant"))))
    await asyncio.sleep(0)
    with pytest.raises(Problem):
        await store.exclusive([1], create_unless_there("2", "avant"))
    await before


async def test_questions_have_their_own_plans_and_writes_the_shared_one(store: PostgresStore) -> None:
    seen: list[str] = []

    async def decide(tx: Tx) -> Unit:
        [row] = await tx.query("SELECT current_setting('plan_cache_mode') AS mode")
        seen.append(row["mode"])
        if len(seen) == 1:
            raise Problem.of(Kind.RULE_VIOLATED, "non", "no")
        mode = "DO $$ BEGIN ASSERT current_setting('plan_cache_mode') = 'force_generic_plan'; END $$"
        return unit(patient("1"), rows=[(mode, ())])

    async def unasked(tx: Tx) -> Unit:
        return unit(patient("2"))

    answers = await asyncio.gather(
        *(store.exclusive([1], how) for how in (decide, unasked, decide)), return_exceptions=True
    )
    assert seen == ["force_custom_plan", "force_custom_plan"]
    assert [isinstance(a, list) for a in answers] == [False, True, True]


async def test_a_decision_that_breaks_hurts_only_itself(store: PostgresStore) -> None:
    async def broken(tx: Tx) -> Unit:
        await tx.query("SELECT 1/0")
        raise AssertionError

    answers = await asyncio.gather(
        store.exclusive([1], create_unless_there("1", "un")),
        store.exclusive([1], broken),
        store.exclusive([1], create_unless_there("2", "deux")),
        return_exceptions=True,
    )
    assert [isinstance(a, list) for a in answers] == [True, False, True]
    assert sorted(s.id for s in await store.history()) == ["1", "2"]


# -- several workers ---------------------------------------------------------------------------------------------------


async def test_workers_number_versions_without_a_hole_and_keep_a_chain_each(open_house: OpenDatabase) -> None:
    workers = [await open_house() for _ in range(3)]
    await asyncio.gather(
        *(worker.store("sandbox").commit(unit(patient(str(n % 4)))) for n in range(20) for worker in workers)
    )
    versions = await workers[0].store("sandbox").history(resource_type="Patient", resource_id="1", count=100)
    assert [s.version for s in versions] == list(range(15, 0, -1))
    chains = await workers[0].query("SELECT chain FROM sandbox.audit_head WHERE n > 0")
    assert len(chains) == 3
    assert await findings(workers[0]) == ([], 60)


async def test_workers_that_create_one_id_together_get_two_versions(open_house: OpenDatabase) -> None:
    workers = [(await open_house()).store("sandbox") for _ in range(2)]
    for n in range(10):
        answers = await asyncio.gather(*(w.commit(unit(patient(str(n)), patient(f"{n}b"))) for w in workers))
        assert sorted(a[0].version for a in answers) == [1, 2]


async def test_a_chain_is_taken_up_again_by_the_next_worker(open_house: OpenDatabase, clock: Clock) -> None:
    for n in range(3):
        database = await open_house(clock=clock)
        await database.store("sandbox").commit(unit(patient(str(n))))
        await database.close()
    database = await open_house(clock=clock)
    assert await findings(database) == ([], 3)
    assert len(await database.query("SELECT FROM sandbox.audit_head")) == 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_callers_who_were_answered_together_are_written_together(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    clients, times = 8, 10

    async def client(rank: int) -> None:
        for time in range(times):
            for _ in range(rank % 4):  # some come back a few turns of the loop later
                await asyncio.sleep(0)
            await store.commit(unit(patient(f"c{rank}-{time}")))

    await asyncio.gather(*(client(rank) for rank in range(clients)))
    [row] = await database.query("SELECT count(DISTINCT xmin::text) AS n, count(*) AS all FROM sandbox.resource")
    assert row["all"] == clients * times
    assert row["n"] <= times + 2
