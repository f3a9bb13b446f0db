"""What a query asks of a resource, after parsing: a small closed algebra that `sql` translates.

Keys are those of `kernel.fhir.keys`; nothing here is text from the user except values passed as SQL arguments.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Comparison = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
LONG = timedelta(days=7)
COMPARISONS: tuple[Comparison, ...] = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")


@dataclass(frozen=True, slots=True)
class HasToken:
    """One of these tokens is among the resource's."""

    any: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """The parameter of this bit has no value (or has one)."""

    bit: int
    absent: bool


@dataclass(frozen=True, slots=True)
class DateTest:
    """A value of a date parameter, [from, to], compared with the range [lo, hi], all inclusive.

    principal  the parameter's bounds are in the resource's own row (dlo, dhi)
    single     it never has several values: the row alone decides
    short      its values never last more than 366 days (no Period): bounds on one end bound the other
    long       token of the resources whose principal date lasts more than `LONG`
    """

    param: int
    comparison: Comparison
    lo: datetime
    hi: datetime
    principal: bool = False
    single: bool = False
    short: bool = False
    long: int = 0


@dataclass(frozen=True, slots=True)
class NumberTest:
    """A value of a number or quantity parameter, compared with `value` (exactly) or its implicit range [lo, hi[."""

    param: int
    comparison: Comparison
    value: float
    lo: float
    hi: float
    sys_code: int = 0
    code: int = 0


@dataclass(frozen=True, slots=True)
class StringTest:
    """A normalised string starts with, or contains, one of `values`.

    beginnings  tokens, one of which every match has; () when there are none
    """

    param: int
    how: Literal["starts", "contains"]
    values: tuple[str, ...]
    beginnings: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class IsOneOf:
    """The resource's id is one of these."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyIn:
    """The resource's key is one of these (what a followed `_has` becomes)."""

    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UpdatedTest:
    """The instant of the last change, compared with the range [lo, hi], inclusive."""

    comparison: Comparison
    lo: datetime
    hi: datetime


@dataclass(frozen=True, slots=True)
class RefersTo:
    """The resource refers, by the parameter of this key, to a resource of `target` that satisfies `inner` (a chain)."""

    reference: int
    target: str
    inner: "Condition"


@dataclass(frozen=True, slots=True)
class ReferredBy:
    """A resource of `source` that satisfies `inner` refers to this one by the parameter of this key (`_has`)."""

    reference: int
    source: str
    inner: "Condition"


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of `of`; never, when there is none."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Never:
    """Not `of`."""

    of: "Condition"


Condition = (
    HasToken
    | Missing
    | DateTest
    | NumberTest
    | StringTest
    | IsOneOf
    | KeyIn
    | UpdatedTest
    | RefersTo
    | ReferredBy
    | Either
    | Never
)


def either(conditions: "list[Condition]") -> Condition:
    """At least one of `conditions`, tokens and ids gathered so that one look-up answers them."""
    tokens: list[int] = []
    ids: list[str] = []
    others: list[Condition] = []
    for condition in conditions:
        match condition:
            case HasToken(some):
                tokens.extend(some)
            case IsOneOf(some_ids):
                ids.extend(some_ids)
            case _ if condition not in others:
                others.append(condition)
            case _:
                pass
    if tokens:
        others.insert(0, HasToken(tuple(dict.fromkeys(tokens))))
    if ids:
        others.insert(0, IsOneOf(tuple(dict.fromkeys(ids))))
    return others[0] if len(others) == 1 else Either(tuple(others))
