"""What a reader gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from socle.kernel.outcome import Text


class Kind(IntEnum):
    """What a line speaks of. The parts have the numbers of `PartKind`."""

    EJ = 1
    ET = 2
    GEOLOCATION = 3
    ACTIVITY = 4
    EQUIPMENT = 5
    SOCIAL = 6
    TRAINING = 7
    AGREEMENT = 8
    OTHER_CARE = 9
    RECOGNISED = 10
    BY_MENTION = 11
    GROUP = 12


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of line of a kind of file: what it speaks of, and the facts on which it has a say.

    A fact that a file has no column for keeps the value that another file gave it.
    """

    name: str
    kind: Kind
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Item:
    """One line, checked: facts have no empty value.

    numero  the structure, or the owner of the part
    key     tells a part from the others of its owner; "" for a structure
    parent  of an establishment, its legal entity
    """

    shape: Shape
    numero: str
    facts: Mapping[str, Any]
    line: int
    parent: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a file: where, in which field, by which rule, what to do.

    severe  False for a remark: the line is taken all the same
    fatal   nothing after it can be read
    """

    file: str
    line: int
    field: str
    rule: str
    text: Text
    severe: bool = True
    fatal: bool = False

    @property
    def place(self) -> str:
        """ "file:12 field"."""
        return f"{self.file}:{self.line}" + (f" {self.field}" if self.field else "")


Found = Item | Fault
