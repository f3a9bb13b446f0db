"""The macro-planning as a picture: nothing overlaps, nothing is out of the frame, time goes from left to right."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socle.support.doctrine.model import Certainty, Dated, Dates, Milestone, PartialDate
from socle.support.doctrine.rules.fields import partial_date
from socle.support.doctrine.rules.timeline import (
    AXIS,
    LANE,
    LEFT,
    Head,
    Period,
    Scale,
    Shape,
    Side,
    Standing,
    Timeline,
    closer,
    lay_out,
    span,
    standing,
    text_width,
    whole,
    within,
)

TODAY = date(2026, 11, 22)
ROWS = ("ins", "dmp", "")
HEADS = [Head("ins", ("INS",), "foundations"), Head("dmp", ("DMP", "partagé"), "services"), Head("", ("Tout",), "all")]


def on(text: str) -> PartialDate:
    found = partial_date(text)
    assert found
    return found


def dated(text: str, certainty: Certainty = Certainty.B) -> Dated:
    return Dated(on(text), "source", certainty)


def milestone(
    name: str, planned: str = "", revised: tuple[str, ...] = (), actual: str = "", ends: str = ""
) -> Milestone:
    return Milestone(
        id=name,
        title=f"Jalon {name}",
        dates=Dates(
            dated(planned) if planned else None,
            tuple(dated(one) for one in revised),
            dated(actual) if actual else None,
        ),
        chapters=("ins",),
        ends=on(ends) if ends else None,
    )


drawn = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
FIRST = date(2015, 1, 1)
days = st.integers(0, 7600).map(lambda n: FIRST + timedelta(days=n))
partial = st.tuples(days, st.sampled_from([4, 7, 10])).map(lambda of: on(of[0].isoformat()[: of[1]]))
a_date = st.tuples(partial, st.sampled_from(Certainty)).map(lambda of: Dated(of[0], "source", of[1]))


def _milestone(of: tuple[Dated, list[Dated], int, int | None, int, str]) -> Milestone:
    """A milestone with a first date, some more, and perhaps an end: `kind` says which of them are plans."""
    first, more, kind, lasts, length, row = of
    dates = [
        Dates(planned=first, revised=tuple(more)),
        Dates(actual=first),
        Dates(planned=first, revised=tuple(more[1:]), actual=(more or [first])[0]),
    ][kind]
    begins = dates.due
    assert begins
    ends = on((begins.on.first + timedelta(days=lasts)).isoformat()) if lasts is not None else None
    return Milestone("", ("Jalon M à W, édité · " * 4)[:length], dates, (row,), ends=ends)


milestones = st.lists(
    st.tuples(
        a_date,
        st.lists(a_date, max_size=2),
        st.integers(0, 2),
        st.none() | st.integers(0, 2000),
        st.integers(1, 80),
        st.sampled_from(ROWS),
    ).map(_milestone),
    max_size=16,
).map(lambda found: [replace(one, id=f"m{i}") for i, one in enumerate(found)])
periods = st.tuples(st.integers(2015, 2035), st.integers(0, 10)).map(lambda p: Period(p[0], min(2035, p[0] + p[1])))


def picture(found: list[Milestone], period: Period, width: float = 1152.0) -> Timeline:
    return lay_out(found, HEADS, lambda one: one.chapters[0], period, TODAY, width=width)


@drawn
@given(milestones, periods, st.sampled_from([480.0, 1152.0]))
def test_no_two_milestones_of_a_row_overlap(found: list[Milestone], period: Period, width: float) -> None:
    for group in picture(found, period, width).groups:
        for row in group.rows:
            for a, b in combinations(row.placed, 2):
                assert a.high < b.low or b.high < a.low or abs(a.y - b.y) >= LANE


@drawn
@given(milestones, periods, st.sampled_from([480.0, 1152.0]))
def test_everything_is_within_the_frame(found: list[Milestone], period: Period, width: float) -> None:
    whole_one = picture(found, period, width)
    assert [year for year, _ in whole_one.years] == list(range(period.first, period.last + 1))
    bottom = AXIS
    for group in whole_one.groups:
        assert group.y >= bottom
        for row in group.rows:
            assert row.y >= bottom
            for one in row.placed:
                assert whole_one.left <= one.low <= one.high <= whole_one.right
                assert row.y <= one.y - LANE / 2
                assert one.y + LANE / 2 <= row.y + row.height
                for mark in one.marks:
                    assert whole_one.left <= mark.low <= mark.x <= mark.high <= whole_one.right
            bottom = row.y + row.height
    assert bottom + AXIS <= whole_one.height or not whole_one.groups


@drawn
@given(milestones, periods)
def test_each_milestone_that_touches_the_period_is_drawn_once_in_its_row(
    found: list[Milestone], period: Period
) -> None:
    shown = [
        (row.head.key, one.milestone) for g in picture(found, period).groups for row in g.rows for one in row.placed
    ]
    wanted = [(one.chapters[0], one) for one in within(found, period)]
    assert sorted(shown, key=lambda d: d[1].id) == sorted(wanted, key=lambda d: d[1].id)


@drawn
@given(milestones, periods)
def test_a_label_stands_where_it_is_said_to(found: list[Milestone], period: Period) -> None:
    for group in picture(found, period).groups:
        for one in (placed for row in group.rows for placed in row.placed):
            wide = text_width(one.label, one.standing)
            begins = {Side.AFTER: one.label_x, Side.BEFORE: one.label_x - wide, Side.OVER: one.label_x - wide / 2}
            assert one.low - 0.1 <= begins[one.side]
            assert begins[one.side] + wide <= one.high + 0.1
            if one.side is Side.AFTER:
                assert all(mark.x < one.label_x for mark in one.marks)
            if one.side is Side.BEFORE:
                assert all(mark.x > one.label_x for mark in one.marks)


@given(days, days, periods)
def test_time_goes_from_left_to_right(one: date, other: date, period: Period) -> None:
    scale = Scale(period, 100, 900)
    first, second = sorted([one, other])
    assert 100 <= scale.x(first) <= scale.x(second) <= 900


@drawn
@given(milestones, periods)
def test_in_a_lane_milestones_follow_each_other_in_time(found: list[Milestone], period: Period) -> None:
    for group in picture(found, period).groups:
        for row in group.rows:
            for a, b in pairwise(row.placed):
                assert (a.lane, a.low) <= (b.lane, b.low)


def test_a_slip_is_drawn_from_the_plan_through_its_revisions_to_what_happened() -> None:
    late = milestone("late", "2020-01-01", ("2024-12-31",), "2025-01-01")
    [placed] = picture([late], Period(2019, 2027)).groups[0].rows[0].placed
    assert [mark.shape for mark in placed.marks] == [Shape.PLANNED, Shape.REVISED, Shape.ACTUAL]
    assert [mark.x for mark in placed.marks] == sorted(mark.x for mark in placed.marks)


def test_a_plan_kept_to_the_day_is_drawn_once() -> None:
    kept = milestone("kept", "2022-01", actual="2022-01")
    [placed] = picture([kept], Period(2019, 2027)).groups[0].rows[0].placed
    assert [mark.shape for mark in placed.marks] == [Shape.ACTUAL]


def test_a_date_known_to_the_year_stands_in_its_middle_and_covers_it() -> None:
    [placed] = picture([milestone("vague", "2021")], Period(2020, 2022)).groups[0].rows[0].placed
    [mark] = placed.marks
    scale = Scale(Period(2020, 2022), LEFT, 1140)
    assert (mark.low, mark.high) == (scale.x(date(2021, 1, 1)), scale.x(date(2021, 12, 31)))
    assert mark.x == pytest.approx((mark.low + mark.high) / 2, abs=1)


def test_a_date_out_of_the_period_is_at_its_edge_and_has_no_mark() -> None:
    slipped = milestone("slipped", "2020-01-01", actual="2025-01-01")
    [placed] = picture([slipped], Period(2024, 2026)).groups[0].rows[0].placed
    assert [(mark.visible, mark.x == LEFT) for mark in placed.marks] == [(False, True), (True, False)]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (milestone("a", actual="2025-01-01"), Standing.DONE),
        (milestone("b", "2026-12-31"), Standing.AHEAD),
        (milestone("c", "2026"), Standing.AHEAD),
        (milestone("d", "2026-01-01"), Standing.UNCONFIRMED),
        (milestone("e", "2026-01-01", ("2028-12-31",)), Standing.AHEAD),
        (milestone("f", actual="2023-12-18", ends="2027"), Standing.UNDERWAY),
        (milestone("g", actual="2020-05", ends="2020-10-01"), Standing.DONE),
        (milestone("h", "2026-11-22"), Standing.AHEAD),
        (milestone("i", actual="2026-12-01"), Standing.AHEAD),
    ],
)
def test_where_a_milestone_stands_today(one: Milestone, expected: Standing) -> None:
    assert standing(one, TODAY) is expected


def test_the_whole_period_holds_every_date_of_every_milestone() -> None:
    found = [milestone("a", "2020", actual="2025-03"), milestone("b", actual="2019-02-12"), milestone("c", "2031")]
    assert whole(found) == Period(2019, 2031)
    assert span(found[0]) == (date(2020, 1, 1), date(2025, 3, 31))


@drawn
@given(milestones, st.integers(2, 5))
def test_closer_periods_make_up_the_whole_one(found: list[Milestone], parts: int) -> None:
    periods = closer(found, parts)
    assert len(periods) <= parts
    assert len(periods) != 1
    if periods:
        every = whole(found)
        assert (periods[0].first, periods[-1].last) == (every.first, every.last)
        assert all(a.last + 1 == b.first for a, b in pairwise(periods))


def test_closer_periods_are_short_where_milestones_crowd() -> None:
    crowd = [milestone(f"m{i}", actual=f"2020-{i:02}") for i in range(1, 13)]
    periods = closer([*crowd, milestone("before", actual="2015"), milestone("after", "2031")], 3)
    assert periods == [Period(2015, 2019), Period(2020, 2031)]
