"""Values as PostgreSQL's types take them in binary, which leaves nothing to parse.

Source: PostgreSQL, what its types send and receive: integers big end first, moments as microseconds since 2000, arrays with their
dimensions and the size of each element, rows with the number of their columns, then the type and the size of each.
"""

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from struct import Struct, error
from sys import byteorder
from typing import Final

# The numbers of types in pg_type.dat: they never change.
BYTEA: Final = 17
BIGINT: Final = 20
SMALLINT: Final = 21
INTEGER: Final = 23
TEXT: Final = 25
FLOAT: Final = 701
BIGINTS: Final = 1016
MOMENT: Final = 1184
NULL: Final = b"\xff\xff\xff\xff"  # in the place of a size
UNFIT: Final = (error, OverflowError, UnicodeError)  # what is raised for a number or a text that no type takes

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DAY: Final = 86_400_000_000
_EIGHT: Final = b"\0\0\0\x08"
_ARRAY: Final = Struct("!5i").pack  # dimensions, whether some are NULL, type of elements, count, first index
_EMPTY: Final = Struct("!3i").pack
size: Final[Callable[[int], bytes]] = Struct("!i").pack
typed: Final[Callable[[int, int], bytes]] = Struct("!ii").pack
"""The type and the size of a column, before what it holds."""


def microseconds(moment: datetime) -> int:
    """A moment as PostgreSQL counts it."""
    since = moment - _EPOCH
    return since.days * _DAY + since.seconds * 1_000_000 + since.microseconds


shared_microseconds: Final = lru_cache(maxsize=16)(microseconds)
"""`microseconds`, remembered: for the moment that all the versions of a unit share."""


def sized(text: str | None) -> bytes:
    """A text with its size."""
    if text is None:
        return NULL
    octets = text.encode()
    return size(len(octets)) + octets


def bigints(values: Sequence[int]) -> bytes:
    """A bigint[] with its size: a short one, the column of a row."""
    count = len(values)
    if not count:
        return _NO_BIGINTS
    head, pack = _short(count)
    mixed = [8] * (2 * count)
    mixed[1::2] = values
    return pack(head, *mixed)


_NO_BIGINTS: Final = size(12) + _EMPTY(0, 0, BIGINT)


@lru_cache(maxsize=1024)
def _short(count: int) -> tuple[bytes, Callable[..., bytes]]:
    return size(20 + 12 * count) + _ARRAY(1, 0, BIGINT, count, 1), Struct("!24s" + "iq" * count).pack


def longs(values: Sequence[int], of: int = BIGINT) -> bytes:
    """A bigint[], or a timestamptz[] of microseconds, as an argument: as long as need be."""
    return _eights(array("q", values), of)


def floats(values: Sequence[float]) -> bytes:
    """A float8[] as an argument."""
    return _eights(array("d", values), FLOAT)


def texts(values: Sequence[str]) -> bytes:
    """A text[] as an argument."""
    octets = [value.encode() for value in values]
    return elements(TEXT, len(octets), list(chain.from_iterable(zip(map(size, map(len, octets)), octets, strict=True))))


def elements(of: int, count: int, parts: Sequence[bytes]) -> bytes:
    """An array as an argument: `count` elements of the type `of`, each after its size in `parts`."""
    return b"".join((_ARRAY(1, 0, of, count, 1), *parts)) if count else _EMPTY(0, 0, of)


def _eights(values: "array[int] | array[float]", of: int) -> bytes:
    """An array of elements of eight bytes. Written by slices of half an element: a third of the time of a Struct."""
    count = len(values)
    if byteorder == "little":
        values.byteswap()
    halves = array("I", values.tobytes())
    mixed = array("I", _EIGHT * (3 * count))
    mixed[1::3] = halves[::2]
    mixed[2::3] = halves[1::2]
    return elements(of, count, (mixed.tobytes(),))
