"""The board: where the processes of one machine say what they are about to change, so that others may keep what they read.

What was read once may be answered again without asking PostgreSQL as long as nobody has changed it. Who writes says so on
the board before its commit is on its way, and says when it is over; who keeps a version looks at the board each time. A board
is a small file in the folder of the embedded server's socket, mapped in memory: looking costs less than a microsecond, and no
message can be late. Where there is none (a database of one's own, which other machines may write to), nothing is kept.

Resources share slots by their key; each process counts in a region of its own, so nothing has to be locked. Of a slot, the sum
of what was begun never decreases: equal sums mean that nothing was begun in between. A process that dies in the middle leaves
a slot begun and never done: what is there is read each time from then on, until the next start. Decision 0030.
"""

import fcntl
import mmap
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

from socle.kernel.fhir.keys import key as hashed

SLOTS: Final = 16_384
REGIONS: Final = 64  # processes that write at one time
_WHOLE: Final = 256  # the first slots: a register each, for statements that may change any of its resources
_HEADER: Final = mmap.PAGESIZE // 8  # cells; the first tells how many regions there are, and one more: 0 when lifted
_REGION: Final = 2 * SLOTS  # what was begun, then what is done
_OCTETS: Final = 8 * (_HEADER + REGIONS * _REGION)  # of which only what is written takes room
_NAME: Final = "socle.board"


class Stamp(NamedTuple):
    """What the board said before a version was read."""

    slot: int
    begun: int


def lay(folder: Path) -> None:
    """Put a board in `folder`, before anybody can write."""
    file = os.open(folder / _NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, (1).to_bytes(8, sys.byteorder))
        os.ftruncate(file, _OCTETS)
    finally:
        os.close(file)


def lift(folder: Path) -> None:
    """Take the board of `folder` away, if there is one: who still looks at it keeps nothing any more."""
    with (
        suppress(OSError, ValueError),
        (folder / _NAME).open("r+b") as file,
        mmap.mmap(file.fileno(), _OCTETS) as cells,
    ):
        cells[:8] = bytes(8)


def folder_of(dsn: str) -> Path | None:
    """The folder of the socket that an address leads to, None when it leads elsewhere."""
    host = parse_qs(urlsplit(dsn).query).get("host", [""])[0]
    return Path(host) if host.startswith("/") else None


class Board:
    """One process's view of a board. It takes a region when it first has something to say."""

    def __init__(self, folder: Path) -> None:
        """Raises: OSError when there is no board in `folder`."""
        self._folder = folder
        self._file = os.open(folder / _NAME, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._cells = memoryview(mmap.mmap(self._file, _OCTETS)).cast("Q")
        except (OSError, ValueError) as error:
            os.close(self._file)
            raise OSError("no board") from error
        self._lock = -1
        self._mine = 0  # where our region begins
        self._mute = False  # no region is left for us
        self._seen = 1
        self._bases: tuple[int, ...] = ()

    def close(self) -> None:
        """Give the region back."""
        if self._lock >= 0:
            os.close(self._lock)
        if self._file >= 0:
            os.close(self._file)
        self._lock = self._file = -1

    def begun(self, first: int, second: int) -> int:
        """How many changes were ever begun in two slots; -1 when the board was lifted."""
        cells = self._cells
        if cells[0] != self._seen:
            self._look()
        if not self._seen:
            return -1
        total = 0
        for base in self._bases:
            total += cells[base + first] + cells[base + second]
        return total

    def quiet(self, first: int, second: int) -> bool:
        """Whether all that was begun in two slots is done."""
        cells = self._cells
        return all(cells[base + slot] == cells[base + SLOTS + slot] for base in self._bases for slot in (first, second))

    def begin(self, slots: Iterable[int]) -> None:
        """Say that something in these slots is about to change."""
        if self._lock < 0 and (self._mute or not self._claimed()):
            return
        cells, base = self._cells, self._mine
        for slot in slots:
            cells[base + slot] += 1

    def end(self, slots: Iterable[int]) -> None:
        """Say that it is over, one way or the other."""
        self.begin([SLOTS + slot for slot in slots])

    def _look(self) -> None:
        self._seen = self._cells[0]
        self._bases = tuple(_base(region) for region in range(self._seen - 1))

    def _claimed(self) -> bool:
        """Take a region that nobody has. What who had it left begun stays so: its counts go on."""
        with suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                for region in range(REGIONS):
                    if self._take(region):
                        return True
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        self._cells[0] = 0  # who cannot say what it changes takes the board away from all
        self._mute = True
        return False

    def _take(self, region: int) -> bool:
        lock = os.open(self._folder / f"{_NAME}.{region}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._lock, self._mine = lock, _base(region)
        if self._cells[0]:
            self._cells[0] = max(self._cells[0], region + 2)
        return True


class Watch:
    """What the board says of one register; nothing where there is none. Keys are those of its resources
    (`fhir.keys.resource_key`).
    """

    __slots__ = ("_board", "_salt", "_whole")

    def __init__(self, board: Board | None, database: str, schema: str) -> None:
        self._board = board
        self._salt = hashed("board", database, schema)
        self._whole = self._salt % _WHOLE

    def stamp(self, key: int) -> Stamp | None:
        """To be taken before a version is read; None when what is read then must not be kept: it may be changing."""
        if self._board is None:
            return None
        slot = self._slot(key)
        begun = self._board.begun(slot, self._whole)
        if begun < 0 or not self._board.quiet(slot, self._whole):
            return None
        return Stamp(slot, begun)

    def holds(self, stamp: Stamp) -> bool:
        """Whether nothing that was stamped has begun to change since."""
        return self._board is not None and self._board.begun(stamp.slot, self._whole) == stamp.begun

    def changing(self, keys: Iterable[int]) -> list[int]:
        """Say that these resources are about to change; answers what `changed` is to be told."""
        return self._begun([self._slot(key) for key in keys])

    def all_changing(self) -> list[int]:
        """Say that any resource of the register may change; answers what `changed` is to be told."""
        return self._begun([self._whole])

    def changed(self, slots: Sequence[int]) -> None:
        """Say that the changes of these slots are committed, or were taken back."""
        if slots and self._board is not None:
            self._board.end(slots)

    def _begun(self, slots: list[int]) -> list[int]:
        if slots and self._board is not None:
            self._board.begin(slots)
        return slots

    def _slot(self, key: int) -> int:
        return _WHOLE + (key ^ self._salt) % (SLOTS - _WHOLE)


def _base(region: int) -> int:
    return _HEADER + region * _REGION
