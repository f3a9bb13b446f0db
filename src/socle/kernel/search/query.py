"""A query, after parsing: frozen, complete, without a word of SQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from socle.kernel.search.conditions import Condition, NearTest

Total = Literal["none", "estimate", "accurate"]
Summary = Literal["true", "text", "data", "count", "false"]


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key.

    by      id, updated, date, string, number, near, ordered (`ordering`): what is compared
    param   key of the parameter in the side tables (date, string, number, ordered)
    column  the principal date, with a single value: it stands in the row
    spread  the principal date, in the row when it has one value and in the side table when it has several
    name    the parameter's
    near    the circle whose centre distances are measured from
    """

    by: Literal["id", "updated", "date", "string", "number", "near", "ordered"]
    descending: bool = False
    param: int = 0
    column: bool = False
    spread: bool = False
    name: str = ""
    near: NearTest | None = None


@dataclass(frozen=True, slots=True)
class Include:
    """`_include` or `_revinclude`: reference tokens to follow.

    reverse    resources that refer to those found, rather than those that they refer to
    iterate    also from what was included
    source     type that holds the reference
    references keys of the parameters followed (`Type:*`: several)
    target     only this type of target, "" for any
    text       as it was written
    """

    reverse: bool
    iterate: bool
    source: str
    references: tuple[int, ...]
    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """What to find, in which order, how much of it, with what around it.

    types        resource types searched; one, or several for a search of the whole register
    conditions   all must hold
    count        resources per page; 0 asks for the total alone
    parameters   (name, value) pairs that were understood, as written, to make links
    now          when it was asked
    contained    whether resources within others are searched: no, these alone, or both
    holders      whether those that hold them are shown, rather than they
    of           the type that was asked, when those of the holders are searched instead
    """

    types: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    sort: tuple[Sort, ...] = ()
    count: int = 50
    total: Total = "none"
    summary: Summary = "false"
    elements: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    now: datetime | None = None
    whole: bool = False
    contained: Literal["false", "true", "both"] = "false"
    holders: bool = True
    of: str = ""
