"""What resources of agendas say, in the words of the guides and of their former versions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from socle.foundations.care_offer.agenda.model import (
    ACT_CODE,
    APPOINTMENT_REASON,
    IDNPS,
    IDNST,
    TYPE_CRENEAU,
    Consultation,
    Opening,
    Recurrence,
    Standing,
    Status,
    TypeCreneau,
    numero_structure,
)
from socle.foundations.care_offer.agenda.model.opening import DAYS
from socle.foundations.care_offer.agenda.rules.forms import moment
from socle.foundations.care_offer.agenda.store.names import (
    AVAILABILITY,
    DURATION,
    FORMER_AVAILABILITY,
    FORMER_DURATION,
    FORMER_OPERATOR,
    OPERATOR,
)
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import Json

DEFAULT_DURATION: Final = timedelta(minutes=15)
_MINUTES: Final[Mapping[str, float]] = {"min": 1, "h": 60, "s": 1 / 60}
_Code = TypeVar("_Code", TypeCreneau, Consultation)
_BY_DAY: Final = re.compile(f"([+-]?[0-9]{{1,2}})?({'|'.join(DAYS)})")
_PLACE: Final = "Schedule.extension('availabilityTime')"


def openings_of(schedule: Json) -> list[Opening]:
    """The openings and closings that a Schedule declares. Raises: Problem(RULE_VIOLATED) that names the part."""
    return [
        _opening(_parts(each), rank)
        for rank, each in enumerate(schedule.get("extension", ()))
        if each.get("url") in (AVAILABILITY, FORMER_AVAILABILITY)
    ]


def duration_of(schedule: Json) -> timedelta:
    """How long a slot is: the first duration that a Schedule gives to a service, a quarter of an hour when it gives none.

    Raises: Problem(RULE_VIOLATED) when it is no time between five minutes and a day.
    """
    for each in schedule.get("extension", ()):
        if each.get("url") not in (DURATION, FORMER_DURATION):
            continue
        for part in each.get("extension", ()):
            said = part.get("valueDuration")
            if part.get("url") == "duration" and said:
                minutes = float(said.get("value", 0)) * _MINUTES.get(said.get("code", said.get("unit", "")), 0)
                if not 5 <= minutes <= 1440:
                    raise Problem.of(
                        Kind.RULE_VIOLATED,
                        "La durée d'un créneau va de 5 minutes à un jour, en s, min ou h (UCUM).",
                        "A slot lasts from 5 minutes to a day, in s, min or h (UCUM).",
                        expression="Schedule.extension('serviceTypeDuration').extension('duration')",
                        rule="AGD-DUREE",
                    )
                return timedelta(minutes=minutes)
    return DEFAULT_DURATION


def motives_of(schedule: Json) -> list[str]:
    """What one comes for, in words: the texts of the services that have a duration."""
    return [
        part["valueCodeableConcept"]["text"]
        for each in schedule.get("extension", ())
        if each.get("url") in (DURATION, FORMER_DURATION)
        for part in each.get("extension", ())
        if part.get("url") == "serviceType" and part.get("valueCodeableConcept", {}).get("text")
    ]


def _opening(parts: Mapping[str, list[Any]], rank: int) -> Opening:
    start, end = _moment(parts, "start"), _moment(parts, "end")
    kind = next((part.get("code") for part in parts.get("type", ())), None)
    if kind not in ("free", "busy-unavailable", "busy"):
        raise _wrong("type", "le type est « free » ou « busy-unavailable »", "the type is “free” or “busy-unavailable”")
    marks: dict[str, list[str]] = {}
    for identifier in parts.get("identifier", ()):
        marks.setdefault(identifier.get("system", ""), []).append(str(identifier.get("value", "")))
    known = (TYPE_CRENEAU, ACT_CODE, APPOINTMENT_REASON, IDNST)
    key = next((values[0] for system, values in marks.items() if system not in known), str(rank))
    return Opening(
        key=key,
        start=start,
        end=end,
        closed=kind != "free",
        recurrence=_recurrence(parts["rrule"][0]) if parts.get("rrule") else None,
        access=_codes(marks.get(TYPE_CRENEAU, ()), TypeCreneau, {TypeCreneau.PUBLIC}),
        consultations=_codes(marks.get(ACT_CODE, ()), Consultation, {Consultation.AMB}),
        walk_in="WALKIN" in marks.get(APPOINTMENT_REASON, ()),
        cpts=tuple(numero_structure(value) for value in marks.get(IDNST, ())),
    )


def _recurrence(parts: Mapping[str, list[Any]]) -> Recurrence:
    days: set[int] = set()
    ordinals: set[tuple[int, int]] = set()
    for said in (one for text in parts.get("byDay", ()) for one in str(text).upper().split(",")):
        found = _BY_DAY.fullmatch(said.strip())
        if found is None:
            raise _wrong(
                "rrule.byDay",
                "un jour s'écrit MO TU WE TH FR SA SU, avec MONTHLY son rang peut le précéder (2TU, -1FR)",
                "a day is written MO TU WE TH FR SA SU, with MONTHLY its rank may come before (2TU, -1FR)",
            )
        day = DAYS.index(found[2])
        if found[1]:
            ordinals.add((int(found[1]), day))
        else:
            days.add(day)
    other = sorted(set(parts) & {"bySecond", "byMinute", "byHour", "byYearDay", "byWeekNo", "byMonth"})
    if other:
        raise _wrong(
            f"rrule.{other[0]}",
            "cette règle de répétition n'est pas tenue ici : freq, interval, byDay, byMonthDay, until et count le sont",
            "this rule of recurrence is not kept here: freq, interval, byDay, byMonthDay, until and count are",
        )
    until = parts.get("until")
    return Recurrence(
        frequency=str(parts["freq"][0].get("code", "")) if parts.get("freq") else "",
        interval=int(parts["interval"][0]) if parts.get("interval") else 1,
        days=frozenset(days),
        until=moment(str(until[0]), end=True) if until else None,
        count=int(parts["count"][0]) if parts.get("count") else None,
        ordinals=frozenset(ordinals),
        month_days=frozenset(int(day) for day in parts.get("byMonthDay", ())),
    )


def _parts(extension: Json) -> dict[str, list[Any]]:
    """The parts of an extension, by url: their values, or their own parts."""
    found: dict[str, list[Any]] = {}
    for part in extension.get("extension", ()):
        value = next((value for name, value in part.items() if name.startswith("value")), None)
        found.setdefault(part.get("url", ""), []).append(_parts(part) if value is None else value)
    return found


def _moment(parts: Mapping[str, list[Any]], name: str) -> datetime:
    found = moment(str(parts[name][0])) if parts.get(name) else None
    if found is None:
        raise _wrong(name, f"il faut « {name} », une date et une heure", f"“{name}” is needed, a date and a time")
    return found


def _codes(values: Iterable[str], codes: type[_Code], default: set[_Code]) -> frozenset[_Code]:
    found: set[_Code] = set()
    for value in values:
        if value not in codes.__members__:
            listed = ", ".join(codes.__members__)
            raise _wrong("identifier", f"« {value[:40]} » : {listed}", f"“{value[:40]}”: {listed}")
        found.add(codes(value))
    return frozenset(found or default)


def _wrong(part: str, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.RULE_VIOLATED,
        f"Ouverture illisible : {fr}.",
        f"Opening not understood: {en}.",
        expression=f"{_PLACE}.extension('{part}')",
        rule="AGD-OUVERTURE",
    )


def standing_of(appointment: Json) -> Standing:
    """Where an Appointment stands. Raises: Problem(RULE_VIOLATED) for a status that no guide uses (waitlist)."""
    code = appointment.get("status", "")
    if code not in {status.value for status in Status}:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"Le statut « {code[:40]} » n'est pas tenu ici : {', '.join(Status)}.",
            f"The status “{code[:40]}” is not kept here: {', '.join(Status)}.",
            expression="Appointment.status",
            rule="AGD-RDV-STATUT",
        )
    start, end = (moment(appointment[name]) if appointment.get(name) else None for name in ("start", "end"))
    slots = tuple(references(appointment.get("slot", ()), "Slot"))
    return Standing(Status(code), start, end, slots)


def references(values: Iterable[Any], resource_type: str) -> list[str]:
    """The ids of the local references of one type."""
    found = []
    for value in values:
        kind, _, id = str(value.get("reference", "")).rpartition("/")
        if kind.rpartition("/")[2] == resource_type and id:
            found.append(id)
    return found


def actors_of(appointment: Json) -> Sequence[Json]:
    """Who takes part: the references of participants."""
    return [part["actor"] for part in appointment.get("participant", ()) if part.get("actor")]


def numbers_of(appointment: Json) -> list[str]:
    """National identifiers of the professionals who take part, as they are written."""
    return [
        str(identifier.get("value", ""))
        for actor in actors_of(appointment)
        if (identifier := actor.get("identifier")) and identifier.get("system") == IDNPS
    ]


def operator_of(appointment: Json) -> Json:
    """The identifier of whoever took the appointment (appointmentOperator), {} when it does not say."""
    for each in appointment.get("extension", ()):
        if each.get("url") in (OPERATOR, FORMER_OPERATOR):
            return dict(each.get("valueReference", {}).get("identifier", {}))
    return {}
