"""Slots from openings. Source: GAP 3.0.0, Schedule (availabilityTime, serviceTypeDuration); RFC 5545 for recurrences."""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from socle.foundations.care_offer.agenda.model import ZONE, Derived, Opening, Recurrence

Interval = tuple[datetime, datetime]
_DAY = timedelta(days=1)
_LOOK_BACK = 2  # days: an occurrence of the eve may run past midnight


def derive(
    openings: Sequence[Opening], duration: timedelta, start: datetime, end: datetime, *, zone: ZoneInfo = ZONE
) -> list[Derived]:
    """The slots of `duration` that begin within [start, end), in order, none over another.

    Openings are cut from their beginning; what is left at their end and is shorter than a slot is no slot. A closing takes
    away each slot that it touches. Where two openings overlap, the one that is given first wins. Wall-clock times repeat:
    a day when the clock changes keeps its hours, and a night has one hour more or less. The same moment is given the same
    slots whatever the limits that it is asked with.
    """
    offered = [opening for opening in openings if not opening.closed]
    reach = duration * sum(1 if one.recurrence is None else (one.end - one.start).days + 2 for one in offered)
    near, far = start - reach, end + reach  # what lies there may win over a slot at the limits
    closed = _merged(
        interval for one in openings if one.closed for interval in occurrences(one, near, far + duration, zone)
    )
    begun: list[datetime] = []
    kept: dict[datetime, Opening] = {}
    for opening in offered:
        for first, last in occurrences(opening, near, far, zone):
            for begins in _cut(first, last, duration, near, far):
                place = bisect_right(begun, begins - duration)
                ends = begins + duration
                if (place == len(begun) or ends <= begun[place]) and _is_free(begins, ends, closed):
                    begun.insert(place, begins)
                    kept[begins] = opening
    return [Derived(begins, begins + duration, kept[begins]) for begins in begun if start <= begins < end]


def occurrences(opening: Opening, start: datetime, end: datetime, zone: ZoneInfo = ZONE) -> Iterator[Interval]:
    """Those of an opening that touch [start, end), in UTC and in order."""
    first, last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (opening.start, opening.end))
    length = last - first
    back = _LOOK_BACK + length.days
    for day in _days(opening, first.date(), start.astimezone(zone).date() - back * _DAY, end.astimezone(zone).date()):
        begins = datetime.combine(day, first.time())
        opens, closes = (moment.replace(tzinfo=zone).astimezone(UTC) for moment in (begins, begins + length))
        recurrence = opening.recurrence
        if recurrence and recurrence.until and opens > recurrence.until:
            return
        if closes > start and opens < end:
            yield opens, closes


def _days(opening: Opening, first: date, start: date, end: date) -> Iterator[date]:
    """Days between `start` and `end`, both included, on which an occurrence begins."""
    recurrence = opening.recurrence
    if recurrence is None:
        if start <= first <= end:
            yield first
        return
    counted = 0
    day = first if recurrence.count is not None else max(first, start)
    while day <= end:
        if _falls(recurrence, first, day):
            counted += 1
            if recurrence.count is not None and counted > recurrence.count:
                return
            if day >= start:
                yield day
        day += _DAY


def _falls(recurrence: Recurrence, first: date, day: date) -> bool:
    """Whether an occurrence begins on a day, not before `first`."""
    if recurrence.frequency == "MONTHLY":
        months = (day.year - first.year) * 12 + day.month - first.month
        return months % recurrence.interval == 0 and _in_month(recurrence, first, day)
    if recurrence.frequency == "WEEKLY":
        monday = first - first.weekday() * _DAY
        wanted = recurrence.days or frozenset({first.weekday()})
        return day.weekday() in wanted and ((day - monday).days // 7) % recurrence.interval == 0
    every = not recurrence.days or day.weekday() in recurrence.days
    return every and (day - first).days % recurrence.interval == 0


def _in_month(recurrence: Recurrence, first: date, day: date) -> bool:
    """Whether a day of its month is one of those wanted: by number, by weekday, by rank of weekday; else that of `first`."""
    last = monthrange(day.year, day.month)[1]
    if recurrence.month_days and not recurrence.month_days & {day.day, day.day - last - 1}:
        return False
    if recurrence.days or recurrence.ordinals:
        weekday = day.weekday()
        ranks = {((day.day - 1) // 7 + 1, weekday), (-((last - day.day) // 7 + 1), weekday)}
        return weekday in recurrence.days or bool(recurrence.ordinals & ranks)
    return bool(recurrence.month_days) or day.day == first.day


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for opens, closes in sorted(intervals):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def _cut(first: datetime, last: datetime, duration: timedelta, near: datetime, far: datetime) -> Iterator[datetime]:
    """When the slots of an occurrence begin, from `near` on and before `far`."""
    begins = first + max(-((first - near) // duration), 0) * duration
    while begins < far and begins + duration <= last:
        yield begins
        begins += duration


def _is_free(begins: datetime, ends: datetime, closed: Sequence[Interval]) -> bool:
    """Whether no closed interval touches [begins, ends)."""
    place = bisect_right(closed, begins, key=lambda interval: interval[1])
    return place == len(closed) or ends <= closed[place][0]
