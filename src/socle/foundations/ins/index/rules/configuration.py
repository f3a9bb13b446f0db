"""A configuration: which fields are compared, what their agreements weigh, and from which weight one concludes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp2

from socle.foundations.ins.index.model import Finding, Level, Portrait
from socle.kernel.outcome import Text

Compare = Callable[[Portrait, Portrait], str]
Show = Callable[[Portrait], str]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: how two portraits agree on it (the name of a level, "" when one does not say), and the levels."""

    name: str
    label: Text
    compare: Compare
    show: Show
    levels: Mapping[str, Level]
    weights: Mapping[str, float] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", {name: level.weight for name, level in self.levels.items()})


@dataclass(frozen=True, slots=True)
class Guard:
    """What the weight alone must not decide.

    bars    these two records do not meet in one person without somebody
    at_most "apart" or "doubtful": the best verdict that is left; "" when the guard only bars
    """

    code: str
    text: Text
    holds: Callable[[Portrait, Portrait, Mapping[str, str]], bool]
    at_most: str
    bars: bool = True


@dataclass(frozen=True, slots=True)
class Configuration:
    """Fields, guards and thresholds.

    prior  log2 of the number of persons expected: what a weight must overcome before anything is likely
    sure   bits beyond the prior from which two records are linked: 8.4 is 997 in a thousand
    look   bits beyond the prior from which somebody must look: 2 is four in five

    More persons, more homonyms: the same weight proves less. A national index says `prior=26.0`.
    """

    name: str
    fields: Sequence[Field]
    guards: Sequence[Guard] = ()
    prior: float = 20.0
    sure: float = 8.4
    look: float = 2.0
    uses_ins: bool = True

    @property
    def link(self) -> float:
        """Bits from which two records are linked."""
        return self.prior + self.sure

    @property
    def doubtful(self) -> float:
        """Bits from which somebody must look."""
        return self.prior + self.look

    def probability(self, weight: float) -> float:
        """That two records are one person, given their weight: 1 / (1 + 2^(prior - weight)), four decimals."""
        odds = min(60.0, max(-60.0, self.prior - weight))
        return round(1.0 / (1.0 + exp2(odds)), 4)


def finding(one: Field, level: str, a: Portrait, b: Portrait) -> Finding:
    """A level of a field in words."""
    return Finding(one.name, one.label, level, one.levels[level].text, one.weights[level], one.show(a), one.show(b))
