"""Does this one resource satisfy these conditions? In memory, from the keys that the index would keep of it.

The same comparisons as `sql`, on the same keys: what a search finds after a write, this says of the written version. Asked
of each resource that is committed while somebody subscribes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.conditions import (
    All,
    Condition,
    DateTest,
    Either,
    HasToken,
    IsOneOf,
    KeyIn,
    Lineage,
    MeasureTest,
    Missing,
    NearTest,
    Never,
    NumberTest,
    ReferredBy,
    RefersTo,
    StringTest,
    UpdatedTest,
)
from socle.kernel.search.types.near import haversine, reach
from socle.kernel.store.contract import Keys


@dataclass(frozen=True, slots=True)
class Seen:
    """A resource as its index sees it. `key`: that of the resource itself."""

    keys: Keys
    key: int
    id: str
    updated: datetime


def check(conditions: Iterable[Condition]) -> None:
    """Refuse conditions that need other resources than the one at hand.

    Raises: Problem(INVALID).
    """
    for condition in conditions:
        match condition:
            case Either(of) | All(of):
                check(of)
            case Never(one):
                check((one,))
            case (
                HasToken()
                | Missing()
                | IsOneOf()
                | UpdatedTest()
                | DateTest()
                | NumberTest()
                | MeasureTest()
                | StringTest()
                | NearTest()
            ):
                pass
            case _:
                raise Problem.of(
                    Kind.INVALID,
                    "Ces critères regardent d'autres ressources (chaînage, _has) : une notification ne regarde que la "
                    "ressource écrite. Gardez les critères qui portent sur elle.",
                    "These criteria look at other resources (chaining, _has): a notification only looks at the resource "
                    "written. Keep the criteria that are about it.",
                    rule="SOCLE-SUBSCRIPTION-CRITERIA",
                    code="not-supported",
                )


def followed(conditions: Iterable[Condition]) -> frozenset[str]:
    """The types of the other resources that conditions look at (chaining, _has), whatever is searched itself."""
    found: frozenset[str] = frozenset()
    for condition in conditions:
        match condition:
            case Either(of) | All(of):
                found |= followed(of)
            case Never(one):
                found |= followed((one,))
            case RefersTo(_, other, inner) | ReferredBy(_, other, inner):
                found |= {other} | followed((inner,))
            case Lineage():
                found |= {condition.target}
    return found


def holds(conditions: Iterable[Condition], seen: Seen) -> bool:
    """Whether all of `conditions` (that `check` let through) hold."""
    return all(_one(condition, seen) for condition in conditions)


def _one(condition: Condition, seen: Seen) -> bool:
    keys = seen.keys
    match condition:
        case HasToken(some):
            return any(token in keys.toks for token in some)
        case Missing(bit, absent):
            return (keys.present >> bit & 1 == 0) is absent
        case IsOneOf(ids):
            return seen.id in ids
        case KeyIn(some_keys):
            return seen.key in some_keys
        case UpdatedTest(comparison, lo, hi):
            return _within(comparison, seen.updated, seen.updated, lo, hi)
        case DateTest():
            values = [(low, high) for param, low, high in keys.dates if param == condition.param]
            if condition.principal and not values and keys.dlo is not None and keys.dhi is not None:
                values = [(keys.dlo, keys.dhi)]
            return any(_within(condition.comparison, low, high, condition.lo, condition.hi) for low, high in values)
        case NumberTest():
            return any(
                _number(condition, low, high)
                for param, low, high, sys_code, code in keys.numbers
                if param == condition.param
                and (not condition.sys_code or sys_code == condition.sys_code)
                and (not condition.code or code == condition.code)
            )
        case MeasureTest(of, comparison, units):
            asked_in = {code: NumberTest(of, comparison, value, lo, hi) for code, value, lo, hi in units}
            return any(
                _number(asked_in[sys_code], low, high)
                for param, low, high, sys_code, _ in keys.numbers
                if param == of and sys_code in asked_in
            )
        case StringTest(param, how, values_asked):
            found = [value for of, value in keys.strings if of == param]
            return any(_string(how, value, asked) for value in found for asked in values_asked)
        case NearTest(_, cells, lat, lon, metres):
            places = [(low, high) for cell, low, high, *_ in keys.numbers if cell in cells]
            return any(haversine(lat, lon, *place) <= reach(metres) for place in places)
        case All(every):
            return all(_one(each, seen) for each in every)
        case Either(of):
            return any(_one(each, seen) for each in of)
        case Never(one):
            return not _one(one, seen)
    raise AssertionError(condition)


def _string(how: str, value: str, asked: str) -> bool:
    match how:
        case "contains":
            return asked in value
        case "ends":
            return value.endswith(asked)
        case "equals":
            return value == asked
    return value.startswith(asked)


def _within(comparison: str, low: datetime, high: datetime, lo: datetime, hi: datetime) -> bool:
    """`comparison` of the value [low, high] with the range [lo, hi]."""
    inside = lo <= low and high <= hi
    match comparison:
        case "eq":
            return inside
        case "ne":
            return not inside
        case "gt":
            return high > hi
        case "lt":
            return low < lo
        case "ge":
            return high > hi or inside
        case "le":
            return low < lo or inside
        case "sa":
            return low > hi
        case "eb":
            return high < lo
        case _:
            return low <= hi and high >= lo


def _number(test: NumberTest, low: float, high: float) -> bool:
    if test.second is not None:  # two points
        return _number(replace(test, second=None), low, low) and _number(test.second, high, high)
    match test.comparison:
        case "eq" | "ne":
            inside = test.lo <= low < test.hi and high < test.hi
            return inside is (test.comparison == "eq")
        case "gt":
            return high > test.value
        case "ge":
            return high >= test.value
        case "lt":
            return low < test.value
        case "le":
            return low <= test.value
        case "sa":
            return low > test.value
        case "eb":
            return high < test.value
        case _:
            return low <= test.hi and high >= test.lo
