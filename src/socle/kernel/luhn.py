"""The Luhn check digit, which ends RPPS, FINESS, SIREN and SIRET numbers. Source: ISO/IEC 7812-1 annex B."""

from typing import Final

_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_ONCE: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_TWICE: Final = bytes.maketrans(b"0123456789", bytes(_DOUBLED))


def check_digit(body: str) -> int:
    """The digit that goes after `body`. Raises: ValueError when `body` has anything but digits."""
    digits = [int(one) for one in body]
    return -(sum(_DOUBLED[one] for one in digits[::-2]) + sum(digits[-2::-2])) % 10


def holds(number: str) -> bool:
    """Whether the last digit of `number`, made of digits only, is the check digit of the others."""
    digits = number.encode()
    return sum(digits[-2::-2].translate(_TWICE) + digits[::-2].translate(_ONCE)) % 10 == 0
