"""FHIR dates as intervals of time: a date is a day, a year is twelve months, an instant lasts as long as its precision.

Source: FHIR R4 datatypes.html#dateTime, search.html#date.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from socle.kernel.outcome import Kind, Problem

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)

_TICK = timedelta(microseconds=1)
_MIDNIGHT, _ONE_DAY = time(), timedelta(days=1)
# By number of digits after the second, how long a moment written so lasts, less one tick; -1: whole seconds.
_LENGTHS = {digits: timedelta(microseconds=10 ** (6 - max(digits, 0))) - _TICK for digits in range(-1, 7)}
_SHAPE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,30}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)


def interval(text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """(lo, hi) of a date, dateTime or instant, in UTC, both inclusive: hi is the last microsecond.

    A text without an offset is local time in `zone`. Months may be left out, days, times; seconds too (search allows
    it). Fractions beyond the microsecond are cut. The leap second 60 is the second that follows. What lies outside the
    years 1-9999 once in UTC is brought to `BEGINNING` or `END`.

    Raises: Problem(INVALID) when `text` is no such date (2023-02-30).
    """
    found = _instant(text) if len(text) > 19 else _day(text, zone) if len(text) == 10 else None
    if found is not None:
        return found
    return _interval(text, zone)


# Every third character of a moment, from the first hyphen to what follows its seconds, when they are whole.
_WHOLE_SECONDS = frozenset({"--T::Z", "--T::+", "--T::-"})


def _instant(text: str) -> tuple[datetime, datetime] | None:
    """The usual case, fast: a date, a time with seconds, an offset. None when `text` is anything else, or no date."""
    utc = text[-1] == "Z"
    if utc:
        digits = len(text) - 21
    elif text[-6] in "+-" and text[-3] == ":" and text[-5:-3] <= "14" and text[-2] <= "5":
        digits = len(text) - 26
    else:
        return None
    signs = text[4:20:3]
    if not (digits > 0 if signs == "--T::." else digits == -1 and signs in _WHOLE_SECONDS):
        return None
    try:
        lo = datetime.fromisoformat(text)
        if not utc:
            lo = lo.astimezone(UTC)
        return lo, lo + _LENGTHS[digits if digits < 6 else 6]
    except (ValueError, OverflowError):
        return None


def _day(text: str, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """A whole day, fast. None when `text` is anything else, no date, or an end of time."""
    if text[4] != "-" or text[7] != "-":
        return None
    try:
        begin = datetime.combine(date.fromisoformat(text), _MIDNIGHT, zone)
        return begin.astimezone(UTC), (begin + _ONE_DAY).astimezone(UTC) - _TICK
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=16_384)
def _interval(text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise _no_date()
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        if hour is None:
            first, last = _days(int(year), month, day)
            return _midnight(first, zone), _end_of(last, zone)
        lo = _moment(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), fraction or "")
        start = _utc(lo, zone if offset is None else _offset(offset))
    except ValueError:
        raise _no_date() from None
    length = timedelta(minutes=1) - _TICK if second is None else _LENGTHS[min(len(fraction), 6) if fraction else -1]
    return start, END if END - start < length else start + length


def day_of(lo: datetime, hi: datetime, zone: tzinfo) -> date | None:
    """The day of `zone` within which an interval lies, None when it spans several."""
    first, last = lo.astimezone(zone).date(), hi.astimezone(zone).date()
    return first if first == last else None


def _days(year: int, month: str | None, day: str | None) -> tuple[date, date]:
    """First and last day of a year, a month, a day."""
    if day is not None:
        only = date(year, int(month or 0), int(day))
        return only, only
    if month is not None:
        first = date(year, int(month), 1)
        following = date(year + first.month // 12, first.month % 12 + 1, 1) if year < 9999 or first.month < 12 else None
        return first, following - timedelta(days=1) if following else date.max
    return date(year, 1, 1), date(year, 12, 31)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return _utc(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - the zone comes next


def _end_of(day: date, zone: tzinfo) -> datetime:
    if day == date.max:
        return _utc(datetime.max, zone)  # noqa: DTZ901
    return _midnight(day + timedelta(days=1), zone) - _TICK


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, fraction: str) -> datetime:
    leap = second == 60
    micro = int(fraction[:6].ljust(6, "0")) if fraction else 0
    moment = datetime(year, month, day, hour, minute, 59 if leap else second, micro)  # noqa: DTZ001
    return moment + timedelta(seconds=1) if leap and moment.year < 9999 else moment


def _offset(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError(text)
    length = timedelta(hours=hours, minutes=minutes)
    return timezone(-length if text[0] == "-" else length)


def _utc(local: datetime, zone: tzinfo) -> datetime:
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return BEGINNING if local.year == 1 else END


def _no_date() -> Problem:
    return Problem.of(
        Kind.INVALID,
        "Cette date n'existe pas, ou n'est pas écrite comme FHIR le demande : AAAA, AAAA-MM, AAAA-MM-JJ ou"
        " AAAA-MM-JJThh:mm:ss suivi de Z ou d'un décalage (+01:00).",
        "This date does not exist, or is not written as FHIR asks: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss"
        " followed by Z or an offset (+01:00).",
        rule="FHIR R4 datatypes.html#dateTime",
        code="value",
    )
