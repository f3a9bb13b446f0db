"""Dates as they are known, and by how much they slip."""

from datetime import date

import pytest

from socle.support.doctrine.model import Certainty, Dated, Dates
from socle.support.doctrine.rules.fields import last_day, partial_date


def dated(text: str) -> Dated:
    found = partial_date(text)
    assert found
    return Dated(found, "source", Certainty.B)


@pytest.mark.parametrize(
    ("text", "middle", "last"),
    [
        ("2027", date(2027, 7, 2), date(2027, 12, 31)),
        ("2024-02", date(2024, 2, 15), date(2024, 2, 29)),
        ("2027-03-26", date(2027, 3, 26), date(2027, 3, 26)),
    ],
)
def test_a_partial_date_may_mean_any_day_up_to_its_last(text: str, middle: date, last: date) -> None:
    on = dated(text).on
    assert (on.middle, on.last, last_day(on)) == (middle, last, last)


@pytest.mark.parametrize(
    ("planned", "actual", "days"),
    [
        ("2020-01-01", "2021-01-01", 366),
        ("2019", "2019-07", 0),
        ("2019-09", "2019-09-30", 0),
        ("2019-12", "2020-01", 31),
        ("2021", "2025-03", 1353),
        ("2023-06-01", "2023-05-02", -30),
    ],
)
def test_a_slip_is_measured_between_what_the_dates_may_mean(planned: str, actual: str, days: int) -> None:
    assert Dates(planned=dated(planned), actual=dated(actual)).slip_days == days


def test_a_plan_alone_has_not_slipped() -> None:
    assert Dates(planned=dated("2027")).slip_days is None
    assert Dates(actual=dated("2027")).slip_days is None
