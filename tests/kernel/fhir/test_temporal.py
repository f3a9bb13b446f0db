"""A FHIR date is an interval of time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socle.kernel.fhir.temporal import BEGINNING, END, day_of, interval
from socle.kernel.outcome import Kind, Problem

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        ("2023", "2022-12-31T23:00:00+00:00", "2023-12-31T22:59:59.999999+00:00"),
        ("2024-02", "2024-01-31T23:00:00+00:00", "2024-02-29T22:59:59.999999+00:00"),
        ("2023-12", "2023-11-30T23:00:00+00:00", "2023-12-31T22:59:59.999999+00:00"),
        ("2023-03-26", "2023-03-25T23:00:00+00:00", "2023-03-26T21:59:59.999999+00:00"),  # a day of 23 hours
        ("2023-10-29", "2023-10-28T22:00:00+00:00", "2023-10-29T22:59:59.999999+00:00"),  # a day of 25 hours
        ("2023-05-06T10:00", "2023-05-06T08:00:00+00:00", "2023-05-06T08:00:59.999999+00:00"),
        ("2023-05-06T10:00:00Z", "2023-05-06T10:00:00+00:00", "2023-05-06T10:00:00.999999+00:00"),
        ("2023-05-06T10:00:00.5-03:30", "2023-05-06T13:30:00.500000+00:00", "2023-05-06T13:30:00.599999+00:00"),
        ("2023-05-06T10:00:00.1234567Z", "2023-05-06T10:00:00.123456+00:00", "2023-05-06T10:00:00.123456+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00", "2017-01-01T00:00:00.999999+00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_a_text_covers_the_time_its_precision_says(text: str, lo: str, hi: str) -> None:
    assert interval(text, PARIS) == (datetime.fromisoformat(lo), datetime.fromisoformat(hi))


@pytest.mark.parametrize(
    "text",
    [
        *("", "23", "2023-02-30", "2023-13", "0000", "2023-1-1", "20230101", "2023-W01-1", "٢٠٢٣"),
        *("2023-10-10T25:00:00Z", "2023-10-10 10:00:00Z", "2023-10-10T10:00:00,5Z", "2023-10-10T10:00:00.Z"),
        *("2023-10-10T10:00:00+15:00", "2023-10-10T10:00:00+10:75", "2023-10-10T10:00:00+0200"),
        *("2023-10-10T10:00:00Z\n", "2023-02-30T10:00:00Z"),
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        interval(text, PARIS)
    assert caught.value.kind is Kind.INVALID


def test_the_ends_of_time_are_not_passed() -> None:
    assert interval("0001", PARIS)[0] == BEGINNING
    assert interval("9999-12-31", ZoneInfo("America/Cayenne"))[1] == END


moments = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1))  # noqa: DTZ001 - the offset is drawn


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_a_moment_with_an_offset_is_found_in_its_own_interval(moment: datetime, minutes: int) -> None:
    sign, away = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{moment.isoformat(timespec='microseconds')}{sign}{away // 60:02}:{away % 60:02}"
    assert interval(text, PARIS) == (datetime.fromisoformat(text),) * 2


@given(st.dates(min_value=date(2, 1, 1), max_value=date(9998, 12, 31)))
@example(date(1925, 1, 15))
def test_a_day_lies_in_its_month_which_lies_in_its_year(day: date) -> None:
    day_lo, day_hi = interval(day.isoformat(), PARIS)
    month_lo, month_hi = interval(day.isoformat()[:7], PARIS)
    year_lo, year_hi = interval(day.isoformat()[:4], PARIS)
    assert year_lo <= month_lo <= day_lo < day_hi <= month_hi <= year_hi
    assert day_of(day_lo, day_hi, PARIS) == day
    # From 1911 to 1940 Paris kept the time of Greenwich in winter.
    assert (day_of(day_lo, day_hi, UTC) is None) is bool(day_lo.astimezone(PARIS).utcoffset())
