"""What a rule answers: allowed, or refused by a named requirement."""

from dataclasses import dataclass
from typing import Literal

from socle.kernel.outcome.problem import Issue, Kind, Problem
from socle.kernel.outcome.text import Text


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes; `reason` goes to the trace."""

    reason: str
    allowed: Literal[True] = True

    def or_raise(self, kind: Kind = Kind.RULE_VIOLATED) -> "Allowed":
        """Itself: nothing to raise."""
        return self


@dataclass(frozen=True, slots=True)
class Refused:
    """No; `requirement` names the rule, `text` says what happened and what to do."""

    text: Text
    requirement: str
    expression: tuple[str, ...] = ()
    allowed: Literal[False] = False

    def or_raise(self, kind: Kind = Kind.RULE_VIOLATED) -> Allowed:
        """Raise the Problem that says why.

        Raises: Problem(kind) naming the requirement.
        """
        raise Problem(kind, Issue(self.text, self.expression, self.requirement))


Decision = Allowed | Refused
