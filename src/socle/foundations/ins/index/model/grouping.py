"""What the index knows when a record comes in, and what it concludes: plain values between the store and the rules."""

from dataclasses import dataclass, field
from enum import StrEnum

from socle.foundations.ins.index.model.portrait import Portrait


class PairState(StrEnum):
    """Where a pair of records stands in the work queue."""

    DOUBTFUL = "doubtful"  # somebody must look
    LATER = "later"  # somebody looked, and could not say yet
    SAME = "same"  # somebody said: one person
    APART = "apart"  # somebody said: two persons
    VOID = "void"  # no longer doubtful: one of the records changed, or they were linked


@dataclass(frozen=True, slots=True)
class Known:
    """A record of the index: its key, its person, since when that person exists (microseconds), its portrait."""

    key: int
    person: str
    since: int
    portrait: Portrait


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record that comes in: None as a portrait when it goes out (deleted, replaced).

    fresh_person  identifier drawn for the person that it makes, should it make one
    """

    key: int
    portrait: Portrait | None
    fresh_person: str
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A record that has a person now: from which one it comes ("" for none), why, thanks to which record, how surely."""

    key: int
    before: str
    after: str
    why: str
    weight: float = 0.0
    thanks_to: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records (a < b) for the work queue, and why nobody could conclude alone."""

    a: int
    b: int
    weight: float
    reason: str = "weight"

    @classmethod
    def of(cls, one: int, other: int, weight: float, reason: str = "weight") -> "Pair":
        """The pair, in its order."""
        return cls(min(one, other), max(one, other), weight, reason)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happened to a person, kept for ever.

    kind      "first", "joined", "left", "merged", "split", "closed"; by people: "same", "apart", "later", "taken-out"
    other     the other person of a merge or a split
    findings  what the comparison said: (field, level, bits)
    """

    kind: str
    person: str
    other: str = ""
    key: int | None = None
    thanks_to: int | None = None
    weight: float = 0.0
    findings: tuple[tuple[str, str, float], ...] = ()


@dataclass(slots=True)
class Regrouping:
    """What changes in the index because of what came in.

    made, closed  persons that begin, and that end: (person, the one that it was merged into, or "")
    """

    moved: dict[int, Moved] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    pairs: dict[tuple[int, int], Pair] = field(default_factory=dict)
    reviewed: list[int] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
