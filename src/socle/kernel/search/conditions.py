"""What a query asks of a resource, after parsing: a small closed algebra that `sql` translates.

Keys are those of `kernel.fhir.keys`; nothing here is text from the user except values passed as SQL arguments.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Comparison = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
LONG = timedelta(days=7)
COMPARISONS: tuple[Comparison, ...] = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")


@dataclass(frozen=True, slots=True)
class HasToken:
    """One of these tokens is among the resource's.

    walk  (parameter, value) of the rows of `ix_str` that name the same resources, in order; None when there are none
    said  (parameter, code) of which they are the token, where pairs of codes are kept; None elsewhere
    """

    any: tuple[int, ...]
    walk: tuple[int, str] | None = None
    said: tuple[int, str] | None = None


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
    """A value of a number or quantity parameter, compared with `value` (exactly) or its implicit range [lo, hi[.

    second  of two numbers that stand together, kept in the place of its bounds: how the other one compares
    """

    param: int
    comparison: Comparison
    value: float
    lo: float
    hi: float
    sys_code: int = 0
    code: int = 0
    second: "NumberTest | None" = None


@dataclass(frozen=True, slots=True)
class MeasureTest:
    """A value of a quantity parameter in one of some units, each compared with what was asked, converted to it.

    units  (sys_code, value, lo, hi) of each unit
    """

    param: int
    comparison: Comparison
    units: tuple[tuple[int, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class StringTest:
    """A normalised string starts with (contains, ends with, is) one of `values`.

    beginnings  tokens, one of which every match has; () when there are none
    whole       nothing else has them: they say all that is asked
    """

    param: int
    how: Literal["starts", "contains", "ends", "equals"]
    values: tuple[str, ...]
    beginnings: tuple[int, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """The rows of `ix_str` that name resources: those of this value or, when they answer `begins`, those that begin so."""

    param: int
    value: str
    begins: StringTest | None = None


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
class Coded:
    """The token parameter holds a code that a terminology must name: one of a value set, or at, above, below a code.

    A question to others: `resolve` turns it into tokens before anything is looked up.

    how     in: `value` is a value set's URL; above, below: a code of `system`
    """

    resource_type: str
    name: str
    how: Literal["in", "above", "below"]
    value: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class Apart:
    """The code system has one of these codes among concepts that are kept apart from the resource.

    A question to the terminologies: `resolve` turns it into ids before anything is looked up.
    """

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The reference leads to the resource of `key`, or to one of its descendants (ancestors when `above`).

    `resolve` follows the hierarchy and turns it into tokens.

    reference  the parameter's part of its tokens
    parent     that of the reference by which resources of `target` name what they are a part of
    limit      what holds of those of `target` that may be seen: no other is stepped through
    """

    reference: int
    name: str
    target: str
    parent: int
    key: int
    above: bool
    limit: "Condition | None" = None


@dataclass(frozen=True, slots=True)
class OfType:
    """The resource is of one of these types, among those that are searched."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextTest:
    """The words of the resource (its narrative, all its strings, its codes) have those asked.

    where   said: strings and codes; told: the narrative
    words   normalised text, compared by French stems; or, when `coded`, a tsquery
    """

    where: Literal["said", "told"]
    words: str
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Dates:
    """The date parameters that together say when a resource of a type was.

    type, params  the code of the type, the keys of its parameters
    principal     the one of them whose bounds stand in the resource's own row, 0 for none
    end           the one without which it is not over yet, 0 for none
    """

    type: int
    params: tuple[int, ...]
    principal: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class During:
    """When it was is unknown, or has a moment within [lo, hi].

    types  codes of those that the date in their own row tells of
    wide   those that several dates tell of: from the first to the last; a type in neither is taken whatever its dates
    """

    lo: datetime
    hi: datetime
    types: tuple[int, ...]
    wide: tuple[Dates, ...] = ()


@dataclass(frozen=True, slots=True)
class NearTest:
    """A position, in one of `cells`, is within `metres` of a point (degrees)."""

    name: str
    cells: tuple[int, ...]
    lat: float
    lon: float
    metres: float


@dataclass(frozen=True, slots=True)
class All:
    """All of `of`; always, when there is none."""

    of: tuple["Condition", ...]


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
    | MeasureTest
    | StringTest
    | IsOneOf
    | KeyIn
    | UpdatedTest
    | RefersTo
    | ReferredBy
    | TextTest
    | OfType
    | During
    | NearTest
    | Coded
    | Apart
    | Lineage
    | All
    | Either
    | Never
)


def flat(conditions: "Iterable[Condition]") -> "tuple[Condition, ...]":
    """`conditions`, those that ask several things at once taken apart."""
    found: list[Condition] = []
    for condition in conditions:
        found.extend(flat(condition.of) if isinstance(condition, All) else (condition,))
    return tuple(found)


def asks_text(condition: "Condition") -> bool:
    """Whether full text is asked somewhere."""
    match condition:
        case TextTest():
            return True
        case All(some) | Either(some):
            return any(asks_text(one) for one in some)
        case Never(of):
            return asks_text(of)
        case RefersTo() | ReferredBy():
            return asks_text(condition.inner)
    return False


def both(conditions: "Iterable[Condition]") -> Condition:
    """All of `conditions`."""
    every = tuple(dict.fromkeys(flat(conditions)))
    return every[0] if len(every) == 1 else All(every)


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
