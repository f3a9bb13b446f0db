"""Pieces of a file: some ten lines together, known again by their hash from one extraction to the next.

Where a piece begins is told by its first line: what is added or taken away elsewhere moves nothing here.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

# The thirteenth octet of a line that begins with the kind and the number of a person is the key of that number: one person in ten
# has a 3. Lines in any other order give pieces too, of other sizes.
_BEGIN: Final = re.compile(rb"\n.{12}3")
MOST: Final = 32_768  # octets, from which a piece is cut wherever a line ends


def last_beginning(octets: bytes, after: int) -> int:
    """Where the last piece of these lines begins, `after` this place; 0 when none does."""
    last = 0
    for match in _BEGIN.finditer(octets, after):
        last = match.start() + 1
    return last


def pieces(octets: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The pieces of these lines, in order: hash (eight octets), where it begins, where it ends."""
    start = 0
    for match in _BEGIN.finditer(octets):
        yield from _hashed(octets, start, match.end() - 13)
        start = match.end() - 13
    yield from _hashed(octets, start, len(octets))


def _hashed(octets: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while end - start > MOST:
        cut = octets.rfind(b"\n", start, start + MOST) + 1 or octets.find(b"\n", start, end) + 1 or end
        yield blake2b(octets[start:cut], digest_size=8).digest(), start, cut
        start = cut
    if start < end:
        yield blake2b(octets[start:end], digest_size=8).digest(), start, end
