"""Pages of traces: the latest first over every chain, complete, and still while others write."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.audit.chain import subject_key
from socle.kernel.store import traces
from socle.kernel.store.postgres import PostgresDatabase
from socle.kernel.store.traces import Wanted

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
OpenDatabase = Callable[..., Awaitable[PostgresDatabase]]


def event(number: int, who: str = "a") -> Event:
    at = START + timedelta(minutes=number)
    person = f"Patient/{number % 3}"
    trace = Trace(who, who.upper(), "auditor", "", "api-key", "g", at, "sandbox", "read", f"r{number}")
    return Event(trace, Action.READ, concerns=(person,))


def requests(page: traces.Page) -> list[str]:
    return [written.event.trace.request for written in page.found]


async def all_of(database: PostgresDatabase, wanted: Wanted, count: int, budget: int = 20_000) -> list[str]:
    """Every page after the other."""
    page = await traces.page(database, wanted, count, budget=budget)
    found = requests(page)
    while page.next is not None:
        page = await traces.page(database, wanted, count, page.next, budget=budget)
        found += requests(page)
    return found


@pytest.fixture
async def house(database: PostgresDatabase) -> PostgresDatabase:
    """Twelve traces, r0 to r11, one a minute, spread over two registers."""
    for number in range(12):
        await database.record("house" if number % 4 == 0 else "sandbox", event(number, "b" if number == 5 else "a"))
    return database


LATEST_FIRST = [f"r{n}" for n in reversed(range(12))]


@pytest.mark.parametrize("count", [1, 2, 5, 11, 12, 13])
async def test_pages_tell_every_trace_once_the_latest_first(house: PostgresDatabase, count: int) -> None:
    assert await all_of(house, Wanted(), count) == LATEST_FIRST


async def test_a_page_is_read_again_the_same_while_others_write(house: PostgresDatabase) -> None:
    first = await traces.page(house, Wanted(), 5)
    await house.record("sandbox", event(50))
    assert first.next is not None
    second = await traces.page(house, Wanted(), 5, first.next)
    assert requests(first) + requests(second) == LATEST_FIRST[:10]


async def test_traces_of_one_person(house: PostgresDatabase) -> None:
    assert await all_of(house, Wanted(subject=subject_key("Patient/2")), 3) == ["r11", "r8", "r5", "r2"]


async def test_traces_of_a_period(house: PostgresDatabase) -> None:
    wanted = Wanted(since=START + timedelta(minutes=3), until=START + timedelta(minutes=6))
    assert await all_of(house, wanted, 2) == ["r5", "r4", "r3"]


async def test_traces_of_a_register(house: PostgresDatabase) -> None:
    assert await all_of(house, Wanted(schemas=frozenset({"house"})), 2) == ["r8", "r4", "r0"]


async def test_what_columns_cannot_say_is_decided_on_the_event(house: PostgresDatabase) -> None:
    assert await all_of(house, Wanted(matches=lambda found: found.trace.who == "b"), 2) == ["r5"]


async def test_a_search_that_finds_nothing_stops_and_says_where_to_go_on(house: PostgresDatabase) -> None:
    page = await traces.page(house, Wanted(matches=lambda found: False), 10, budget=4)
    assert page.found == []
    assert page.examined == 4
    assert page.next is not None
    assert await all_of(house, Wanted(matches=lambda found: found.trace.who == "b"), 10, budget=2) == ["r5"]


async def test_the_chains_of_two_workers_are_merged(open_house: OpenDatabase) -> None:
    first, second = await open_house("sandbox"), await open_house("sandbox")
    for number in range(6):
        await (first if number % 2 else second).record("sandbox", event(number))
    assert await all_of(first, Wanted(), 4) == [f"r{n}" for n in reversed(range(6))]


async def test_a_trace_is_found_by_its_name(house: PostgresDatabase) -> None:
    page = await traces.page(house, Wanted(), 12)
    for written in page.found:
        assert await traces.find(house, written.id) == written


async def test_the_name_of_a_trace_is_a_legal_id_whatever_its_register(open_house: OpenDatabase) -> None:
    house = await open_house("patient_index")
    await house.record("patient_index", event(0))
    [written] = (await traces.page(house, Wanted(schemas=frozenset({"patient_index"})), 1)).found
    assert written.id == "patient.index-1-1"
    assert await traces.find(house, written.id) == written
    assert await traces.find(house, "patient_index-1-1") == written


@pytest.mark.parametrize(
    "name",
    [
        "",
        "sandbox",
        "sandbox-1",
        "sandbox-1-99",
        "sandbox-99999-1",
        "sandbox-1-99999999999999999999",
        "sandbox-01-1",
        "sandbox-1-01",
        "sandbox-１-1",
        "nowhere-1-1",
        'sandbox".audit; DROP TABLE sandbox.audit; ---1-1',
    ],
)
async def test_any_other_name_is_nothing(house: PostgresDatabase, name: str) -> None:
    assert await traces.find(house, name) is None


async def test_a_position_that_names_no_register_is_refused(house: PostgresDatabase) -> None:
    with pytest.raises(KeyError):
        await traces.page(house, Wanted(), 5, {('x".audit; --', 1): 5})


async def test_a_trace_that_was_made_unreadable_hides_no_other(house: PostgresDatabase) -> None:
    connection = await asyncpg.connect(house.dsn)
    await connection.execute("UPDATE sandbox.audit SET body = 'x'::bytea WHERE n = 2")
    await connection.close()
    assert len(await all_of(house, Wanted(), 5)) == 11


async def test_long_chains_are_read_piece_by_piece(database: PostgresDatabase) -> None:
    for number in range(150):
        await database.record("sandbox", event(number))
    assert await all_of(database, Wanted(), 100) == [f"r{n}" for n in reversed(range(150))]
