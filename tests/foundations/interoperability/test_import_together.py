"""$import with other processes: what they store is what one would, in the order of the lines, nothing twice, nothing lost."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.foundations.interoperability.houses import TRACE, Sandbox
from tests.foundations.interoperability.test_export import observation, patient
from tests.foundations.interoperability.test_import import WRONG, imported, ndjson, outcome, places, sent, subscription
from tests.foundations.interoperability.test_import import count as counted

from socle.foundations.interoperability.module import MODULE
from socle.kernel.bulk import desk, hands, load, reading
from socle.kernel.outcome import Problem
from socle.kernel.rest.bulk import making_of
from socle.kernel.search import learn


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes, whatever the size, that do it all; batches of a few lines."""

    async def begun_first(
        self: Any, place: load.Place, report: Any, store: bool, begun: asyncio.Future[list[None]]
    ) -> load.Place:
        await begun
        return place

    monkeypatch.setattr(load, "hands_for", lambda octets: 2)
    monkeypatch.setattr(load._Work, "_until_begun", begun_first)
    monkeypatch.setattr(reading, "BATCH", 5)


def loose(id: str) -> dict[str, Any]:
    """Without id: were its line taken twice, there would be one resource more."""
    resource = patient(id)
    del resource["id"]
    return resource


async def test_the_counts_the_report_and_the_register_are_those_of_one_process(sandbox: Sandbox) -> None:
    lines: list[Any] = []
    for n in range(40):
        lines += [patient(str(n)), observation(f"o{n}", str(n))] if n % 4 else [WRONG[n // 4 % 3], loose("x"), b""]
    counts, report = await imported(sandbox, ndjson(*lines))
    wrong = [f"input.ndjson:{n}" for n, line in enumerate(lines, start=1) if line in WRONG]
    assert counts == {"stored": 70, "rejected": 10, "refused": False}
    assert places(report) == wrong
    found = (await sandbox.ask("GET", "Observation?subject=Patient/7")).json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == ["o7"]
    assert await counted(sandbox) == await counted(sandbox, "history") == 70


async def test_lines_of_one_resource_take_effect_in_their_order(sandbox: Sandbox) -> None:
    lines = [
        patient("a", birthDate=f"19{n // 3:02}-01-01") if n % 3 == 0 else observation(str(n), "a") for n in range(120)
    ]
    await imported(sandbox, ndjson(*lines))
    history = (await sandbox.ask("GET", "Patient/a/_history?_count=100")).json()
    assert [one["resource"]["birthDate"][2:4] for one in history["entry"]] == [f"{n:02}" for n in range(39, -1, -1)]


async def test_what_the_register_judges_is_judged_in_its_turn(sandbox: Sandbox) -> None:
    await sandbox.put(subscription("mine"), "other")
    lines = [
        *(patient(str(n)) for n in range(12)),
        subscription("s"),
        subscription("mine", reason="stolen"),
        *(patient(str(n), active=True) for n in range(12)),
        subscription("s", reason="again"),
    ]
    counts, report = await imported(sandbox, ndjson(*lines))
    assert (counts["stored"], places(report)) == (26, ["input.ndjson:14"])
    stored = (await sandbox.ask("GET", "Subscription/s")).json()
    assert (stored["status"], stored["reason"], stored["meta"]["versionId"]) == ("requested", "again", "2")
    assert (await sandbox.ask("GET", "Patient/3")).json()["active"] is True


async def test_a_batch_left_to_us_while_the_place_is_kept_holds_up_none_that_waits_for_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping, left = asyncio.Event(), asyncio.Event()
    prepare, reached = hands.Hand.prepare, load._Work._reached

    async def preparing(self: hands.Hand, piece: hands.Piece) -> frozenset[int] | None:
        keys = await prepare(self, piece)
        if keys is None:
            await keeping.wait()
            left.set()
        return keys

    async def reaching(self: load._Work, place: load.Place) -> None:
        keeping.set()
        await left.wait()
        await reached(self, place)

    monkeypatch.setattr(hands.Hand, "prepare", preparing)
    monkeypatch.setattr(load._Work, "_reached", reaching)
    lines = [patient(str(n)) for n in range(5)] + [subscription("s"), *(patient(str(n)) for n in range(30))]
    async with asyncio.timeout(60):
        counts, _ = await imported(sandbox, ndjson(*lines))
    assert counts == {"stored": 36, "rejected": 0, "refused": False}


async def test_a_single_wrong_line_refuses_the_whole_when_asked(sandbox: Sandbox) -> None:
    lines = [*(patient(str(n)) for n in range(30)), WRONG[1], *(patient(f"z{n}") for n in range(30))]
    counts, report = await imported(sandbox, ndjson(*lines), "?errors=refuse")
    assert counts == {"stored": 0, "rejected": 1, "refused": True}
    assert places(report) == ["input.ndjson:31"]
    assert await counted(sandbox) == 0


async def test_what_is_right_is_stored_after_the_first_reading(sandbox: Sandbox) -> None:
    counts, _ = await imported(sandbox, ndjson(*(loose(str(n)) for n in range(33))), "?errors=refuse")
    assert counts == {"stored": 33, "rejected": 0, "refused": False}
    assert await counted(sandbox) == 33


async def test_the_same_processes_read_twice(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work = load.at_work
    begun: list[int] = []

    def counting(order: Any, processes: int) -> Any:
        begun.append(processes)
        return at_work(order, processes)

    monkeypatch.setattr(load, "at_work", counting)
    await imported(sandbox, ndjson(*(loose(str(n)) for n in range(33))), "?errors=refuse")
    assert begun == [2]


async def test_what_the_database_refuses_is_one_line(sandbox: Sandbox) -> None:
    """A line that only PostgreSQL refuses is found by the process that reads, by halves."""
    await sandbox.house.database.query("ALTER TABLE sandbox.resource ADD CONSTRAINT no_bad CHECK (fid <> 'bad')")
    try:
        lines = [patient(str(n)) for n in range(20)]
        counts, report = await imported(sandbox, ndjson(*lines[:8], patient("bad"), *lines[8:]))
    finally:
        await sandbox.house.database.query("ALTER TABLE sandbox.resource DROP CONSTRAINT no_bad")
    assert counts == {"stored": 20, "rejected": 1, "refused": False}
    assert places(report) == ["input.ndjson:9"]


async def test_search_parameters_that_the_register_learnt_are_kept(sandbox: Sandbox) -> None:
    await sandbox.put(
        {
            "resourceType": "SearchParameter",
            "id": "sex",
            "url": "http://example.org/SearchParameter/sex",
            "name": "sex",
            "status": "active",
            "description": "x",
            "code": "sex",
            "base": ["Patient"],
            "type": "token",
            "expression": "Patient.gender",
        }
    )
    assert (await sandbox.ask("GET", "Patient?sex=female")).status_code == 400  # not followed yet
    repository = sandbox.house.repositories["sandbox"]
    await learn.follow(repository, TRACE)
    sandbox.clock.move(minutes=1)
    await sandbox.work()
    await imported(sandbox, ndjson(*(patient(str(n)) for n in range(10))))
    found = (await sandbox.ask("GET", "Patient?sex=female&_summary=count")).json()
    assert found["total"] == 10


async def test_who_asked_to_be_told_is_told(sandbox: Sandbox) -> None:
    sandbox.opened.database.interest("sandbox", "Patient", "somebody")
    await imported(sandbox, ndjson(*(patient(str(n)) for n in range(12)), observation("o", "1")))
    rows = await sandbox.house.database.query("SELECT count(*) AS n FROM sandbox.outbox WHERE consumer = 'somebody'")
    assert rows[0]["n"] == 12


async def test_each_batch_leaves_its_traces_in_chains_that_verify(sandbox: Sandbox) -> None:
    await imported(sandbox, ndjson(*(patient(str(n)) for n in range(30))))
    persons = {person for event in await sandbox.events() for person in event.concerns}
    assert persons == {f"Patient/{n}" for n in range(30)}


def dying(monkeypatch: pytest.MonkeyPatch, moments: Iterator[int]) -> None:
    """The process that reads dies each few times that a batch lands: before it keeps the place, or after."""
    reached = load._Work._reached

    async def cut(self: Any, place: load.Place) -> None:
        moment = next(moments)
        if moment % 3 == 0:
            raise RuntimeError("the process dies before")
        await reached(self, place)
        if moment % 3 == 1:
            raise RuntimeError("the process dies after")

    monkeypatch.setattr(load._Work, "_reached", cut)


@pytest.mark.parametrize("resumed_by", [2, 0])
async def test_work_cut_short_goes_on_with_nothing_twice_and_nothing_lost(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, resumed_by: int
) -> None:
    """Whether the turns after it have other processes or none."""
    lines: list[Any] = []
    for n in range(90):
        lines.append(loose(str(n)))
        if n % 7 == 0:
            lines.append(WRONG[0])
    where = await sent(sandbox, ndjson(*lines))
    reached = load._Work._reached
    dying(monkeypatch, count())
    for _ in range(4):
        await sandbox.work()
        sandbox.clock.move(hours=1)
    monkeypatch.setattr(load._Work, "_reached", reached)
    monkeypatch.setattr(load, "hands_for", lambda octets: resumed_by)
    [row] = await sandbox.house.database.query("UPDATE house.job SET state = 'waiting', attempts = 0 RETURNING id")
    assert row
    await sandbox.work()
    counts, report = await outcome(sandbox, where)
    assert counts == {"stored": 90, "rejected": 13, "refused": False}
    assert places(report) == [f"input.ndjson:{n}" for n, line in enumerate(lines, start=1) if line in WRONG]
    assert await counted(sandbox) == await counted(sandbox, "history") == 90


@pytest.mark.parametrize("processes", [2, 0])
async def test_batches_that_an_earlier_turn_stored_ahead_are_passed_over(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    """However many there are: here all but the first, which they say they stored."""
    monkeypatch.setattr(load, "hands_for", lambda octets: processes)
    lines = [ndjson(loose(str(n))) for n in range(75)]
    where = await sent(sandbox, b"".join(lines))
    database = sandbox.house.database
    turn = await desk.begin(database, where.rpartition("/")[2])
    assert turn is not None
    for first in range(5, 75, 5):
        begun, end = (sum(map(len, lines[:until])) for until in (first, first + 5))
        ahead = desk.stored(turn, 0, begun, desk.Counted(end, first + 5, 4, 1, (b'{"said":"wrong"}\n',)))
        await database.write("sandbox", ahead, TRACE)
    await sandbox.work()
    counts, report = await outcome(sandbox, where)
    assert counts == {"stored": 5 + 14 * 4, "rejected": 14, "refused": False}
    assert report == [{"said": "wrong"}] * 14
    assert await counted(sandbox) == 5
    assert await desk.ahead(database, turn) == {}


async def test_a_process_that_dies_costs_a_turn_and_no_line(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    where = await sent(sandbox, ndjson(*(loose(str(n)) for n in range(60))))
    settle = hands.Hand.settle
    asked = count(1)

    async def killed(self: hands.Hand) -> desk.Counted | None:
        if next(asked) == 4:
            self._process.kill()
        return await settle(self)

    monkeypatch.setattr(hands.Hand, "settle", killed)
    await sandbox.work()
    sandbox.clock.move(hours=1)
    await sandbox.work()
    assert (await outcome(sandbox, where))[0] == {"stored": 60, "rejected": 0, "refused": False}
    assert await counted(sandbox) == 60


async def test_what_an_earlier_turn_still_stores_fails_once_another_has_begun(sandbox: Sandbox) -> None:
    where = await sent(sandbox, ndjson(patient("a")))
    id = where.rpartition("/")[2]
    database = sandbox.house.database
    earlier = await desk.begin(database, id)
    assert earlier is not None
    assert await desk.begin(database, id) is not None
    late = desk.stored(earlier, 0, 0, desk.Counted(10, 1, 1, 0, ()))
    with pytest.raises(Problem):
        await database.write("sandbox", late, TRACE)
    assert await desk.ahead(database, earlier) == {}


@pytest.mark.parametrize("alone", [3, 1_000])
async def test_the_process_that_reads_begins_without_waiting_for_the_others(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, alone: int
) -> None:
    """They take over after a few batches, or have nothing left to do."""

    async def soon(self: Any, place: load.Place, report: Any, store: bool, begun: Any) -> load.Place:
        batches = count()

        def enough() -> bool:
            return next(batches) >= alone

        place = await self._read_alone(place, report, store, enough)
        await begun
        return place

    monkeypatch.setattr(load._Work, "_until_begun", soon)
    lines = [loose(str(n)) if n % 9 else WRONG[0] for n in range(80)]
    counts, report = await imported(sandbox, ndjson(*lines))
    assert counts == {"stored": 71, "rejected": 9, "refused": False}
    assert places(report) == [f"input.ndjson:{n}" for n, line in enumerate(lines, start=1) if line in WRONG]
    assert await counted(sandbox) == 71


async def test_a_cancelled_import_stops(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    where = await sent(sandbox, ndjson(*(loose(str(n)) for n in range(200))))
    landed = load._Work._landed
    turns = count(1)

    async def cancelling(self: Any, *arguments: Any) -> load.Place:
        if next(turns) == 3:
            assert (await sandbox.ask("DELETE", where)).status_code == 202
        return await landed(self, *arguments)

    monkeypatch.setattr(load._Work, "_landed", cancelling)
    await sandbox.work()
    assert await counted(sandbox) < 200
    assert list((sandbox.data / "bulk").iterdir()) == []


def test_only_much_work_on_several_cores_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3})
    assert (load.hands_for(load.TOGETHER_FROM - 1), load.hands_for(load.TOGETHER_FROM)) == (0, 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0})
    assert load.hands_for(load.TOGETHER_FROM) == 0


def test_a_register_that_stands_behind_something_else_is_not_made_again(sandbox: Sandbox) -> None:
    [endpoint] = MODULE.endpoints
    repository = sandbox.house.repositories["sandbox"]
    assert making_of(endpoint, repository) is not None
    assert making_of(replace(endpoint, again=None), repository) is None
    guarded = replace(endpoint, register=replace(endpoint.register, through=lambda store: store))
    assert making_of(guarded, repository) is None


# -- reading ---------------------------------------------------------------------------------------------------------------


def test_a_batch_ends_where_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "lines.ndjson"
    file.write_bytes(b"a\nbb\nccc\n")
    with file.open("rb") as lines:
        assert [line.data for line in reading.batch(lines, 2, 1, 5)] == [b"bb\n"]
        assert [(line.number, line.end) for line in reading.batch(lines, 2, 1)] == [(2, 5), (3, 9)]
        assert reading.batch(lines, 9, 3) == []
