"""What a comparison of two portraits found: field by field, in words, with what each finding weighs."""

from dataclasses import dataclass
from enum import StrEnum
from math import log2

from socle.kernel.outcome import Text


class Verdict(StrEnum):
    """What to do with two records."""

    LINK = "link"  # sure enough to be linked without anybody
    DOUBTFUL = "doubtful"  # somebody must look
    APART = "apart"  # two persons, as far as these records say


@dataclass(frozen=True, slots=True)
class Level:
    """One way in which a field may agree, and what it weighs.

    m  how often it happens in two records of the same person
    u  how often it happens in two records of two persons taken at random
    """

    text: Text
    m: float
    u: float

    @property
    def weight(self) -> float:
        """log2(m / u): bits of evidence, above 0 for the same person, below for two (Fellegi and Sunter, 1969)."""
        return log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one field says. `left` and `right` are what was compared, for people to read."""

    field: str
    label: Text
    level: str
    text: Text
    weight: float
    left: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that two portraits say of each other.

    verdict     what the rules conclude
    weight      in bits; the sum of the weights of `findings`
    findings    the fields that both records fill, in the order of the configuration
    reasons     why the verdict is not what the weight alone says (INS, twins), each (code, sentence); () usually
    is_barred   these two records must not meet in one person without somebody's decision
    probability that they are one person, given how many persons the index expects
    """

    verdict: Verdict
    weight: float
    findings: tuple[Finding, ...]
    reasons: tuple[tuple[str, Text], ...] = ()
    is_barred: bool = False
    probability: float = 0.0

    def level_of(self, field: str) -> str:
        """The level found for a field, "" when one of the records does not fill it."""
        return next((finding.level for finding in self.findings if finding.field == field), "")
