"""Slots from openings. Source: GAP 3.0.0, Schedule (availabilityTime, serviceTypeDuration); RFC 5545 for recurrences."""

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
    a day when the clock changes keeps its hours, and a night has one hour more or less.
    """
    closed = _merged(
        interval for opening in openings if opening.closed for interval in occurrences(opening, start, end, zone)
    )
    found: list[Derived] = []
    for opening in openings:
        if opening.closed:
            continue
        for first, last in occurrences(opening, start, end, zone):
            begins = first
            while begins + duration <= last:
                ends = begins + duration
                if start <= begins < end:
                    found.append(Derived(begins, ends, opening))
                begins = ends
    ranks = {id(opening): rank for rank, opening in enumerate(openings)}
    return _apart(_outside(sorted(found, key=lambda one: one.start), closed), ranks)


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


def _outside(slots: Sequence[Derived], closed: Sequence[Interval]) -> Iterator[Derived]:
    """Those that no closed interval touches; both are in order."""
    rank = 0
    for slot in slots:
        while rank < len(closed) and closed[rank][1] <= slot.start:
            rank += 1
        if rank == len(closed) or closed[rank][0] >= slot.end:
            yield slot


def _apart(slots: Iterable[Derived], ranks: dict[int, int]) -> list[Derived]:
    """Without those that overlap one of an opening that was given before theirs."""
    kept: list[Derived] = []
    for slot in slots:
        while kept and kept[-1].end > slot.start and ranks[id(slot.opening)] < ranks[id(kept[-1].opening)]:
            kept.pop()
        if not kept or kept[-1].end <= slot.start:
            kept.append(slot)
    return kept
