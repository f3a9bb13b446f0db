"""An expression constraint, read. Each node selects a set of concepts, or tells a condition on one."""

from dataclasses import dataclass
from typing import Literal

Step = Literal["<", "<<", "<!", "<<!", ">", ">>", ">!", ">>!", "!!<", "!!>"]
"""Descendants, with itself; children, with itself; the same upwards; bottoms (no descendant in the set), tops (no ancestor)."""

Comparison = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Focus:
    """One concept."""

    code: str


@dataclass(frozen=True, slots=True)
class Any:
    """Every concept."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """Those that a step of the hierarchy reaches from `inner`."""

    step: Step
    inner: "Constraint"


@dataclass(frozen=True, slots=True)
class MemberOf:
    """Members of the reference sets in `inner`."""

    inner: "Constraint"


@dataclass(frozen=True, slots=True)
class Joined:
    """All of `parts`, or any of them."""

    kind: Literal["AND", "OR"]
    parts: "tuple[Constraint, ...]"


@dataclass(frozen=True, slots=True)
class Minus:
    """Those of `left` that are not in `right`."""

    left: "Constraint"
    right: "Constraint"


@dataclass(frozen=True, slots=True)
class Dotted:
    """Values of an attribute of the concepts in `inner`."""

    inner: "Constraint"
    name: "Constraint"


@dataclass(frozen=True, slots=True)
class Refined:
    """Those of `inner` that meet a refinement."""

    inner: "Constraint"
    refinement: "Refinement"


@dataclass(frozen=True, slots=True)
class Filtered:
    """Those of `inner` that pass every filter."""

    inner: "Constraint"
    filters: "tuple[Filter, ...]"


Constraint = Focus | Any | Stepped | MemberOf | Joined | Minus | Dotted | Refined | Filtered


@dataclass(frozen=True, slots=True)
class Attribute:
    """So many relationships (least to most, None without end) of a name in `name` whose value compares with `value`.

    reverse  the concept is the value, and `value` where the relationship starts
    value    a constraint; for concrete values a number ("12.5"), a text or a boolean, with `literal` its kind
    """

    name: Constraint
    comparison: Comparison
    value: "Constraint | str"
    literal: Literal["", "number", "string", "boolean"] = ""
    reverse: bool = False
    least: int = 1
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """So many role groups that meet `inner` each by itself."""

    inner: "Refinement"
    least: int = 1
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Both:
    """All of `parts`, or any of them."""

    kind: Literal["AND", "OR"]
    parts: "tuple[Refinement, ...]"


Refinement = Attribute | Group | Both


@dataclass(frozen=True, slots=True)
class Named:
    """{{ D … }}: a description that has all of this.

    terms      (how, text): "match" every word begins a word of the term, in any order; "wild" with * for anything
    languages  one of them, () any; kinds: syn, fsn, def, or the id of the type
    different  the term must not be so
    """

    terms: tuple[tuple[Literal["match", "wild"], str], ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    different: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """{{ C … }}: a concept whose property compares so with one of the values."""

    property: Literal["active", "definitionStatus", "moduleId", "effectiveTime"]
    comparison: Comparison
    values: tuple[str, ...]


Filter = Named | Described
