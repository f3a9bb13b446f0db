"""Pieces of a file: some ten lines together, known again by their hash from one extraction to the next.

Where a piece begins is told by its first line: what is added or taken away elsewhere moves nothing here.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from typing import Final

# The thirteenth octet of a line that begins with the kind and the number of a person is the key of that number: one person in ten
# has a 3. Lines in any other order give pieces too, of other sizes.
_BEGIN: Final = re.compile(rb"\n.{12}3")
MOST: Final = 32_768  # octets, from which a piece is cut wherever a line ends
SIZE: Final = 8  # octets of a hash


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a block of lines, in order: their hashes, one after the other; where each ends; how many lines there are."""

    hashes: bytes
    ends: "array[int]"
    lines: int

    def __iter__(self) -> Iterator[tuple[bytes, int, int]]:
        """Hash, where it begins, where it ends."""
        start = place = 0
        for end in self.ends:
            yield self.hashes[place : place + SIZE], start, end
            start, place = end, place + SIZE


def lines_in(octets: bytes) -> int:
    """How many lines these octets are; the last one may have no end."""
    return octets.count(b"\n") + (octets[-1:] not in (b"", b"\n"))


def last_beginning(octets: bytes, after: int) -> int:
    """Where the last piece of these lines begins, `after` this place; 0 when none does."""
    last = 0
    for match in _BEGIN.finditer(octets, after):
        last = match.start() + 1
    return last


def pieces(octets: bytes) -> Pieces:
    """The pieces of these lines."""
    ends, hashes, start = array("I"), [], 0
    for end in _ends(octets):
        # The quickest hash of those that a processor has instructions for: nothing is kept secret by it.
        hashes.append(sha1(octets[start:end], usedforsecurity=False).digest()[:SIZE])
        ends.append(end)
        start = end
    return Pieces(b"".join(hashes), ends, lines_in(octets))


def _ends(octets: bytes) -> Iterator[int]:
    start = 0
    for end in [*(match.start() + 1 for match in _BEGIN.finditer(octets)), len(octets)]:
        while end - start > MOST:
            start = octets.rfind(b"\n", start, start + MOST) + 1 or octets.find(b"\n", start, end) + 1 or end
            yield start
        if start < end:
            yield end
        start = end
