"""Where in an expression something went wrong, and the Problem that says so."""

from dataclasses import dataclass

from socle.kernel.outcome import Kind, Problem

RULE = "FHIRPath N1"
_SHOWN = 120  # characters of the expression that a message quotes


@dataclass(frozen=True, slots=True)
class Place:
    """A position, from 0, in the text of an expression."""

    expression: str
    at: int

    def problem(self, fr: str, en: str, *, code: str = "invalid", kind: Kind = Kind.INVALID) -> Problem:
        """The Problem that says `fr` or `en`, then where: character (from 1) and the text around it."""
        start = max(0, min(self.at - _SHOWN // 3, len(self.expression) - _SHOWN))
        shown = self.expression[start : start + _SHOWN]
        shown = ("…" if start else "") + shown + ("…" if start + _SHOWN < len(self.expression) else "")
        return Problem.of(
            kind,
            f"{fr} (caractère {self.at + 1} de « {shown} »)",
            f'{en} (character {self.at + 1} of "{shown}")',
            rule=RULE,
            code=code,
        )
