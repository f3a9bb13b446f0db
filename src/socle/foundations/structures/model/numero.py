"""Numbers of structures: FINESS, SIREN, SIRET, and their keys.

Sources: FINESS XSD (`typeNumeroFiness`: a digit, a digit or a letter, seven digits); the key is Luhn's, A counted as 1 and
B as 2. No official text of the key was found: it holds on the numbers that were tried, so a number whose key does not hold
is told, never refused.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from socle.kernel import luhn

_FINESS: Final = re.compile(r"[0-9][0-9A-Z][0-9]{7}", re.ASCII)
_SIREN: Final = re.compile(r"[0-9]{9}", re.ASCII)
_SIRET: Final = re.compile(r"[0-9]{14}", re.ASCII)
_LETTERS: Final = {"A": "1", "B": "2"}
_LA_POSTE: Final = "356000000"  # its establishments have no Luhn key: the digits add up to a multiple of five


class Nature(StrEnum):
    """What a FINESS number names: the legal entity (EJ), or one of its geographic establishments (ET, also said EG)."""

    EJ = "EJ"
    ET = "ET"


def luhn_key(beginning: str) -> str:
    """The digit that ends a number whose key is Luhn's; letters A and B count as 1 and 2."""
    return str(luhn.check_digit("".join(_LETTERS.get(letter, letter) for letter in beginning)))


def finess_key_holds(value: str) -> bool | None:
    """Whether the last digit is the key of the others; None when a letter other than A or B leaves it unknown."""
    if value[1].isalpha() and value[1] not in _LETTERS:
        return None
    return luhn_key(value[:-1]) == value[-1]


def is_siren(value: str) -> bool:
    """Nine digits, the last a Luhn key. Source: Insee, SIREN."""
    return _SIREN.fullmatch(value) is not None and luhn.holds(value)


def is_siret(value: str) -> bool:
    """A SIREN and five digits, the last a Luhn key (but for La Poste). Source: Insee, SIRET."""
    if _SIRET.fullmatch(value) is None:
        return False
    if value.startswith(_LA_POSTE):
        return sum(map(int, value)) % 5 == 0 or luhn.holds(value)
    return luhn.holds(value)


@dataclass(frozen=True, slots=True)
class NumeroFiness:
    """A FINESS number: nine characters, of which the first two say the department that gave it.

    Raises: ValueError when it is not shaped as one.
    """

    value: str

    def __post_init__(self) -> None:
        if _FINESS.fullmatch(self.value) is None:
            raise ValueError(self.value)

    @staticmethod
    def read(text: str) -> "NumeroFiness | None":
        """The number that someone typed (spaces and case do not count), None when it is not shaped as one."""
        try:
            return NumeroFiness("".join(text.split()).upper())
        except ValueError:
            return None

    @property
    def key_holds(self) -> bool | None:
        """Whether its key is right; None when that cannot be known."""
        return finess_key_holds(self.value)

    @property
    def is_test(self) -> bool:
        """Whether its department is one of the test ranges: a zero and a letter, as in 0B0057881."""
        return self.value[0] == "0" and self.value[1].isalpha()

    def __str__(self) -> str:
        return self.value
