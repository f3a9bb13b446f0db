"""Dates as intervals. Source: FHIR R4 search.html#date, search.html#prefix.

A value covers [lo, hi], to the microsecond: a day, a month, a second, a Period, the outer limits of a Timing. What has
no time zone is taken in the house's (Europe/Paris).
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from socle.kernel.fhir import temporal
from socle.kernel.fhir.extract import Write
from socle.kernel.fhir.keys import frequent_key, key
from socle.kernel.outcome import Problem
from socle.kernel.search.conditions import (
    COMPARISONS,
    LONG,
    Comparison,
    Condition,
    DateTest,
    HasToken,
    UpdatedTest,
    either,
)
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.search.types.remembered import Remembered
from socle.kernel.store.contract import Json, Keys
from socle.kernel.zone import ZONE

MODIFIERS: frozenset[str] = frozenset()
_LONGEST_DAY = timedelta(hours=25)
# Since then the zone has been at most two hours ahead of UTC: until the evening, the day of UTC is its day.
_NEAR_UTC, _EVENING = 1911, 22

_QUERY = re.compile(
    r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?"
    r"([0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?:T[0-9:.]{5,40}(?:Z|[+ -][0-9]{2}:[0-9]{2})?)?)?)?)"
)

Interval = tuple[datetime, datetime]
_DATES = frozenset({"date", "dateTime", "instant"})


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Add the interval of each value; the day's token of those that lie within one day.

    The principal parameter's bounds go to the row, and to `dates` only when there are several.
    """
    found: list[Interval] = []
    for kind, value in values:
        interval = interval_of(kind, value)
        if interval:
            found.append(interval)
            if day := _day(kind, value, interval):
                into.toks.append(_days(parameter.resource_type, parameter.name)[day])
    if not found:
        return
    if parameter.principal:
        into.dlo = min(lo for lo, _ in found)
        into.dhi = max(hi for _, hi in found)
        if into.dhi - into.dlo > LONG:
            into.toks.append(_long(parameter))
    if not parameter.principal or len(found) > 1:
        into.dates.extend((parameter.key, lo, hi) for lo, hi in found)


def _long(parameter: Parameter) -> int:
    """The token of resources whose principal date lasts more than `LONG`: the others begin soon before they end."""
    return frequent_key("l", parameter.resource_type, parameter.name)


def writer(parameter: Parameter, kind: str) -> Write | None:
    """What adds the keys of a value of the FHIR type `kind`, for a parameter that has no other; None when nothing is quicker
    than `keys`.
    """
    if kind not in _DATES and kind != "Period":
        return None
    bit, days, long = 1 << parameter.bit, _days(parameter.resource_type, parameter.name), _long(parameter)
    principal, own, written = parameter.principal, parameter.key, kind in _DATES

    def write(value: Any, root: Json, into: Keys) -> None:
        into.present |= bit
        interval = _covered(value) if written else interval_of(kind, value)
        if interval is None:
            return
        if day := _day(kind, value, interval):
            into.toks.append(days[day])
        lo, hi = interval
        if principal:
            into.dlo, into.dhi = interval
            if hi - lo > LONG:
                into.toks.append(long)
        else:
            into.dates.append((own, lo, hi))

    return write


def interval_of(kind: str, value: Any) -> Interval | None:
    """The interval that a date, dateTime, instant, Period or Timing covers; None when it says nothing of time.

    Raises: Problem(INVALID) when the date does not exist.
    """
    if isinstance(value, str):
        return _covered(value) if kind in _DATES else None  # occurrence[x] may be "January 2012", a string
    if kind == "Timing":
        return _timing(value)
    start, end = value.get("start"), value.get("end")
    if start is None and end is None:
        return None
    lo = _covered(start)[0] if start else temporal.BEGINNING
    hi = _covered(end)[1] if end else temporal.END
    return lo, max(lo, hi)


def _timing(timing: dict[str, Any]) -> Interval | None:
    found = [_covered(event) for event in timing.get("event", ()) if event]
    bounds = (timing.get("repeat") or {}).get("boundsPeriod")
    if bounds and (period := interval_of("Period", bounds)):
        found.append(period)
    return (min(lo for lo, _ in found), max(hi for _, hi in found)) if found else None


def _day(kind: str, value: Any, interval: Interval) -> int:
    """The day, in the house's zone, that holds the whole interval, as its place among days; 0 when there is none."""
    if kind == "date" or (len(value) == 10 and kind == "dateTime" and value[:4] != "9999"):
        return date.fromisoformat(value).toordinal() if len(value) == 10 else 0
    lo, hi = interval
    place = lo.toordinal()
    if hi.hour < _EVENING and hi.toordinal() == place and lo.year > _NEAR_UTC:
        return place
    if hi - lo > _LONGEST_DAY:
        return 0
    try:
        day = temporal.day_of(lo, hi, ZONE)
    except OverflowError:  # at the very ends of time
        return 0
    return day.toordinal() if day else 0


class _Days(Remembered[int, int]):
    """The tokens of days of one parameter, by their places, remembered."""

    def __init__(self, resource_type: str, name: str) -> None:
        self._of, self._name = resource_type, name

    def told(self, day: int, /) -> int:
        """That of a day."""
        return key("d", self._of, self._name, date.fromordinal(day).isoformat())


@lru_cache(maxsize=4096)
def _days(resource_type: str, name: str) -> _Days:
    return _Days(resource_type, name)


def _covered(text: str) -> Interval:
    """The interval of a date, remembered when it is one of the few that come back: a day."""
    return temporal.interval(text, ZONE) if len(text) > 10 else _covered_days(text)


@lru_cache(maxsize=16_384)
def _covered_days(text: str) -> Interval:
    return temporal.interval(text, ZONE)


def compared(name: str, text: str, context: Context) -> tuple[Comparison, str, datetime, datetime]:
    """(prefix, date as written, first and last microsecond) of a date as it is written in a query.

    For `ap` the bounds are widened by a tenth of the time that separates them from now. Raises Problem(INVALID).
    """
    found = _QUERY.fullmatch(text)
    try:
        if not found:
            raise ValueError
        lo, hi = temporal.interval(found[2].replace(" ", "+"), ZONE)  # an unescaped + arrives as a space
    except (ValueError, Problem):
        raise refuse(
            name,
            f"« {name} » demande une date qui existe (AAAA, AAAA-MM, AAAA-MM-JJ, AAAA-MM-JJThh:mm:ss+01:00), précédée "
            f"ou non de {', '.join(COMPARISONS)}.",
            f"“{name}” takes a date that exists (YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDThh:mm:ss+01:00), with or "
            f"without {', '.join(COMPARISONS)} before it.",
        ) from None
    prefix: Comparison = found[1] or "eq"  # type: ignore[assignment] # the pattern only lets these through
    if prefix == "ap":
        margin = abs(context.now - lo) / 10
        lo = lo - margin if lo - temporal.BEGINNING > margin else temporal.BEGINNING
        hi = hi + margin if temporal.END - hi > margin else temporal.END
    return prefix, found[2], lo, hi


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """A date with a prefix; equality to a day is a token."""
    return either([_one(parameter, text, context) for text in values])


def _one(parameter: Parameter, text: str, context: Context) -> Condition:
    prefix, written, _, _ = compared(parameter.name, text, context)
    if prefix == "eq" and len(written) == 10:
        return HasToken((frequent_key("d", parameter.resource_type, parameter.name, written),))
    return test(parameter, text, context)


def test(parameter: Parameter, text: str, context: Context) -> DateTest:
    """The comparison that a query's value asks. Raises Problem(INVALID) when it is no date."""
    prefix, _, lo, hi = compared(parameter.name, text, context)
    long = _long(parameter) if parameter.principal else 0
    return DateTest(parameter.key, prefix, lo, hi, parameter.principal, parameter.single, parameter.short, long)


def last_updated(values: Sequence[str], context: Context) -> Condition:
    """`_lastUpdated`: the store's own column."""
    tests = (compared("_lastUpdated", text, context) for text in values)
    return either([UpdatedTest(prefix, lo, hi) for prefix, _, lo, hi in tests])
