"""What a store promises, asked of the fast one and of the obvious one."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import orjson
import pytest
from tests.conftest import sandbox_database
from tests.kernel.store.things import NOON, Clock, patient, unit

from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import ABSENT, Delete, Keys, Op, Put, Store
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.memory import MemoryStore
from socle.kernel.store.postgres import open_database

Stores = AsyncIterator[Store]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["postgres", "memory"])
async def store(request: pytest.FixtureRequest, postgres: EmbeddedPostgres, template: str, clock: Clock) -> Stores:
    if request.param == "memory":
        yield MemoryStore("sandbox", clock)
        return
    async with sandbox_database(postgres, template) as dsn:
        database = await open_database(dsn, clock=clock)
        yield database.store("sandbox")
        await database.close()


def expecting(version: int, put: Put) -> Put:
    put.expect = version
    return put


async def refusal(call: Callable[[], object]) -> Kind:
    with pytest.raises(Problem) as caught:
        await call()  # type: ignore[misc]
    return caught.value.kind


async def test_what_is_created_is_read_back_with_its_id_and_meta(store: Store) -> None:
    [created] = await store.commit(unit(patient("1")))
    read = await store.read("Patient", "1")
    assert (created.version, created.op, created.updated) == (1, Op.CREATE, NOON)
    assert read is not None
    assert read.body == created.body
    assert orjson.loads(read.body) == {
        "resourceType": "Patient",
        "id": "1",
        "meta": {"versionId": "1", "lastUpdated": "2026-11-22T12:00:00.000Z"},
        "name": [{"family": "MARTIN"}],
    }


async def test_id_and_meta_come_after_the_type_when_they_were_absent(store: Store) -> None:
    [created] = await store.commit(unit(patient("1")))
    assert created.body.startswith(b'{"resourceType":"Patient","id":"1","meta":{')


async def test_members_that_were_there_keep_their_place(store: Store) -> None:
    put = Put(
        "Patient",
        "1",
        {"active": True, "meta": {"tag": [{"code": "x"}], "lastUpdated": "?"}, "resourceType": "Patient", "id": "9"},
        Keys(),
    )
    [created] = await store.commit(unit(put))
    assert list(orjson.loads(created.body)) == ["active", "meta", "resourceType", "id"]
    assert orjson.loads(created.body)["id"] == "1"
    assert next(iter(orjson.loads(created.body)["meta"].items())) == ("versionId", "1")
    assert orjson.loads(created.body)["meta"]["tag"] == [{"code": "x"}]


async def test_an_update_makes_the_next_version_and_keeps_the_former(store: Store) -> None:
    await store.commit(unit(patient("1")))
    [second] = await store.commit(unit(patient("1", "DURAND")))
    former = await store.vread("Patient", "1", 1)
    assert (second.version, second.op) == (2, Op.UPDATE)
    assert former is not None
    assert b"MARTIN" in former.body
    assert await store.vread("Patient", "1", 3) is None
    asked = [("Patient", "1", 3), ("Patient", "1", 2), ("Patient", "1", 1), ("Patient", "1", 0), ("Patient", "2", 1)]
    several = await store.vread_many(asked)
    assert several == [None, await store.vread("Patient", "1", 2), former, None, None]
    assert await store.vread_many([]) == []


async def test_a_deleted_resource_leaves_a_tombstone(store: Store) -> None:
    await store.commit(unit(patient("1")))
    [gone] = await store.commit(unit(Delete("Patient", "1")))
    read = await store.read("Patient", "1")
    assert (gone.version, gone.op, gone.body) == (2, Op.DELETE, b"")
    assert read is not None
    assert read.deleted
    assert read.subject == "Patient/1"
    assert await store.read_many([("Patient", "1")]) == []


async def test_what_was_deleted_can_come_back_and_counts_on(store: Store) -> None:
    await store.commit(unit(patient("1"), Delete("Patient", "1")))
    [back] = await store.commit(unit(patient("1")))
    assert (back.version, back.op) == (3, Op.CREATE)


async def test_deleting_nothing_is_not_an_error_and_makes_no_version(store: Store) -> None:
    [answer] = await store.commit(unit(Delete("Patient", "1")))
    assert (answer.version, answer.body) == (0, b"")
    assert await store.read("Patient", "1") is None


async def test_what_never_was_reads_as_nothing(store: Store) -> None:
    assert await store.read("Patient", "1") is None


async def test_an_update_expecting_another_version_is_refused(store: Store) -> None:
    await store.commit(unit(patient("1")))
    assert await refusal(lambda: store.commit(unit(expecting(2, patient("1"))))) is Kind.PRECONDITION_FAILED
    assert await refusal(lambda: store.commit(unit(expecting(1, patient("2"))))) is Kind.PRECONDITION_FAILED


async def test_a_creation_over_what_lives_is_refused(store: Store) -> None:
    await store.commit(unit(patient("1")))
    assert await refusal(lambda: store.commit(unit(expecting(ABSENT, patient("1"))))) is Kind.CONFLICT


async def test_a_fresh_id_that_is_taken_is_refused(store: Store) -> None:
    await store.commit(unit(patient("1")))
    again = patient("1", "DURAND")
    again.fresh = True
    assert await refusal(lambda: store.commit(unit(again))) is Kind.CONFLICT
    read = await store.read("Patient", "1")
    assert read is not None
    assert b"MARTIN" in read.body


async def test_a_refused_unit_leaves_nothing_of_any_of_its_changes(store: Store) -> None:
    await store.commit(unit(patient("1")))
    unwelcome = unit(patient("2"), Delete("Patient", "1"), expecting(5, patient("1")))
    assert await refusal(lambda: store.commit(unwelcome)) is Kind.PRECONDITION_FAILED
    assert await store.read("Patient", "2") is None
    assert [(s.id, s.version) for s in await store.history()] == [("1", 1)]


async def test_a_resource_changed_twice_in_a_unit_has_both_versions(store: Store) -> None:
    answers = await store.commit(unit(patient("1"), patient("1", "DURAND")))
    read = await store.read("Patient", "1")
    assert [a.version for a in answers] == [1, 2]
    assert read is not None
    assert b"DURAND" in read.body
    assert [s.version for s in await store.history()] == [2, 1]


async def test_history_comes_newest_first_and_page_by_page(store: Store) -> None:
    await store.commit(unit(patient("1"), patient("2"), patient("1"), Delete("Patient", "2")))
    everything = await store.history()
    assert [(s.id, s.version) for s in everything] == [("2", 2), ("1", 2), ("2", 1), ("1", 1)]
    first = await store.history(count=3)
    rest = await store.history(count=3, before=first[-1].seq)
    assert first + rest == everything
    assert [s.version for s in await store.history(resource_type="Patient", resource_id="1")] == [2, 1]
    assert await store.history(resource_type="Observation") == []


async def test_history_since_an_instant_includes_it(store: Store, clock: Clock) -> None:
    await store.commit(unit(patient("1")))
    clock.move(60)
    await store.commit(unit(patient("2")))
    assert [s.id for s in await store.history(since=NOON + timedelta(seconds=60))] == ["2"]


async def test_history_at_an_instant_gives_what_was_current_then(store: Store, clock: Clock) -> None:
    for _ in range(3):
        await store.commit(unit(patient("1")))
        clock.move(60)
    moment = NOON + timedelta(seconds=70)
    assert [s.version for s in await store.history(at=(moment, moment))] == [2]
    assert [s.version for s in await store.history(at=(NOON, moment))] == [2, 1]


async def test_last_updated_never_goes_backwards_when_the_clock_does(store: Store, clock: Clock) -> None:
    await store.commit(unit(patient("1")))
    clock.move(-3600)
    [second] = await store.commit(unit(patient("1")))
    assert second.updated == NOON


async def test_last_updated_has_milliseconds(store: Store, clock: Clock) -> None:
    clock.now = NOON.replace(microsecond=123_987)
    [created] = await store.commit(unit(patient("1")))
    assert b'"lastUpdated":"2026-11-22T12:00:00.123Z"' in created.body
    assert created.updated == NOON.replace(microsecond=123_000)


async def test_many_are_read_at_once(store: Store) -> None:
    await store.commit(unit(patient("1"), patient("2"), patient("3"), Delete("Patient", "3")))
    wanted = [("Patient", "1"), ("Patient", "2"), ("Patient", "3"), ("Observation", "1"), ("Patient", "4")]
    assert sorted(s.id for s in await store.read_many(wanted)) == ["1", "2"]


async def test_a_decision_inside_the_transaction_is_applied(store: Store) -> None:
    async def decide(tx: object) -> object:
        return unit(patient("1"))

    [created] = await store.exclusive([1, 2], decide)  # type: ignore[arg-type]
    assert created.version == 1


async def test_a_decision_that_refuses_leaves_nothing(store: Store) -> None:
    async def decide(tx: object) -> object:
        raise Problem.of(Kind.RULE_VIOLATED, "non", "no")

    assert await refusal(lambda: store.exclusive([1], decide)) is Kind.RULE_VIOLATED  # type: ignore[arg-type]
    assert await store.history() == []
