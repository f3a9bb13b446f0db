"""The rules of agendas: slots from openings, the life of an appointment, who takes a slot, the searches of the SAS."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, weekday
from hypothesis import given
from hypothesis import strategies as st
from tests.foundations.agenda.support import (
    IDNPS,
    NOW,
    RPPS,
    declared,
    opening,
    regulator,
)

from socle.foundations.care_offer.agenda.model import (
    ZONE,
    Opening,
    Recurrence,
    Standing,
    Status,
    TypeCreneau,
    numero_finess,
    numero_ps,
    numero_structure,
)
from socle.foundations.care_offer.agenda.rules import (
    TRANSITIONS,
    Asker,
    Taken,
    derive,
    may_declare,
    may_delete_schedule,
    may_take,
    mermaid,
    next_status,
)
from socle.foundations.care_offer.agenda.rules.forms import Form, question
from socle.foundations.care_offer.agenda.rules.slots import occurrences
from socle.foundations.care_offer.agenda.rules.transmission import check_account, check_appointment
from socle.foundations.care_offer.agenda.store.reading import duration_of, openings_of
from socle.foundations.care_offer.agenda.store.writing import schedule_of
from socle.kernel.outcome import Problem

WEEK = (NOW, NOW + timedelta(days=7))
QUARTER = timedelta(minutes=15)


def hours(openings: list[Opening], minutes: int = 30, days: int = 7, start: datetime = NOW) -> list[str]:
    """When slots begin, on the clock of Paris."""
    found = derive(openings, timedelta(minutes=minutes), start, start + timedelta(days=days))
    return [f"{one.start.astimezone(ZONE):%d %H:%M}" for one in found]


def refusal(attempt: Callable[[], object]) -> Problem | None:
    """What `attempt` was refused by, None when it went through."""
    try:
        attempt()
    except Problem as problem:
        return problem
    return None


# -- slots -------------------------------------------------------------------------------------------------------------


def test_an_opening_is_cut_from_its_beginning_and_what_is_too_short_is_no_slot() -> None:
    assert hours([opening(minutes=70, recurrence=None)]) == ["16 09:00", "16 09:30"]


def test_an_opening_comes_back_on_its_days() -> None:
    weekly = Recurrence("WEEKLY", days=frozenset({0, 3}))
    assert hours([opening(recurrence=weekly)], 60, 14) == ["16 09:00", "19 09:00", "23 09:00", "26 09:00"]


def test_every_other_week_counts_from_the_week_of_the_start() -> None:
    every_other = Recurrence("WEEKLY", interval=2, days=frozenset({0}))
    assert hours([opening(recurrence=every_other)], 60, 30) == ["16 09:00", "30 09:00", "13 09:00"]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"ordinals": frozenset({(1, 1)})}, ["07 09:00", "05 09:00"]),  # the first Tuesdays of April and May
        ({"ordinals": frozenset({(-1, 4)})}, ["27 09:00", "24 09:00"]),  # the last Fridays of March and April
        ({"month_days": frozenset({-1})}, ["31 09:00", "30 09:00"]),
        ({}, ["16 09:00", "16 09:00"]),  # the day of the month of its start
    ],
)
def test_an_opening_comes_back_in_a_month_by_rank_or_by_number(rule: dict[str, Any], days: list[str]) -> None:
    assert hours([opening(recurrence=Recurrence("MONTHLY", **rule))], 60, 54) == days


_COUNT = st.none() | st.integers(1, 20)
_SOME_DAYS = st.frozensets(st.integers(0, 6), max_size=2)
# Ranks and plain weekdays are not mixed: RFC 5545 takes one or the other, the oracle both at once, and looks for it until the
# year 9999.
_RECURRENCES = st.one_of(
    st.builds(
        Recurrence,
        st.just("MONTHLY"),
        interval=st.integers(1, 4),
        count=_COUNT,
        ordinals=st.frozensets(st.tuples(st.sampled_from([-5, -2, -1, 1, 2, 4, 5]), st.integers(0, 6)), max_size=3),
    ),
    st.builds(
        Recurrence,
        st.just("MONTHLY"),
        interval=st.integers(1, 4),
        days=_SOME_DAYS,
        count=_COUNT,
        month_days=st.frozensets(st.sampled_from([1, 7, 15, 28, 29, 30, 31, -1, -2, -31]), max_size=3),
    ),
    st.builds(
        Recurrence,
        st.sampled_from(["DAILY", "WEEKLY"]),
        interval=st.integers(1, 4),
        days=_SOME_DAYS,
        count=_COUNT,
    ),
)


@given(_RECURRENCES, st.dates(date(2023, 12, 1), date(2024, 3, 31)))
def test_openings_come_back_on_the_days_of_rfc_5545(recurrence: Recurrence, first: date) -> None:
    """`dateutil` reads the same rule."""
    start = datetime.combine(first, time(9), ZONE)
    one = Opening("a", start, start + timedelta(hours=1), recurrence=recurrence)
    end = datetime(2024, 12, 1, tzinfo=ZONE)
    ours = [opens.astimezone(ZONE).date() for opens, _ in occurrences(one, datetime(2024, 3, 1, tzinfo=ZONE), end)]
    weekdays = [weekday(day) for day in recurrence.days] + [weekday(day, rank) for rank, day in recurrence.ordinals]
    frequencies = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY}
    oracle = rrule(
        frequencies[recurrence.frequency],
        dtstart=datetime.combine(first, time(9)),
        until=end.replace(tzinfo=None),
        interval=recurrence.interval,
        byweekday=weekdays or None,
        bymonthday=sorted(recurrence.month_days) or None,
    )
    expected = [one.date() for one in list(oracle)[: recurrence.count]]
    assert ours == [day for day in expected if day >= date(2024, 3, 1)]


@given(_RECURRENCES)
def test_a_recurrence_is_read_as_it_was_written(recurrence: Recurrence) -> None:
    one = opening(recurrence=recurrence)
    written = schedule_of("a", ["Practitioner/p"], [one], duration=QUARTER, motive="Consultation")
    assert openings_of(written) == [one]


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"frequency": "YEARLY"}, "rrule.freq"),
        ({"frequency": "WEEKLY", "ordinals": frozenset({(1, 0)})}, "rrule.byDay"),
        ({"frequency": "MONTHLY", "ordinals": frozenset({(6, 0)})}, "rrule.byDay"),
        ({"frequency": "MONTHLY", "month_days": frozenset({0})}, "rrule.byMonthDay"),
        ({"frequency": "DAILY", "month_days": frozenset({1})}, "rrule.byMonthDay"),
    ],
)
def test_a_recurrence_that_is_not_kept_names_its_part(wrong: dict[str, Any], part: str) -> None:
    problem = refusal(lambda: Recurrence(**wrong))
    assert problem is not None
    assert problem.issues[0].expression == (f"Schedule.extension('availabilityTime').extension('{part}')",)


def test_a_count_and_an_end_stop_an_opening() -> None:
    assert len(hours([opening(recurrence=Recurrence("DAILY", count=3))], 60, 30)) == 3
    until = datetime(2026, 3, 18, 23, 59, tzinfo=ZONE)
    assert len(hours([opening(recurrence=Recurrence("DAILY", until=until))], 60, 30)) == 3


def test_a_closing_takes_away_each_slot_that_it_touches() -> None:
    away = Opening(
        "conge", datetime(2026, 3, 16, 9, 45, tzinfo=ZONE), datetime(2026, 3, 17, 9, 15, tzinfo=ZONE), closed=True
    )
    assert hours([opening(minutes=90), away], days=2) == ["16 09:00", "17 09:30", "17 10:00"]


def test_where_two_openings_overlap_the_first_given_wins() -> None:
    first, second = opening("a", at=time(9, 15), minutes=30), opening("b", minutes=60)
    found = derive([first, second], timedelta(minutes=30), NOW, NOW + timedelta(days=1))
    assert [(one.opening.key, f"{one.start.astimezone(ZONE):%H:%M}") for one in found] == [("a", "09:15")]


def test_hours_of_the_clock_stay_when_summer_time_comes() -> None:
    found = hours([opening(recurrence=Recurrence("DAILY"))], 60, 3, datetime(2026, 3, 28, tzinfo=UTC))
    assert found == ["28 09:00", "29 09:00", "30 09:00"]


@pytest.mark.parametrize(
    ("night", "slots"), [(date(2026, 3, 28), 10), (date(2026, 10, 24), 14), (date(2026, 5, 9), 12)]
)
def test_a_night_when_the_clock_changes_has_one_hour_less_or_more(night: date, slots: int) -> None:
    start = datetime.combine(night, time(22), ZONE)
    duty = Opening("garde", start, datetime.combine(night + timedelta(days=1), time(4), ZONE))
    assert len(derive([duty], timedelta(minutes=30), start.astimezone(UTC), start + timedelta(days=1))) == slots


openings = st.builds(
    lambda hour, length, days, closed: opening(
        at=time(hour), minutes=length, closed=closed, recurrence=Recurrence("WEEKLY", days=days)
    ),
    st.integers(0, 22),
    st.integers(1, 1500),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.booleans(),
)


@given(st.lists(openings, max_size=5), st.sampled_from([10, 15, 20, 45]), st.integers(0, 14))
def test_slots_never_overlap_and_lie_inside_an_opening_and_outside_every_closing(
    given_: list[Opening], minutes: int, days: int
) -> None:
    start, end = NOW + timedelta(days=days), NOW + timedelta(days=days + 7)
    found = derive(given_, timedelta(minutes=minutes), start, end)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(start <= one.start < end and one.end - one.start == timedelta(minutes=minutes) for one in found)
    closed = [one for one in given_ if one.closed]
    for one in found:
        assert not one.opening.closed
        local = one.start.astimezone(ZONE)
        for shut in closed:
            for back in (0, 1, 2):
                day = local.date() - timedelta(days=back)
                assert shut.recurrence is not None
                if day >= shut.start.date() and day.weekday() in shut.recurrence.days:
                    opens = datetime.combine(day, shut.start.timetz().replace(tzinfo=None), ZONE)
                    wall = shut.end.replace(tzinfo=None) - shut.start.replace(tzinfo=None)
                    closes = (opens.replace(tzinfo=None) + wall).replace(tzinfo=ZONE)
                    assert one.end <= opens.astimezone(UTC) or one.start >= closes.astimezone(UTC)


@given(st.lists(openings, max_size=4), st.sampled_from([10, 15, 45, 200]), st.integers(0, 9000), st.integers(1, 9000))
def test_the_same_moment_is_given_the_same_slots_whatever_is_asked_with_it(
    given_: list[Opening], minutes: int, after: int, length: int
) -> None:
    duration = timedelta(minutes=minutes)
    start = NOW + timedelta(minutes=after)
    end = start + timedelta(minutes=length)
    longer = derive(given_, duration, NOW - timedelta(days=2), end + timedelta(days=9))
    assert derive(given_, duration, start, end) == [one for one in longer if start <= one.start < end]


def test_a_closing_that_begins_at_the_end_of_what_is_asked_takes_away_the_slot_that_runs_into_it() -> None:
    shut = opening("conge", at=time(9, 30), minutes=1, closed=True)
    assert derive([opening(), shut], timedelta(hours=1), NOW, datetime(2026, 3, 16, 9, 30, tzinfo=ZONE)) == []


@given(st.lists(openings, min_size=1, max_size=4), st.sampled_from([10, 15, 20]))
def test_openings_are_read_as_they_were_written(given_: list[Opening], minutes: int) -> None:
    written = schedule_of("x", ["Practitioner/1"], given_, duration=timedelta(minutes=minutes), motive="Suivi")
    kept = [replace(one, access=frozenset({TypeCreneau.PUBLIC})) for one in given_]
    assert openings_of(written) == kept
    assert duration_of(written) == timedelta(minutes=minutes)


@pytest.mark.parametrize(("start", "end"), [(9, 9), (10, 9)])
def test_an_opening_ends_after_it_begins(start: int, end: int) -> None:
    with pytest.raises(Problem, match="Ouverture"):
        Opening("x", datetime(2026, 3, 16, start, tzinfo=UTC), datetime(2026, 3, 16, end, tzinfo=UTC))


# -- the life of an appointment ----------------------------------------------------------------------------------------

HOUR = timedelta(hours=1)


def standing(status: Status, start: datetime = NOW + HOUR) -> Standing:
    return Standing(status, start, start + QUARTER, ("s",))


@given(st.sampled_from(Status), st.sampled_from(Status))
def test_only_the_steps_of_the_table_are_allowed(before: Status, after: Status) -> None:
    late = NOW + 3 * HOUR
    allowed = next_status(standing(before), standing(after), now=late).allowed
    in_table = before is after or any(b is before and a is after for (b, _), a in TRANSITIONS.items())
    assert allowed is in_table


def test_what_has_not_begun_is_neither_missed_nor_fulfilled() -> None:
    for status in (Status.NOSHOW, Status.FULFILLED):
        assert not next_status(standing(Status.BOOKED), standing(status), now=NOW).allowed
        assert next_status(standing(Status.BOOKED), standing(status), now=NOW + 2 * HOUR).allowed


def test_what_has_begun_is_not_moved() -> None:
    before, after = standing(Status.BOOKED), standing(Status.BOOKED, NOW + 5 * HOUR)
    assert next_status(before, after, now=NOW).allowed
    assert not next_status(before, after, now=NOW + 2 * HOUR).allowed


def test_the_table_can_be_drawn() -> None:
    assert "booked --> noshow: miss" in mermaid()


# -- who takes a slot --------------------------------------------------------------------------------------------------

PUBLIC = Taken("s", NOW + HOUR, NOW + HOUR + QUARTER, access=frozenset({TypeCreneau.PUBLIC}))


@pytest.mark.parametrize("asker", Asker)
@pytest.mark.parametrize(
    ("slot", "overbook", "who"),
    [
        (PUBLIC, False, {Asker.HOLDER, Asker.SOFTWARE, Asker.REGULATOR}),
        (replace(PUBLIC, busy=True), False, set()),
        (replace(PUBLIC, busy=True), True, {Asker.HOLDER}),
        (replace(PUBLIC, walk_in=True), True, set()),
        (replace(PUBLIC, start=NOW - HOUR), False, {Asker.HOLDER, Asker.SOFTWARE}),
        (replace(PUBLIC, access=frozenset({TypeCreneau.CPTS})), False, {Asker.HOLDER, Asker.SOFTWARE}),
        (replace(PUBLIC, access=frozenset({TypeCreneau.SNP})), False, {Asker.HOLDER, Asker.SOFTWARE, Asker.REGULATOR}),
    ],
)
def test_who_may_take_a_slot(slot: Taken, overbook: bool, who: set[Asker], asker: Asker) -> None:
    assert may_take(slot, asker, now=NOW, overbook=overbook).allowed is (asker in who)


def test_a_regulator_is_named_by_an_active_account() -> None:
    assert may_declare(Asker.OTHER, active=True).allowed
    assert not may_declare(Asker.OTHER, active=False).allowed
    assert not may_declare(Asker.OTHER, active=None).allowed


def test_an_agenda_with_appointments_to_come_stays() -> None:
    assert may_delete_schedule([]).allowed
    assert not may_delete_schedule(["rdv"]).allowed


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_national_identifiers_get_their_prefix() -> None:
    assert numero_ps("99700000013") == numero_ps("899700000013") == "899700000013"
    assert numero_ps("123456789") == "0123456789"
    assert numero_finess("990000014") == numero_finess("1990000014") == "1990000014"
    assert numero_structure("33417374840002") == "333417374840002"


@given(st.text(max_size=20))
def test_anything_else_is_refused_and_never_breaks(text: str) -> None:
    for read in (numero_ps, numero_finess, numero_structure):
        refused = refusal(lambda read=read: read(text))  # type: ignore[misc]
        if refused is None:
            assert read(read(text)) == read(text)
        else:
            assert refused.issues[0].rule == "SAS-PREFIXE"


# -- the searches of the SAS -------------------------------------------------------------------------------------------

INDIVIDUAL = {
    "start": ["ge2026-03-16T00:00:00+01:00", "le2026-03-18"],
    "status": ["free"],
    "schedule.actor:Practitioner.identifier": [f"{IDNPS}|{RPPS}"],
}
ACTOR = "schedule.actor:Practitioner.identifier"


def pairs(**change: list[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in {**INDIVIDUAL, **change}.items() for value in values]


def test_a_search_is_understood() -> None:
    found = question("Slot", pairs())
    assert found.form is Form.INDIVIDUAL
    assert found.numbers == (RPPS,)
    assert (found.start.hour, found.end.hour) == (0, 23)  # a day ends at its end


def test_an_escaped_plus_that_became_a_blank_is_read() -> None:
    assert question("Slot", pairs(start=["ge2026-03-16T00:00:00 01:00", "le2026-03-18"])).start.utcoffset() == HOUR


def test_asking_for_the_services_of_cpts_makes_the_form_of_cpts() -> None:
    assert question("Slot", pairs(_include=["Slot:service-type-reference"])).form is Form.CPTS


@pytest.mark.parametrize(
    ("change", "expression"),
    [
        ({"start": []}, "http.start"),
        ({"start": ["ge2026-03-16"]}, "http.start"),
        ({"start": ["2026-03-16"]}, "http.start"),
        ({"start": ["ge2026-13-45", "le2026-03-18"]}, "http.start"),
        ({"start": ["ge2026-03-18", "le2026-03-16"]}, "http.start"),
        ({"start": ["ge2026-01-01", "le2026-12-31"]}, "http.start"),
        ({"status": []}, "http.status"),
        ({"status": ["busy"]}, "http.status"),
        ({ACTOR: []}, f"http.{ACTOR}"),
        ({ACTOR: [RPPS]}, f"http.{ACTOR}"),
        ({ACTOR: [f"{IDNPS}|1"]}, f"http.{ACTOR}"),
        ({ACTOR: [",".join(f"{IDNPS}|8997000{n:05}" for n in range(26))]}, f"http.{ACTOR}"),
        ({"_include": ["Slot:patient"]}, "http._include"),
        ({"_count": ["beaucoup"]}, "http._count"),
        ({"creneau": ["libre"]}, "http.creneau"),
    ],
)
def test_each_parameter_that_is_wrong_is_named(change: dict[str, list[str]], expression: str) -> None:
    with pytest.raises(Problem) as caught:
        question("Slot", pairs(**change))
    assert expression in [one for issue in caught.value.issues for one in issue.expression]


@given(
    st.lists(st.tuples(st.sampled_from(["start", "status", ACTOR, "_count", "x"]), st.text(max_size=40)), max_size=6)
)
def test_any_parameters_are_understood_or_refused(given_: list[tuple[str, str]]) -> None:
    refused = refusal(lambda: question("Slot", given_))
    assert refused is None or all(issue.expression for issue in refused.issues)


# -- what is sent to the SAS -------------------------------------------------------------------------------------------

TIMES = ("2026-03-16T09:00:00+01:00", "2026-03-16T09:20:00+01:00")


@pytest.mark.parametrize(
    ("change", "expression"),
    [
        ({"identifier": []}, "Appointment.identifier"),
        ({"extension": []}, "Appointment.extension('appointmentOperator')"),
        ({"status": "arrived"}, "Appointment.status"),
        ({"start": ""}, "Appointment.start"),
        (
            {"participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}]},
            "Appointment.participant[0].actor",
        ),
        ({"participant": [{"status": "needs-action"}]}, "Appointment.participant[0].status"),
    ],
)
def test_what_an_appointment_lacks_is_named(change: dict[str, Any], expression: str) -> None:
    check_appointment(declared(*TIMES))
    with pytest.raises(Problem) as caught:
        check_appointment({**declared(*TIMES), **change})
    assert expression in [one for issue in caught.value.issues for one in issue.expression]


@pytest.mark.parametrize(
    ("change", "expression"),
    [
        ({"meta": {}}, "Practitioner.meta.source"),
        ({"active": None}, "Practitioner.active"),
        ({"identifier": []}, "Practitioner.identifier"),
        ({"name": [{"family": "SEUL"}]}, "Practitioner.name"),
    ],
)
def test_what_an_account_lacks_is_named(change: dict[str, Any], expression: str) -> None:
    assert check_account(regulator())
    with pytest.raises(Problem) as caught:
        check_account({**regulator(), **change})
    assert expression in [one for issue in caught.value.issues for one in issue.expression]
