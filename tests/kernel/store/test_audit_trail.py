"""Someone with every right in SQL touches the traces: it is found, and named."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.audit.chain import encode, genesis, link, subjects
from socle.kernel.store.anchors import FILE, drop_anchor
from socle.kernel.store.audit_trail import Report, verify
from socle.kernel.store.postgres import PostgresDatabase

SCHEMAS = ["house", "sandbox"]
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
OpenDatabase = Callable[..., Awaitable[PostgresDatabase]]


def trace(number: int) -> Trace:
    at = START + timedelta(seconds=number)
    return Trace("a", "A", "auditor", "", "api-key", "sandbox.read", at, "sandbox", "read", f"r{number}")


def event(number: int) -> Event:
    person = f"Patient/{number % 3}"
    return Event(trace(number), Action.READ, entities=(f"{person}/_history/1",), concerns=(person,))


async def ten_events(database: PostgresDatabase) -> None:
    for number in range(1, 11):
        await database.record("sandbox", event(number))


async def sql(database: PostgresDatabase, *statements: str) -> None:
    connection = await asyncpg.connect(database.dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def named(report: Report) -> list[tuple[str, str, int, int]]:
    return [(str(f.fault), f.schema, f.n, f.to) for f in report.findings]


@pytest.fixture
async def house(database: PostgresDatabase) -> PostgresDatabase:
    """Ten traces in the sandbox, written by the real writer."""
    await ten_events(database)
    return database


async def test_what_the_house_wrote_is_whole(house: PostgresDatabase) -> None:
    report = await verify(house, SCHEMAS)
    assert report.is_whole
    assert report.events == 10


async def test_traces_written_together_are_whole(database: PostgresDatabase) -> None:
    await asyncio.gather(*(database.record("sandbox", event(n)) for n in range(500)))
    assert (await verify(database, SCHEMAS)).is_whole


async def test_each_worker_keeps_its_chain_and_all_are_verified(open_house: OpenDatabase) -> None:
    first, second = await open_house("sandbox"), await open_house("sandbox")
    await ten_events(first)
    await ten_events(second)
    report = await verify(first, SCHEMAS)
    assert report.is_whole
    assert sorted(chain.n for chain in report.chains if chain.schema == "sandbox") == [10, 10]


async def test_traces_written_during_the_verification_disturb_nothing(house: PostgresDatabase, tmp_path: Path) -> None:
    async def write() -> None:
        for number in range(11, 60):
            await house.record("sandbox", event(number))
            if number % 10 == 0:
                await drop_anchor(house, tmp_path, trace=trace(number))

    writing = asyncio.create_task(write())
    reports = [await verify(house, SCHEMAS, folder=tmp_path) for _ in range(5)]
    await writing
    assert all(report.is_whole for report in reports)


async def test_progress_is_told(house: PostgresDatabase) -> None:
    told: list[tuple[int, int]] = []
    await verify(house, SCHEMAS, lambda done, total: told.append((done, total)))
    assert told[-1] == (10, 10)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "UPDATE sandbox.audit SET body = (SELECT body FROM sandbox.audit WHERE n = 3) WHERE n = 5",
            [("altered", "sandbox", 5, 5)],
        ),
        ("UPDATE sandbox.audit SET body = 'nothing'::bytea WHERE n = 5", [("altered", "sandbox", 5, 5)]),
        (
            "UPDATE sandbox.audit SET hash = decode(repeat('00', 32), 'hex') WHERE n = 5",
            [("altered", "sandbox", 5, 5), ("altered", "sandbox", 6, 6)],
        ),
        ("UPDATE sandbox.audit SET at = at + interval '1 hour' WHERE n = 5", [("time", "sandbox", 5, 5)]),
        ("UPDATE sandbox.audit SET at = '0044-03-15 BC' WHERE n = 5", [("time", "sandbox", 5, 5)]),
        ("UPDATE sandbox.audit SET at = 'infinity' WHERE n = 5", [("time", "sandbox", 5, 5)]),
        (
            "UPDATE sandbox.audit SET hash = 'short' WHERE n = 5",
            [("altered", "sandbox", 5, 5), ("altered", "sandbox", 6, 6)],
        ),
        ("UPDATE sandbox.audit SET subjects = ARRAY[NULL]::bigint[] WHERE n = 5", [("subjects", "sandbox", 5, 5)]),
        ("UPDATE sandbox.audit SET subjects = '{}' WHERE n = 5", [("subjects", "sandbox", 5, 5)]),
        ("DELETE FROM sandbox.audit WHERE n = 5", [("missing", "sandbox", 5, 5)]),
        ("DELETE FROM sandbox.audit WHERE n BETWEEN 1 AND 4", [("missing", "sandbox", 1, 4)]),
        ("DELETE FROM sandbox.audit WHERE n > 7", [("tail-removed", "sandbox", 8, 10)]),
        ("DELETE FROM sandbox.audit", [("tail-removed", "sandbox", 1, 10)]),
        ("DELETE FROM sandbox.audit_head", [("head", "sandbox", 10, 10)]),
        ("UPDATE sandbox.audit_head SET n = 8", [("head", "sandbox", 10, 10)]),
    ],
)
async def test_a_touched_row_is_named(
    house: PostgresDatabase, statement: str, found: list[tuple[str, str, int, int]]
) -> None:
    await sql(house, statement)
    assert named(await verify(house, SCHEMAS)) == found


async def test_two_rows_that_changed_places_are_named(house: PostgresDatabase) -> None:
    await sql(
        house,
        "UPDATE sandbox.audit SET n = -1 WHERE n = 4",
        "UPDATE sandbox.audit SET n = 4 WHERE n = 7",
        "UPDATE sandbox.audit SET n = 7 WHERE n = -1",
    )
    found = named(await verify(house, SCHEMAS))
    assert sorted(found) == [("reordered", "sandbox", 4, 7), ("reordered", "sandbox", 7, 4)]


async def test_a_row_slipped_in_before_the_first_is_named(house: PostgresDatabase) -> None:
    await sql(
        house,
        "INSERT INTO sandbox.audit SELECT chain, 0, at, subjects, hash, body FROM sandbox.audit WHERE n = 3",
    )
    assert ("altered", "sandbox", 0, 0) in named(await verify(house, SCHEMAS))


async def rewrite(database: PostgresDatabase, since: int) -> None:
    """What an expert would do: change the past and compute every hash again, head included."""
    connection = await asyncpg.connect(database.dsn)
    try:
        rows = await connection.fetch("SELECT chain, n, hash FROM sandbox.audit ORDER BY n")
        previous = rows[since - 2]["hash"] if since > 1 else genesis("sandbox")
        for row in rows[since - 1 :]:
            forged = Event(trace(row["n"]), Action.READ, concerns=("Patient/somebody-else",))
            body = encode(forged)
            previous = link(previous, row["chain"], row["n"], forged.trace.at, body)
            await connection.execute(
                "UPDATE sandbox.audit SET body = $2, hash = $3, subjects = $4, at = $5 WHERE n = $1",
                row["n"],
                body,
                previous,
                subjects(forged),
                forged.trace.at,
            )
        await connection.execute("UPDATE sandbox.audit_head SET hash = $1", previous)
    finally:
        await connection.close()


async def test_a_chain_rewritten_with_its_hashes_is_betrayed_by_the_anchors(
    house: PostgresDatabase, tmp_path: Path
) -> None:
    await drop_anchor(house, tmp_path, trace=trace(11))
    await rewrite(house, 4)
    assert named(await verify(house, SCHEMAS, folder=tmp_path)) == [("rewritten", "sandbox", 1, 10)]


async def test_an_anchor_narrows_down_what_was_rewritten(database: PostgresDatabase, tmp_path: Path) -> None:
    for number in range(1, 11):
        await database.record("sandbox", event(number))
        if number % 3 == 0:
            await drop_anchor(database, tmp_path, trace=trace(number))
    await rewrite(database, 5)
    assert named(await verify(database, SCHEMAS, folder=tmp_path)) == [("rewritten", "sandbox", 4, 6)]


async def test_a_tail_removed_with_its_head_is_betrayed_by_the_anchors(house: PostgresDatabase, tmp_path: Path) -> None:
    await drop_anchor(house, tmp_path, trace=trace(11))
    await sql(
        house,
        "DELETE FROM sandbox.audit WHERE n > 7",
        "UPDATE sandbox.audit_head SET n = 7, hash = (SELECT hash FROM sandbox.audit WHERE n = 7)",
    )
    assert named(await verify(house, SCHEMAS, folder=tmp_path)) == [("tail-removed", "sandbox", 8, 10)]


async def test_a_whole_register_that_disappeared_is_betrayed_by_the_anchors(
    house: PostgresDatabase, tmp_path: Path
) -> None:
    await drop_anchor(house, tmp_path, trace=trace(11))
    # Renamed rather than dropped: the fixture then sees that this database cannot serve again.
    await sql(house, "ALTER SCHEMA sandbox RENAME TO gone")
    assert named(await verify(house, ["house"], folder=tmp_path)) == [("tail-removed", "sandbox", 1, 10)]


async def test_the_anchors_of_the_database_can_be_rewritten_those_of_the_file_cannot(
    house: PostgresDatabase, tmp_path: Path
) -> None:
    """With every copy of the past changed in SQL, the file alone disagrees: that is what it is for."""
    await drop_anchor(house, tmp_path, trace=trace(11))
    await rewrite(house, 1)
    await sql(house, "DELETE FROM house.anchor")
    await drop_anchor(house, None, trace=trace(12))
    assert not [f for f in named(await verify(house, SCHEMAS)) if f[1] == "sandbox"]
    found = named(await verify(house, SCHEMAS, folder=tmp_path))
    assert ("anchor", "house", 1, 1) in found
    assert ("rewritten", "sandbox", 1, 10) in found


async def test_a_row_too_large_to_be_an_event_is_altered_and_costs_no_memory(house: PostgresDatabase) -> None:
    # A frame that announces 1 TiB: magic number, descriptor with an eight-byte size, size.
    bomb = "28b52ffde0" + (2**40).to_bytes(8, "little").hex()
    await sql(house, f"UPDATE sandbox.audit SET body = decode('{bomb}', 'hex') WHERE n = 5")
    assert named(await verify(house, SCHEMAS)) == [("altered", "sandbox", 5, 5)]


async def test_the_facts_of_a_report_speak_the_readers_language(house: PostgresDatabase, tmp_path: Path) -> None:
    await sql(house, "DELETE FROM sandbox.audit WHERE n = 5")
    report = await verify(house, SCHEMAS, folder=tmp_path)
    [finding] = report.facts("en")["findings"]
    assert finding["text"] == "traces 5 to 5 are missing"
    assert report.facts("fr")["findings"][0]["text"] == "les traces 5 à 5 manquent"


async def test_a_finding_is_not_lost_when_there_are_very_many(database: PostgresDatabase) -> None:
    await asyncio.gather(*(database.record("sandbox", event(n)) for n in range(1200)))
    await sql(database, "UPDATE sandbox.audit SET subjects = '{}'")
    report = await verify(database, SCHEMAS)
    assert report.total == 1200
    assert len(report.findings) == 1000


async def test_the_file_of_anchors_is_readable_by_its_owner_alone(house: PostgresDatabase, tmp_path: Path) -> None:
    await drop_anchor(house, tmp_path, trace=trace(11))
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
