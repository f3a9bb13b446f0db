"""What is kept in memory within a number of octets: the oldest leave first."""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

LARGEST: Final = 64 * 1024  # octets of one: a large one would drive out many small ones
_BESIDE: Final = 700  # octets that one takes beside its own

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Shelf(Generic[K, V]):
    """Values by key, with the octets that each takes."""

    def __init__(self, octets: int) -> None:
        self._left = octets
        self._kept: dict[K, tuple[V, int]] = {}

    def find(self, key: K) -> V | None:
        """What was put last under that key, None when it has left."""
        found = self._kept.get(key)
        return None if found is None else found[0]

    def put(self, key: K, value: V, octets: int) -> None:
        """Keep a value, if it is not too large."""
        if octets > LARGEST:
            return
        self.drop(key)
        size = octets + _BESIDE
        while self._left < size and self._kept:
            self.drop(next(iter(self._kept)))
        if self._left >= size:
            self._left -= size
            self._kept[key] = (value, size)

    def drop(self, key: K) -> None:
        """Forget one, if it is there."""
        found = self._kept.pop(key, None)
        if found is not None:
            self._left += found[1]
