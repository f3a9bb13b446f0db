"""Sets of ranks (whole numbers from 1) as bits of one integer."""

from collections.abc import Iterable, Iterator
from typing import Final

_BITS: Final = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def bits_of(ranks: Iterable[int]) -> int:
    """The set of these ranks."""
    found = bytearray()
    for rank in ranks:
        byte = rank >> 3
        if byte >= len(found):
            found.extend(bytes(byte + 1 + (byte >> 2) - len(found)))
        found[byte] |= 1 << (rank & 7)
    return int.from_bytes(found, "little")


def ranks_of(bits: int) -> Iterator[int]:
    """Its ranks, in order."""
    for place, byte in enumerate(octets_of(bits)):
        if byte:
            base = place << 3
            for bit in _BITS[byte]:
                yield base + bit


def octets_of(bits: int) -> bytes:
    """The set as octets, for `has`."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def has(octets: bytes, rank: int) -> bool:
    """Is a rank in a set kept as octets? Constant time whatever the size of the set."""
    byte = rank >> 3
    return byte < len(octets) and bool(octets[byte] >> (rank & 7) & 1)
