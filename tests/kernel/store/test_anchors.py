"""Anchors are dropped when something moved, survive a crash in the middle, and cannot be touched unseen."""

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.audit.anchor import drop, to_line
from socle.kernel.store import anchors
from socle.kernel.store.anchors import FILE, drop_anchor, last_in_database, last_in_file, lines
from socle.kernel.store.audit_trail import verify
from socle.kernel.store.postgres import PostgresDatabase

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TRACE = Trace("house", "maison", "", "", "system", "audit.anchor", AT, "house", "audit:anchor")


async def something_happens(database: PostgresDatabase, schema: str = "sandbox") -> None:
    await database.record(schema, Event(TRACE, Action.READ))


async def three_anchors(database: PostgresDatabase, folder: Path) -> None:
    for _ in range(3):
        await something_happens(database)
        await drop_anchor(database, folder, trace=TRACE)


async def sql(database: PostgresDatabase, statement: str) -> None:
    connection = await asyncpg.connect(database.dsn)
    await connection.execute(statement)
    await connection.close()


async def wrong(database: PostgresDatabase, folder: Path) -> list[int]:
    report = await verify(database, ["house", "sandbox"], folder=folder)
    assert {finding.fault for finding in report.findings} <= {"anchor"}
    return [finding.n for finding in report.findings]


async def test_an_anchor_says_where_every_chain_stands(database: PostgresDatabase, tmp_path: Path) -> None:
    await something_happens(database)
    await something_happens(database, "house")
    anchor = await drop_anchor(database, tmp_path, trace=TRACE)
    assert anchor is not None
    assert [(head.schema, head.n) for head in anchor.heads] == [("house", 1), ("sandbox", 1)]


async def test_it_is_kept_in_the_file_and_in_the_database(database: PostgresDatabase, tmp_path: Path) -> None:
    await something_happens(database)
    anchor = await drop_anchor(database, tmp_path, trace=TRACE)
    assert last_in_file(tmp_path) == anchor
    assert await last_in_database(database) == anchor


async def test_nothing_moved_nothing_is_dropped(database: PostgresDatabase, tmp_path: Path) -> None:
    """The copy of an anchor leaves a trace in the house's chain: that trace alone must not call for another anchor."""
    assert await drop_anchor(database, tmp_path, trace=TRACE) is None
    await something_happens(database)
    assert await drop_anchor(database, tmp_path, trace=TRACE) is not None
    assert await drop_anchor(database, tmp_path, trace=TRACE) is None
    assert await drop_anchor(database, tmp_path, trace=TRACE) is None


async def test_a_move_of_the_house_itself_is_anchored(database: PostgresDatabase, tmp_path: Path) -> None:
    await something_happens(database)
    await drop_anchor(database, tmp_path, trace=TRACE)
    await something_happens(database, "house")
    assert await drop_anchor(database, tmp_path, trace=TRACE) is not None


async def test_untouched_anchors_are_whole(database: PostgresDatabase, tmp_path: Path) -> None:
    await three_anchors(database, tmp_path)
    assert await wrong(database, tmp_path) == []
    assert len(list(lines(tmp_path))) == 3


async def test_a_stop_between_file_and_copy_is_repaired_by_the_next_drop(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    await three_anchors(database, tmp_path)
    await sql(database, "DELETE FROM house.anchor WHERE n = 3")
    assert await wrong(database, tmp_path) == []
    await something_happens(database)
    await drop_anchor(database, tmp_path, trace=TRACE)
    copies = await database.query("SELECT n FROM house.anchor ORDER BY n")
    assert [row["n"] for row in copies] == [1, 2, 3, 4]


async def test_a_line_that_a_crash_cut_short_never_was(database: PostgresDatabase, tmp_path: Path) -> None:
    await three_anchors(database, tmp_path)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"n":4,"at":"2026-')
    assert await wrong(database, tmp_path) == []
    await something_happens(database)
    anchor = await drop_anchor(database, tmp_path, trace=TRACE)
    assert anchor is not None
    assert anchor.n == 4
    assert await wrong(database, tmp_path) == []


@pytest.mark.parametrize("line", [0, 1, 2])
async def test_a_line_removed_from_the_file_is_named(database: PostgresDatabase, tmp_path: Path, line: int) -> None:
    await three_anchors(database, tmp_path)
    kept = list(lines(tmp_path))
    del kept[line]
    (tmp_path / FILE).write_bytes(b"".join(kept))
    assert line + 1 in await wrong(database, tmp_path)


async def test_a_line_changed_in_the_file_is_named(database: PostgresDatabase, tmp_path: Path) -> None:
    await three_anchors(database, tmp_path)
    content = list(lines(tmp_path))
    content[1] = content[1].replace(b"2026-03-01", b"2026-03-02")
    (tmp_path / FILE).write_bytes(b"".join(content))
    assert await wrong(database, tmp_path) == [2]


async def test_a_whole_anchor_added_to_the_file_is_named(database: PostgresDatabase, tmp_path: Path) -> None:
    await three_anchors(database, tmp_path)
    for _ in range(3):
        with (tmp_path / FILE).open("ab") as file:
            file.write(to_line(drop(last_in_file(tmp_path), AT, last_in_file(tmp_path).heads)))  # type: ignore[union-attr]
    assert await wrong(database, tmp_path) == [6]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM house.anchor WHERE n = 2", [2]),
        ("DELETE FROM house.anchor", [3]),
        ("UPDATE house.anchor SET line = '{}'::bytea WHERE n = 2", [2]),
        ("UPDATE house.anchor SET n = 9 WHERE n = 3", [3, 9]),
    ],
)
async def test_a_copy_touched_in_sql_is_named(
    database: PostgresDatabase, tmp_path: Path, statement: str, found: list[int]
) -> None:
    await three_anchors(database, tmp_path)
    await sql(database, statement)
    assert await wrong(database, tmp_path) == found


async def test_a_lost_file_is_noticed(database: PostgresDatabase, tmp_path: Path) -> None:
    await three_anchors(database, tmp_path)
    (tmp_path / FILE).unlink()
    assert await wrong(database, tmp_path) == [1, 2, 3]


def test_the_last_line_is_found_without_reading_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "_BLOCK", 7)
    anchor = None
    with (tmp_path / FILE).open("wb") as file:
        for _ in range(5):
            anchor = drop(anchor, AT, [])
            file.write(to_line(anchor))
        file.write(b"cut sh")
    assert last_in_file(tmp_path) == anchor
    assert list(anchors._backwards(tmp_path / FILE)) == list(lines(tmp_path))[::-1]


def test_no_file_no_anchor(tmp_path: Path) -> None:
    assert last_in_file(tmp_path) is None
