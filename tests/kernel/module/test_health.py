"""The state of a module is looked at: take a piece away, and it shows."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from socle.assembly.house import open_house
from socle.foundations.ins.insi.seed import seed
from socle.foundations.operational_security.module import MODULE as TRACES
from socle.kernel.audit import Trace
from socle.kernel.module import WELL, Health, House, Module, Room, Settings, State, Status, degraded
from socle.kernel.module.checkup import KEPT, examine
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Means
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.store.jobs import LATE, Jobs
from socle.kernel.store.postgres import PostgresDatabase

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PLAIN = Module("foundations.plain", Room.FOUNDATIONS, Text("Simple", "Plain"), Text("…", "…"))


async def _job(house: House, arguments: Any) -> None:
    raise ValueError("broken")


WORKING = replace(PLAIN, name="foundations.working", jobs={"plain.work": _job})


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house_of(database: PostgresDatabase, clock: Clock, tmp_path: Path) -> Callable[..., House]:
    def make(*modules: Module, on: Any = database) -> House:
        settings = Settings(tmp_path, demo=False, population=0, url="")
        return House(settings, modules, {}, on, clock, Authenticators([]), b"secret")

    return make


def trace(at: datetime) -> Trace:
    return Trace("test", "test", "", "", Means.SYSTEM, "test", at, "house", "test")


async def test_a_module_whose_tables_answer_runs_and_needs_no_reason(house_of: Callable[..., House]) -> None:
    module = replace(PLAIN, schemas={"sandbox": "socle"})
    assert await examine(house_of(module), module) == WELL


async def test_a_module_to_come_is_absent_and_says_so(house_of: Callable[..., House]) -> None:
    module = replace(PLAIN, status=Status.TO_COME)
    found = await examine(house_of(module), module)
    assert found.state is State.ABSENT
    assert found.reason
    assert "à venir" in found.reason.fr.lower()


async def test_a_module_whose_tables_are_gone_is_degraded_and_names_them(house_of: Callable[..., House]) -> None:
    module = replace(PLAIN, schemas={"sandbox": "socle", "lost_schema": "socle"})
    found = await examine(house_of(module), module)
    assert found.state is State.DEGRADED
    assert found.reason
    assert "lost_schema" in found.reason.fr
    assert "sandbox" not in found.reason.fr


async def test_a_database_that_does_not_answer_degrades_whoever_stands_on_it(
    house_of: Callable[..., House], database: PostgresDatabase
) -> None:
    class Away:
        async def query(self, sql: str, *args: Any) -> list[Any]:
            raise Problem.of(Kind.UNAVAILABLE, "La base est partie.", "The database is away.")

    found = await examine(house_of(PLAIN, on=Away()), PLAIN)
    assert found == degraded("La base est partie.", "The database is away.")


async def test_a_job_that_nobody_takes_degrades_its_module_until_it_is_done(
    house_of: Callable[..., House], database: PostgresDatabase, clock: Clock
) -> None:
    house = house_of(WORKING, PLAIN)
    await database.enqueue("plain.work", {}, trace(START))
    clock.now = START + LATE
    assert await examine(house, WORKING) == WELL
    clock.now += timedelta(seconds=1)
    late = await examine(house, WORKING)
    assert late.state is State.DEGRADED
    assert late.reason
    assert "retard" in late.reason.fr
    assert await examine(house, PLAIN) == WELL

    async def done(arguments: Any) -> None: ...

    await Jobs(database, clock).run_one({"plain.work": done})
    assert await examine(house, WORKING) == WELL


async def test_a_job_given_up_degrades_its_module_for_a_day(
    house_of: Callable[..., House], database: PostgresDatabase, clock: Clock
) -> None:
    house = house_of(WORKING)

    async def broken(arguments: Any) -> None:
        raise ValueError

    await database.enqueue("plain.work", {}, trace(START))
    while await Jobs(database, clock).run_one({"plain.work": broken}):
        clock.now += timedelta(hours=1)
    found = await examine(house, WORKING)
    assert found.state is State.DEGRADED
    assert found.reason
    assert "abandonnés" in found.reason.fr
    clock.now += timedelta(days=1)
    assert await examine(house, WORKING) == WELL


async def test_the_module_s_own_check_has_the_last_word(house_of: Callable[..., House]) -> None:
    async def empty(house: House) -> Health:
        return degraded("La base est vide.", "The base is empty.")

    module = replace(PLAIN, health=empty)
    assert await examine(house_of(module), module) == degraded("La base est vide.", "The base is empty.")


async def test_a_check_that_fails_says_so_without_its_words(house_of: Callable[..., House]) -> None:
    async def broken(house: House) -> Health:
        raise RuntimeError("a name that nobody should read")

    module = replace(PLAIN, health=broken)
    found = await examine(house_of(module), module)
    assert found.state is State.DEGRADED
    assert found.reason
    assert "RuntimeError" in found.reason.fr
    assert "nobody should read" not in found.reason.fr + found.reason.en


async def test_a_check_that_does_not_answer_is_not_waited_for(
    house_of: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(house: House) -> Health:
        await asyncio.Event().wait()
        return WELL

    monkeypatch.setattr("socle.kernel.module.checkup.LONGEST", 0.2)
    module = replace(PLAIN, health=endless)
    assert (await examine(house_of(module), module)).state is State.DEGRADED


async def test_looks_are_remembered_a_few_seconds_and_shared(house_of: Callable[..., House], clock: Clock) -> None:
    looks = 0

    async def counted(house: House) -> Health:
        nonlocal looks
        looks += 1
        return WELL

    house = house_of(replace(PLAIN, health=counted))
    await asyncio.gather(*(house.health() for _ in range(20)))
    assert looks == 1
    clock.now += KEPT
    assert await house.health() == {PLAIN.name: WELL}
    assert looks == 2


async def test_the_modules_that_run_say_how_they_are_and_show_what_is_taken_away(
    empty_dsn: str, clock: Clock, tmp_path: Path
) -> None:
    settings = Settings(tmp_path, demo=False, population=0, url="")
    async with open_house(settings, empty_dsn, clock=clock) as opened:
        house = opened.house
        found = await house.health()
        assert found["foundations.interoperability"] == WELL
        assert found[TRACES.name] == WELL
        empty = found["foundations.ins"]
        assert empty.state is State.DEGRADED
        assert empty.reason
        assert "vide" in empty.reason.fr
        await seed(house.database, 1, trace=trace(clock.now))
        clock.now += KEPT
        assert (await house.health())["foundations.ins"] == WELL

        await house.database.write("house", [("DROP SCHEMA sandbox CASCADE", ())], trace(clock.now))
        bad = "INSERT INTO house.verification (at, schema, chain, n, findings, who) VALUES ($1, 'house', 0, 1, 2, 'x')"
        await house.database.write("house", [(bad, (clock.now,))], trace(clock.now))
        clock.now += KEPT
        found = await house.health()
        assert found["foundations.interoperability"].state is State.DEGRADED
        assert found[TRACES.name].state is State.DEGRADED
        assert found["foundations.ins"] == WELL
