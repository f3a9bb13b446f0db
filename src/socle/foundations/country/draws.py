"""Dice without memory: what a rank throws depends on the seed, the kind of thing and the rank alone.

So any thing of the country can be made without making those before it, and two processes can share a range.
"""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from itertools import accumulate
from struct import Struct
from typing import Final, TypeVar

_SIXTEEN: Final = Struct("<32H")
_RANK: Final = Struct("<q")
SIZE: Final = 65_536
T = TypeVar("T")


def dice(seed: int, kind: str) -> Callable[[int], tuple[int, ...]]:
    """What gives, for a rank, thirty-two numbers from 0 to 65,535 for this seed and kind of thing."""
    keyed = blake2b(f"{seed}:{kind}".encode(), digest_size=64)
    copy, pack, unpack = keyed.copy, _RANK.pack, _SIXTEEN.unpack

    def throw(rank: int) -> tuple[int, ...]:
        hashed = copy()
        hashed.update(pack(rank))
        return unpack(hashed.digest())

    return throw


def table(weighted: Iterable[tuple[T, float]], size: int = 4096) -> tuple[T, ...]:
    """`size` entries in which each value comes in proportion to its weight; `size` divides 65,536.

    Every value of some weight that rounds to nothing is left out.
    """
    listed = list(weighted)
    bounds = list(accumulate(weight for _, weight in listed))
    entries: list[T] = []
    at = 0
    for slot in range(size):
        while bounds[at] * size < (slot + 0.5) * bounds[-1]:
            at += 1
        entries.append(listed[at][0])
    return tuple(entries)
