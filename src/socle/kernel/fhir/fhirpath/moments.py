"""Dates, moments and times of day known to some precision: 2026, 2026-05, 2026-05-04T08.

Source: FHIRPath N1, "Date, DateTime, Time", "Equals", "Comparison", "Date/Time Arithmetic"; FHIR R4 datatypes.html.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

MomentKind = Literal["Date", "DateTime", "Time"]
Part = int | Decimal

CALENDAR_UNITS = {
    word: unit
    for unit in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for word in (unit, unit + "s")
}
_DAY = r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
_CLOCK = r"([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}(?:\.[0-9]+)?))?)?"
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
_DATE = re.compile(_DAY)
_DATE_TIME = re.compile(rf"{_DAY}(?:(T)(?:{_CLOCK}{_ZONE})?)?")
_TIME = re.compile(_CLOCK)
_FIRST: tuple[Part, ...] = (1, 1, 1, 0, 0, Decimal(0))


@dataclass(frozen=True, slots=True)
class Moment:
    """parts    year, month, day, hour, minute, second with its decimals: as many as are known; a Time starts at the hour
    offset   minutes east of UTC, None when not said
    text     as written, without @
    """

    kind: MomentKind
    parts: tuple[Part, ...]
    offset: int | None
    text: str

    def __str__(self) -> str:
        return self.text


def moment(literal: str) -> Moment | None:
    """The value of a literal without its @: T08:30, 2026-05, 2026-05-04T08:30. None when there is no such day or time."""
    if literal[0] == "T":
        return time_of(literal[1:])
    return date_time_of(literal) if "T" in literal else date_of(literal)


@lru_cache(maxsize=8192)
def date_of(text: str) -> Moment | None:
    """A Date: YYYY, YYYY-MM, YYYY-MM-DD. None for anything else."""
    match = _DATE.fullmatch(text)
    parts = _numbers(match.groups()) if match else None
    return Moment("Date", parts, None, text) if parts and _exists(parts) else None


@lru_cache(maxsize=8192)
def date_time_of(text: str) -> Moment | None:
    """A DateTime to any precision, with or without an offset. None for anything else."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, _, hour, minute, second, zone = match.groups()
    parts = _numbers((year, month, day, hour, minute, second) if day else (year, month))
    if not _exists(parts) or (hour is not None and day is None):
        return None
    offset = None
    if zone:
        offset = 0 if zone == "Z" else (int(zone[1:3]) * 60 + int(zone[4:])) * (-1 if zone[0] == "-" else 1)
        if abs(offset) > 14 * 60:
            return None
    return Moment("DateTime", parts, offset, text)


@lru_cache(maxsize=2048)
def time_of(text: str) -> Moment | None:
    """A Time: hh, hh:mm, hh:mm:ss.fff. None for anything else."""
    match = _TIME.fullmatch(text)
    parts = _numbers(match.groups()) if match else None
    return Moment("Time", parts, None, text) if parts and _in_a_day(parts) else None


def of_parts(kind: MomentKind, parts: tuple[Part, ...], offset: int | None) -> Moment:
    """A moment from its parts, with the text it is written as."""
    clock = parts if kind == "Time" else parts[3:]
    written = ":".join(_two(part) for part in clock)
    if kind != "Time":
        day = "-".join(f"{part:04d}" if place == 0 else f"{part:02d}" for place, part in enumerate(parts[:3]))
        zone = ""
        if clock and offset is not None:
            zone = "Z" if offset == 0 else f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
        written = f"{day}T{written}{zone}" if clock else day + ("T" if kind == "DateTime" else "")
    return Moment(kind, parts, offset, written)


def of_datetime(now: datetime) -> Moment:
    """A DateTime to the millisecond from a clock's aware datetime."""
    offset = now.utcoffset()
    second = Decimal(now.second) + Decimal(now.microsecond // 1000).scaleb(-3)
    parts = (now.year, now.month, now.day, now.hour, now.minute, second)
    return of_parts("DateTime", parts, int(offset.total_seconds()) // 60 if offset is not None else None)


@lru_cache(maxsize=64)
def day_of(value: Moment) -> Moment:
    """The Date of a DateTime."""
    return of_parts("Date", value.parts[:3], None)


def comparable(a: Moment, b: Moment) -> bool:
    """Whether one may come before the other: a Time compares with a Time only."""
    return (a.kind == "Time") == (b.kind == "Time")


def compare(a: Moment, b: Moment, offset: int) -> int | None:
    """-1, 0, 1; None when what is known does not tell. `offset` stands for one that is not said, in minutes."""
    left, right = aligned(a, b, offset)
    for one, other in zip(left, right, strict=False):
        if one != other:
            return -1 if one < other else 1
    return 0 if len(left) == len(right) else None


def aligned(a: Moment, b: Moment, offset: int) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The parts of both in one zone, where both have a time of day."""
    left, right = a.parts, b.parts
    if a.kind == "Time" or len(left) < 4 or len(right) < 4:
        return left, right
    first, second = (offset if one.offset is None else one.offset for one in (a, b))
    return (left, right) if first == second else (in_utc(a, offset), in_utc(b, offset))


def in_utc(value: Moment, offset: int) -> tuple[Part, ...]:
    """The parts brought to UTC when there is a time of day."""
    parts = value.parts
    if value.kind == "Time" or len(parts) < 4:
        return parts
    east = offset if value.offset is None else value.offset
    if not east:
        return parts
    try:
        return _shifted(parts, -60 * east)
    except OverflowError:  # the first or last day that there is
        return parts


def later(value: Moment, amount: Decimal, unit: str) -> Moment | None:
    """The moment `amount` of a calendar unit later (sooner when negative); None outside of the years 1 to 9999.

    A unit finer than what is known is brought to what is known: 2014 + 24 months = 2016. Decimals count for seconds only.
    """
    if value.kind == "Time":
        return _later_time(value, amount, unit)
    parts = value.parts
    if unit in ("second", "millisecond") and len(parts) == 6:
        seconds = amount if unit == "second" else amount / 1000
        return _moved(value, seconds)
    whole = int(amount)
    if unit in ("year", "month"):
        months = whole * 12 if unit == "year" else whole
        if len(parts) == 1:
            months = int(months / 12) * 12
        return _months_later(value, months)
    seconds_in = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
    length = whole * seconds_in[unit] if unit != "millisecond" else int(Decimal(whole) / 1000)
    if len(parts) <= 2:
        days = int(length / 86400)
        return _months_later(value, int(days / 365) * 12 if len(parts) == 1 else int(days / 30))
    step = {3: 86400, 4: 3600, 5: 60, 6: 1}[len(parts)]
    return _moved(value, Decimal(int(length / step) * step))


def _later_time(value: Moment, amount: Decimal, unit: str) -> Moment | None:
    lengths = {"hour": 3600, "minute": 60, "second": 1}
    if unit == "millisecond":
        seconds = amount / 1000
    elif unit in lengths:
        seconds = (amount if unit == "second" else Decimal(int(amount))) * lengths[unit]
    else:
        return None
    size = len(value.parts)
    step = (3600, 60, 1)[size - 1]
    if size < 3:
        seconds = Decimal(int(seconds / step) * step)
    total = sum((Decimal(part) * length for part, length in zip(value.parts, (3600, 60, 1), strict=False)), Decimal(0))
    total = (total + seconds) % 86400
    if total < 0:
        total += 86400
    hour, rest = divmod(total, 3600)
    minute, second = divmod(rest, 60)
    return of_parts("Time", (int(hour), int(minute), second)[:size], None)


def _months_later(value: Moment, months: int) -> Moment | None:
    parts = value.parts
    count = int(parts[0]) * 12 + (int(parts[1]) - 1 if len(parts) > 1 else 0) + months
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        return None
    moved: tuple[Part, ...] = (year, month)[: len(parts)]
    if len(parts) > 2:
        moved += (min(int(parts[2]), monthrange(year, month)[1]), *parts[3:])
    return of_parts(value.kind, moved, value.offset)


def _moved(value: Moment, seconds: Decimal) -> Moment | None:
    try:
        return of_parts(value.kind, _shifted(value.parts, seconds), value.offset)
    except (OverflowError, ValueError):
        return None


def _shifted(parts: tuple[Part, ...], seconds: Decimal | int) -> tuple[Part, ...]:
    """The parts moved by seconds, same precision; the decimals of the seconds are kept exactly."""
    full = parts + _FIRST[len(parts) :]
    total = Decimal(full[5]) + seconds
    whole = int(total // 1)
    fraction = total - whole
    if fraction < 0:
        whole, fraction = whole - 1, fraction + 1
    start = datetime(*(int(part) for part in full[:5]))  # type: ignore[arg-type] # noqa: DTZ001 - local, moved locally
    at = start + timedelta(seconds=whole)
    return (at.year, at.month, at.day, at.hour, at.minute, Decimal(at.second) + fraction)[: len(parts)]


def _numbers(groups: tuple[str | None, ...]) -> tuple[Part, ...]:
    known = [text for text in groups if text is not None]
    is_second = len(groups) in (3, 6) and len(known) == len(groups)
    return tuple(
        Decimal(text) if place in (2, 5) and is_second and _is_clock(groups, place) else int(text)
        for place, text in enumerate(known)
    )


def _is_clock(groups: tuple[str | None, ...], place: int) -> bool:
    """Whether the part at `place` is the second: the last of six, or of three when the first has two digits."""
    return place == 5 or (len(groups) == 3 and len(groups[0] or "") == 2)


def _exists(parts: tuple[Part, ...]) -> bool:
    year, month, day = (*parts[:3], 1, 1)[:3] if len(parts) < 3 else parts[:3]
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= monthrange(int(year), int(month))[1]):
        return False
    return _in_a_day(parts[3:])


def _in_a_day(parts: tuple[Part, ...]) -> bool:
    return all(part < limit for part, limit in zip(parts, (24, 60, 60), strict=False))


def _two(part: Part) -> str:
    if isinstance(part, int):
        return f"{part:02d}"
    whole, point, decimals = format(part, "f").partition(".")
    return whole.zfill(2) + point + decimals
