"""What all patches are, and how they refuse."""

from typing import Any, NamedTuple, Protocol

from socle.kernel.outcome import Kind, Problem

Json = dict[str, Any]


class Bounds(NamedTuple):
    """What a patch may cost: its operations, the JSON values that its copies may make."""

    operations: int = 1_000
    copied: int = 100_000


class Patch(Protocol):
    """A patch that was read: `apply` as often as need be."""

    def apply(self, resource: Json) -> Any:
        """The resource after all operations; `resource` itself may be changed.

        Raises: Problem(RULE_VIOLATED) when one does not apply to it; Problem(TOO_COSTLY).
        """
        ...


def does_not_apply(at: str, said: str, fr: str, en: str, rule: str) -> Problem:
    """An operation (`at` its place, `said` what it says) that the resource does not allow, and why."""
    short = said[:200]
    return Problem.of(
        Kind.RULE_VIOLATED,
        f"L'opération {at} du patch ({short}) ne s'applique pas : {fr}. Rien n'a changé.",
        f"Operation {at} of the patch ({short}) does not apply: {en}. Nothing has changed.",
        expression=at,
        rule=rule,
        code="processing",
    )


def too_many(what: str, most: int, rule: str) -> Problem:
    """More operations than a patch may have."""
    return Problem.of(
        Kind.TOO_COSTLY,
        f"Un {what} compte au plus {most} opérations.",
        f"A {what} has at most {most} operations.",
        rule=rule,
    )


def no_patch(fr: str, en: str, at: str, rule: str) -> Problem:
    """What is no patch of its kind."""
    return Problem.of(Kind.INVALID, fr, en, expression=(at,) if at else (), rule=rule, code="structure")
