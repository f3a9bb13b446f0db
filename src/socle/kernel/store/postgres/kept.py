"""Versions read lately, kept as long as the board says that nobody changes them. In memory, bounded, the oldest leave first."""

from typing import Final

from socle.kernel.store.board import Stamp, Watch
from socle.kernel.store.contract import Stored
from socle.kernel.store.embedded.configuration import share
from socle.kernel.store.shelf import Shelf

_MB: Final = 1024 * 1024


def room() -> int:
    """Octets that a process may keep, of the memory that this machine gives it."""
    return share(256, 8 * _MB, 64 * _MB)


class Kept:
    """What one process keeps of all its registers."""

    def __init__(self, octets: int) -> None:
        self._shelf: Shelf[tuple[Watch, int], tuple[Stamp, Stored]] = Shelf(octets)

    def find(self, watch: Watch, key: int) -> Stored | None:
        """The current version of that key in a register, None when it has to be read."""
        found = self._shelf.find((watch, key))
        if found is None:
            return None
        stamp, stored = found
        if watch.holds(stamp):
            return stored
        self._shelf.drop((watch, key))
        return None

    def keep(self, watch: Watch, key: int, stamp: Stamp, stored: Stored) -> None:
        """Keep a version that was read after `stamp` was taken."""
        self._shelf.put((watch, key), (stamp, stored), len(stored.body))
