"""Versions read lately, kept as long as the board says that nobody changes them. In memory, bounded, the oldest leave first."""

from typing import Final

from socle.kernel.store.board import Stamp, Watch
from socle.kernel.store.contract import Stored
from socle.kernel.store.embedded.configuration import share

LARGEST: Final = 64 * 1024  # octets of a body: a large one would drive out many small ones
_MB: Final = 1024 * 1024
_BESIDE: Final = 700  # octets that a version takes beside its body


def room() -> int:
    """Octets that a process may keep, of the memory that this machine gives it."""
    return share(256, 8 * _MB, 64 * _MB)


class Kept:
    """What one process keeps of all its registers."""

    def __init__(self, octets: int) -> None:
        self._left = octets
        self._kept: dict[tuple[Watch, int], tuple[Stamp, Stored]] = {}

    def find(self, watch: Watch, key: int) -> Stored | None:
        """The current version of that key in a register, None when it has to be read."""
        found = self._kept.get((watch, key))
        if found is None:
            return None
        stamp, stored = found
        if watch.holds(stamp):
            return stored
        self._drop((watch, key))
        return None

    def keep(self, watch: Watch, key: int, stamp: Stamp, stored: Stored) -> None:
        """Keep a version that was read after `stamp` was taken."""
        place, size = (watch, key), len(stored.body) + _BESIDE
        if len(stored.body) > LARGEST:
            return
        if place in self._kept:
            self._drop(place)
        while self._left < size and self._kept:
            self._drop(next(iter(self._kept)))
        if self._left >= size:
            self._left -= size
            self._kept[place] = (stamp, stored)

    def _drop(self, place: tuple[Watch, int]) -> None:
        _, stored = self._kept.pop(place)
        self._left += len(stored.body) + _BESIDE
