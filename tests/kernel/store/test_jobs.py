"""Work for later: each job is run at least once, by one worker at a time, and tried again when it fails."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import OpenDatabase
from tests.kernel.store.things import NOON, Clock, patient, trace, unit

from socle.kernel.outcome import Problem
from socle.kernel.store.jobs import MOST_ATTEMPTS, Jobs, enqueue
from socle.kernel.store.postgres import PostgresDatabase


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(open_house: OpenDatabase, clock: Clock) -> PostgresDatabase:
    return await open_house(clock=clock)


@pytest.fixture
def jobs(database: PostgresDatabase, clock: Clock) -> Jobs:
    return Jobs(database, clock, lease=timedelta(seconds=60))


async def double(arguments: Mapping[str, Any]) -> Any:
    return {"twice": arguments["n"] * 2}


async def broken(arguments: Mapping[str, Any]) -> Any:
    raise RuntimeError("secret of a person")


async def state(database: PostgresDatabase) -> list[tuple[Any, ...]]:
    return [
        tuple(r.values())
        for r in await database.query("SELECT state, attempts, result, error FROM house.job ORDER BY id")
    ]


async def test_a_job_is_run_and_its_result_kept(database: PostgresDatabase, jobs: Jobs) -> None:
    await database.enqueue("double", {"n": 4}, trace())
    assert await jobs.run_one({"double": double})
    assert await state(database) == [("done", 1, '{"twice": 8}', None)]
    assert not await jobs.run_one({"double": double})


async def test_a_job_that_nobody_here_can_do_is_left(database: PostgresDatabase, jobs: Jobs) -> None:
    await database.enqueue("other", {}, trace())
    assert not await jobs.run_one({"double": double})


async def test_a_job_exists_only_if_the_write_that_asks_for_it_does(database: PostgresDatabase) -> None:
    late = patient("1")
    late.expect = 9
    with pytest.raises(Problem):
        await database.store("sandbox").commit(unit(late, rows=[enqueue("double", {"n": 1}, trace())]))
    assert await state(database) == []
    await database.store("sandbox").commit(unit(patient("1"), rows=[enqueue("double", {"n": 1}, trace())]))
    assert [row[0] for row in await state(database)] == ["waiting"]


async def test_a_failing_job_is_tried_later_then_left(database: PostgresDatabase, jobs: Jobs, clock: Clock) -> None:
    await database.enqueue("broken", {}, trace())
    assert await jobs.run_one({"broken": broken})
    assert not await jobs.run_one({"broken": broken})
    for _ in range(MOST_ATTEMPTS - 1):
        clock.move(3600)
        assert await jobs.run_one({"broken": broken})
    clock.move(3600)
    assert not await jobs.run_one({"broken": broken})
    assert await state(database) == [("failed", MOST_ATTEMPTS, None, "RuntimeError")]


async def test_two_workers_never_take_the_same_job(database: PostgresDatabase, clock: Clock) -> None:
    for n in range(6):
        await database.enqueue("double", {"n": n}, trace())
    workers = [Jobs(database, clock), Jobs(database, clock)]
    taken = await asyncio.gather(*(worker.claim(["double"]) for worker in workers * 4))
    ids = [job.id for job in taken if job is not None]
    assert len(ids) == len(set(ids)) == 6


async def test_a_job_whose_worker_died_is_taken_by_another(
    database: PostgresDatabase, jobs: Jobs, clock: Clock
) -> None:
    await database.enqueue("double", {"n": 1}, trace())
    dead = await jobs.claim(["double"])
    assert dead is not None
    assert await jobs.claim(["double"]) is None
    clock.move(61)
    second = await jobs.claim(["double"])
    assert second is not None
    assert (second.id, second.attempt) == (dead.id, 2)
    assert not await jobs.succeed(dead, "too late")
    assert await jobs.succeed(second, "in time")


async def test_a_job_whose_worker_stops_is_taken_at_once_by_who_comes_next(
    database: PostgresDatabase, jobs: Jobs, clock: Clock
) -> None:
    begun = asyncio.Event()

    async def long(arguments: Mapping[str, Any]) -> Any:
        begun.set()
        await asyncio.Event().wait()

    await database.enqueue("double", {"n": 4}, trace())
    stopped = asyncio.create_task(jobs.run_one({"double": long}))
    await begun.wait()
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    assert await state(database) == [("waiting", 0, None, None)]
    assert await Jobs(database, clock).run_one({"double": double})
    assert await state(database) == [("done", 1, '{"twice": 8}', None)]


async def test_a_renewed_lease_keeps_the_job(database: PostgresDatabase, jobs: Jobs, clock: Clock) -> None:
    await database.enqueue("double", {"n": 1}, trace())
    job = await jobs.claim(["double"])
    assert job is not None
    clock.move(50)
    assert await jobs.renew(job)
    clock.move(50)
    assert await jobs.claim(["double"]) is None


async def test_a_job_that_comes_back_is_put_once_a_period_whoever_asks(
    database: PostgresDatabase, clock: Clock
) -> None:
    workers = [Jobs(database, clock) for _ in range(3)]
    hour = timedelta(hours=1)
    put = await asyncio.gather(*(worker.repeat("anchor", hour, trace(at=clock())) for worker in workers))
    assert sum(put) == 1
    clock.move(3599)
    assert not await workers[0].repeat("anchor", hour, trace(at=clock()))
    clock.move(1)
    assert await workers[1].repeat("anchor", hour, trace(at=clock()))
    assert len(await state(database)) == 2


async def test_a_job_waits_for_its_time(database: PostgresDatabase, jobs: Jobs, clock: Clock) -> None:
    later = enqueue("double", {"n": 1}, trace(), due=NOON + timedelta(minutes=5))
    await database.write("sandbox", [later], trace())
    assert await jobs.claim(["double"]) is None
    clock.move(300)
    assert await jobs.claim(["double"]) is not None
