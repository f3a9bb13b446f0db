"""The board: what is kept is what is stored, whoever writes, and whenever a process dies."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.kernel.store import board
from socle.kernel.store.board import Board, Stamp, Watch, folder_of, lay, lift


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lay(tmp_path)
    return tmp_path


@pytest.fixture
def ours(folder: Path) -> Iterator[Board]:
    opened = Board(folder)
    yield opened
    opened.close()


@pytest.fixture
def theirs(folder: Path) -> Iterator[Board]:
    """That of another process."""
    opened = Board(folder)
    yield opened
    opened.close()


def stamp_of(watch: Watch, key: int) -> Stamp:
    taken = watch.stamp(key)
    assert taken is not None
    return taken


def test_a_stamp_holds_until_a_change_begins(ours: Board, theirs: Board) -> None:
    reading, writing = Watch(ours, "db", "sandbox"), Watch(theirs, "db", "sandbox")
    taken = stamp_of(reading, 1)
    assert reading.holds(taken)
    writing.changing([1])
    assert not reading.holds(taken)


def test_nothing_is_stamped_while_a_change_is_under_way(ours: Board, theirs: Board) -> None:
    reading, writing = Watch(ours, "db", "sandbox"), Watch(theirs, "db", "sandbox")
    told = writing.changing([1])
    assert reading.stamp(1) is None
    writing.changed(told)
    assert reading.holds(stamp_of(reading, 1))


def test_a_stamp_of_before_a_change_does_not_hold_after_it(ours: Board, theirs: Board) -> None:
    reading, writing = Watch(ours, "db", "sandbox"), Watch(theirs, "db", "sandbox")
    taken = stamp_of(reading, 1)
    writing.changed(writing.changing([1]))
    assert not reading.holds(taken)


def test_two_changes_of_one_resource_are_both_waited_for(ours: Board, theirs: Board) -> None:
    here, there = Watch(ours, "db", "sandbox"), Watch(theirs, "db", "sandbox")
    first, second = here.changing([1]), there.changing([1])
    here.changed(first)
    assert here.stamp(1) is None
    there.changed(second)
    assert here.stamp(1) is not None


def test_a_change_of_the_whole_register_is_one_of_each_resource(ours: Board, theirs: Board) -> None:
    reading, writing = Watch(ours, "db", "sandbox"), Watch(theirs, "db", "sandbox")
    taken = stamp_of(reading, 1)
    told = writing.all_changing()
    assert not reading.holds(taken)
    assert reading.stamp(2) is None
    writing.changed(told)
    assert reading.stamp(2) is not None


@pytest.mark.parametrize(("database", "schema"), [("db", "ins"), ("other", "sandbox")])
def test_another_register_and_another_database_are_not_concerned(
    ours: Board, theirs: Board, database: str, schema: str
) -> None:
    reading, writing = Watch(ours, "db", "sandbox"), Watch(theirs, database, schema)
    taken = stamp_of(reading, 1)
    writing.changing([1])
    assert reading.holds(taken)


def test_what_a_process_was_changing_when_it_died_is_never_stamped_again(folder: Path, ours: Board) -> None:
    dead = Board(folder)
    Watch(dead, "db", "sandbox").changing([1])
    dead.close()
    reading = Watch(ours, "db", "sandbox")
    reading.changed(reading.changing([1, 2]))
    assert reading.stamp(1) is None
    assert reading.stamp(2) is not None


def test_the_region_of_a_process_that_ended_serves_the_next(folder: Path, ours: Board) -> None:
    for _ in range(2 * board.REGIONS):
        brief = Board(folder)
        watch = Watch(brief, "db", "sandbox")
        watch.changing([7])
        watch.changed(watch.changing([1]))
        brief.close()
    assert Watch(ours, "db", "sandbox").stamp(1) is not None
    assert Watch(ours, "db", "sandbox").stamp(7) is None


def test_a_process_that_finds_no_region_takes_the_board_away_from_all(
    folder: Path, ours: Board, theirs: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "REGIONS", 1)
    here, there = Watch(ours, "db", "sandbox"), Watch(theirs, "db", "sandbox")
    here.changed(here.changing([1]))
    taken = stamp_of(here, 2)
    there.changing([2])
    assert not here.holds(taken)
    assert here.stamp(3) is None


def test_nothing_is_kept_from_a_board_that_was_lifted(folder: Path, ours: Board) -> None:
    reading = Watch(ours, "db", "sandbox")
    taken = stamp_of(reading, 1)
    lift(folder)
    assert not reading.holds(taken)
    assert reading.stamp(1) is None


def test_a_folder_without_a_board_has_none(tmp_path: Path) -> None:
    lift(tmp_path)
    with pytest.raises(OSError, match="board"):
        Board(tmp_path)


def test_a_file_that_is_no_board_is_none(tmp_path: Path) -> None:
    (tmp_path / "socle.board").write_bytes(b"x")
    with pytest.raises(OSError, match="board"):
        Board(tmp_path)


def test_only_a_server_of_this_machine_has_a_folder() -> None:
    assert folder_of("postgresql://socle:x@/postgres?host=%2Fdata%2Frun") == Path("/data/run")
    assert folder_of("postgresql://socle:x@db.example/postgres") is None
    assert folder_of("postgresql://socle:x@/postgres?host=db.example") is None


@dataclass
class Process:
    """A worker: what it keeps, what it is reading, what it is writing."""

    board: Board
    kept: dict[int, tuple[Stamp, int]] = field(default_factory=dict)
    reading: dict[int, tuple[Stamp | None, int | None]] = field(default_factory=dict)
    writing: list[tuple[int, list[int], bool]] = field(default_factory=list)  # key, what was told, whether committed

    @property
    def watch(self) -> Watch:
        return Watch(self.board, "db", "sandbox")


steps = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["ask", "fetch", "keep", "begin", "commit", "end", "serve", "serve", "die", "late"]),
        st.integers(0, 1),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(steps=steps)
def test_what_is_kept_is_what_is_stored_in_whatever_order_processes_read_write_and_die(
    steps: list[tuple[int, str, int]],
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        lay(folder)
        processes = [Process(Board(folder)) for _ in range(3)]
        stored = {0: 0, 1: 0}
        left: list[int] = []  # what the server has yet to commit for the dead
        for who, what, key in steps:
            process = processes[who]
            match what:
                case "ask":  # a read: the stamp, then the version, then it may be kept
                    process.reading[key] = (process.watch.stamp(key), None)
                case "fetch" if key in process.reading:
                    process.reading[key] = (process.reading[key][0], stored[key])
                case "keep" if key in process.reading:
                    stamp, version = process.reading.pop(key)
                    if stamp is not None and version is not None:
                        process.kept[key] = (stamp, version)
                case "begin":
                    process.writing.append((key, process.watch.changing([key]), False))
                case "commit" if process.writing:
                    rank = next((n for n, one in enumerate(process.writing) if not one[2]), None)
                    if rank is not None:
                        at, told, _ = process.writing[rank]
                        stored[at] += 1
                        process.writing[rank] = (at, told, True)
                case "end" if process.writing and process.writing[0][2]:
                    process.watch.changed(process.writing.pop(0)[1])
                case "serve" if key in process.kept:
                    stamp, version = process.kept[key]
                    if process.watch.holds(stamp):
                        assert version == stored[key]
                case "die":
                    process.board.close()
                    processes[who] = Process(Board(folder))
                    left += [at for at, _, committed in process.writing if not committed]
                case "late" if left:
                    stored[left.pop(0)] += 1
                case _:
                    pass
        for process in processes:
            process.board.close()
