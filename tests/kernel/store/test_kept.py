"""What a process keeps of what it read: bounded, and true whoever writes."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import pytest
from tests.conftest import OpenDatabase
from tests.kernel.store.things import NOON, patient, trace

from socle.kernel.outcome import Problem
from socle.kernel.store import Delete, Op, Stored, Unit
from socle.kernel.store.board import Board, Watch, folder_of, lay
from socle.kernel.store.postgres import PostgresDatabase, open_database
from socle.kernel.store.postgres.kept import Kept
from socle.kernel.store.shelf import LARGEST


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    lay(tmp_path)
    return Watch(Board(tmp_path), "db", "sandbox")


def version(id: str, octets: int) -> Stored:
    return Stored("Basic", id, 1, NOON, Op.CREATE, b"x" * octets)


def keep(kept: Kept, watch: Watch, key: int, stored: Stored) -> None:
    stamp = watch.stamp(key)
    assert stamp is not None
    kept.keep(watch, key, stamp, stored)


def test_the_oldest_leave_when_there_is_no_room(watch: Watch) -> None:
    kept = Kept(20_000)
    for key in range(10):
        keep(kept, watch, key, version(str(key), 5_000))
    assert [key for key in range(10) if kept.find(watch, key)] == [7, 8, 9]


def test_what_is_kept_twice_takes_its_room_once(watch: Watch) -> None:
    kept = Kept(20_000)
    keep(kept, watch, 1, version("a", 5_000))
    for _ in range(10):
        keep(kept, watch, 2, version("b", 5_000))
    assert kept.find(watch, 1) is not None


def test_what_changed_leaves_its_room(watch: Watch) -> None:
    kept = Kept(20_000)
    for key in range(3):
        keep(kept, watch, key, version(str(key), 5_000))
    watch.changed(watch.changing([2]))
    assert kept.find(watch, 2) is None
    keep(kept, watch, 3, version("3", 5_000))
    assert kept.find(watch, 0) is not None


def test_a_large_version_is_not_kept(watch: Watch) -> None:
    kept = Kept(10 * LARGEST)
    keep(kept, watch, 1, version("a", LARGEST + 1))
    assert kept.find(watch, 1) is None


def test_registers_do_not_see_what_others_keep(tmp_path: Path) -> None:
    lay(tmp_path)
    board = Board(tmp_path)
    kept, one = Kept(20_000), Watch(board, "db", "sandbox")
    keep(kept, one, 1, version("a", 10))
    assert kept.find(Watch(board, "db", "ins"), 1) is None


async def test_a_version_that_was_read_is_the_same_object_until_it_changes(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    await store.commit(Unit([patient("a")], trace()))
    first = await store.read("Patient", "a")
    assert await store.read("Patient", "a") is first
    await store.commit(Unit([patient("a")], trace()))
    changed = await store.read("Patient", "a")
    assert changed is not None
    assert changed.version == 2


async def test_each_worker_sees_what_the_other_wrote(open_house: OpenDatabase) -> None:
    one, other = [(await open_house("sandbox")).store("sandbox") for _ in range(2)]
    for rank in range(1, 6):
        writer = (one, other)[rank % 2]
        await writer.commit(Unit([patient("a")], trace()))
        for reader in (one, other):
            for _ in range(2):
                found = await reader.read("Patient", "a")
                assert found is not None
                assert found.version == rank
    await one.commit(Unit([Delete("Patient", "a")], trace()))
    gone = await other.read("Patient", "a")
    assert gone is not None
    assert gone.deleted


async def test_a_register_that_is_emptied_by_another_worker_is_read_empty(open_house: OpenDatabase) -> None:
    one, other = [await open_house("sandbox") for _ in range(2)]
    await one.store("sandbox").commit(Unit([patient("a")], trace()))
    assert await one.store("sandbox").read("Patient", "a") is not None
    await other.write("sandbox", [("TRUNCATE sandbox.resource", ())], trace())
    assert await one.store("sandbox").read("Patient", "a") is None


async def test_what_a_whole_load_replaces_is_read_anew(open_house: OpenDatabase) -> None:
    one, other = [await open_house("sandbox") for _ in range(2)]
    await one.store("sandbox").commit(Unit([patient("a")], trace()))
    assert await one.store("sandbox").read("Patient", "a") is not None
    async with other.whole("sandbox", trace()) as load:
        await load.put([patient("a")])
    found = await one.store("sandbox").read("Patient", "a")
    assert found is not None
    assert found.version == 2


async def test_without_a_board_everything_is_read_each_time(dsn: str) -> None:
    ours = folder_of(dsn)
    assert ours is not None
    with TemporaryDirectory() as name:  # the same server by another door
        (Path(name) / ".s.PGSQL.5432").symlink_to(ours / ".s.PGSQL.5432")
        database = await open_database(dsn.replace(quote(str(ours), safe=""), quote(name, safe="")))
        store = database.store("sandbox")
        await store.commit(Unit([patient("a")], trace()))
        first = await store.read("Patient", "a")
        assert first is not None
        assert await store.read("Patient", "a") is not first
        assert store.stamp("Patient", "a") is None
        await database.query("UPDATE sandbox.resource SET version = 7")
        changed = await store.read("Patient", "a")
        assert changed is not None
        assert changed.version == 7
        await database.close()


async def test_a_refused_write_leaves_what_is_kept_readable(database: PostgresDatabase) -> None:
    store = database.store("sandbox")
    await store.commit(Unit([patient("a")], trace()))
    with pytest.raises(Problem):
        await store.commit(Unit([replace(patient("a"), expect=7)], trace()))
    with pytest.raises(Exception, match="conserv"):
        await store.commit(Unit((), trace(), rows=[("UPDATE sandbox.resource SET present = 1 / 0", ())]))
    first = await store.read("Patient", "a")
    assert first is not None
    assert await store.read("Patient", "a") is first
