"""Take an appointment, move it, cancel it, say what became of it: one rule for every door."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from socle.foundations.care_offer.agenda.actions.facts import asker_of
from socle.foundations.care_offer.agenda.model import IDNPS, SAS, Standing, Status, numero_ps
from socle.foundations.care_offer.agenda.rules import Asker, may_change, may_declare, may_take, next_status
from socle.foundations.care_offer.agenda.rules.booking import kind_of, may_last
from socle.foundations.care_offer.agenda.store.agendas import Agendas, ScheduleRow, SlotRow, Statement
from socle.foundations.care_offer.agenda.store.names import CORE_ID, OPERATOR, OURS
from socle.foundations.care_offer.agenda.store.reading import (
    actors_of,
    numbers_of,
    operator_of,
    references,
    standing_of,
)
from socle.foundations.care_offer.agenda.store.writing import APPOINTMENT_PROFILE, written
from socle.kernel.audit import Trace
from socle.kernel.fhir import json
from socle.kernel.outcome import Decision, Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.store import Change, Json, Put, Stored, Unit

_ATTEMPTS: Final = 4


@dataclass(frozen=True, slots=True)
class Admission:
    """A change of an appointment, allowed: what to commit, and on what ground."""

    put: Put
    ground: str


async def admit_appointment(
    agendas: Agendas,
    put: Put,
    before: Json | None,
    *,
    now: datetime,
    by: Actor,
    overbook: bool = False,
    declares: bool = False,
) -> Admission:
    """The change that an Appointment asks for, with its slots taken or let go, all or nothing.

    overbook  the holder of the agenda takes a slot that is taken
    declares  it comes to the SAS: its regulator must have an account
    Raises: Problem(CONFLICT) for a slot that is taken; Problem(RULE_VIOLATED) for what the tables and rules refuse.
    """
    appointment = dict(put.resource)
    after = standing_of(appointment)
    _allowed(may_last(after))
    was = standing_of(before) if before is not None else None
    schedules = await _schedules(agendas, appointment)
    wanted = await _wanted(agendas, after, schedules)
    if wanted:
        schedules = list((await agendas.schedules(sorted({one.schedule for one in wanted}))).values())
    held = await agendas.held_by(put.id) if was is not None else []
    after = replace(after, slots=tuple(one.slot for one in wanted) if after.slots or not held else after.slots)
    if was is not None:
        was = replace(was, slots=tuple(sorted(held)) if held else was.slots)
        after = replace(after, slots=tuple(sorted(after.slots)))
    ground = _allowed(next_status(was, after, now=now))
    asker = await _asker(agendas, by, appointment, schedules, declares=declares)
    takes = [one for one in wanted if after.status.holds and one.slot not in held]
    for one in takes:
        ground = _allowed(may_take(one.taken, asker, now=now, overbook=overbook))
    if before is not None or not takes:
        ground = _allowed(may_change(asker, own=await _took(agendas, by, before, declares)))
    keeps = {one.slot for one in wanted} if after.status.holds else set()
    gone = [slot for slot in held if slot not in keeps]
    changes, rows = await _moves(agendas, put.id, takes, gone)
    _complete(appointment, put.id, wanted, after, now)
    stored = agendas.repository.put(appointment, id=put.id, expect=put.expect, fresh=put.fresh)
    return Admission(replace(stored, also=[*put.also, *changes], rows=[*put.rows, *rows]), ground)


async def _schedules(agendas: Agendas, appointment: Json) -> list[ScheduleRow]:
    """The agendas of the professionals who take part, those that are kept here."""
    actors = actors_of(appointment)
    return await agendas.schedules_of(
        numbers=[numero_ps(number) for number in numbers_of(appointment)],
        practitioners=references(actors, "Practitioner"),
        roles=references(actors, "PractitionerRole"),
    )


async def _wanted(agendas: Agendas, after: Standing, schedules: Sequence[ScheduleRow]) -> list[SlotRow]:
    """The slots that an appointment wants: those that it names, else those that its time touches.

    Raises: Problem(RULE_VIOLATED) when one that it names is not there, or its time is outside them.
    """
    if after.slots:
        found = await agendas.slots(after.slots)
        if len(found) < len(set(after.slots)):
            missing = sorted(set(after.slots) - {one.slot for one in found})
            raise _wrong(
                f"Le créneau Slot/{missing[0]} n'existe pas : cherchez les créneaux libres.",
                f"The slot Slot/{missing[0]} does not exist: search the free slots.",
                "Appointment.slot",
                "AGD-CRENEAU",
            )
        if len({one.schedule for one in found}) > 1:
            raise _wrong(
                "Les créneaux d'un rendez-vous sont d'un même agenda.",
                "The slots of an appointment are of one agenda.",
                "Appointment.slot",
                "AGD-CRENEAU",
            )
        low, high = min(one.start for one in found), max(one.end for one in found)
        if (after.start and after.start < low) or (after.end and after.end > high):
            raise _wrong(
                "Les heures du rendez-vous débordent de ses créneaux.",
                "The times of the appointment go beyond its slots.",
                "Appointment.start",
                "AGD-CRENEAU",
            )
        return found
    if not (after.start and after.end and after.status.holds and schedules):
        return []
    return await agendas.slots_between([one.schedule for one in schedules], after.start, after.end)


async def _asker(
    agendas: Agendas, by: Actor, appointment: Json, schedules: Sequence[ScheduleRow], *, declares: bool
) -> Asker:
    numbers = frozenset(one.number for one in schedules if one.number)
    numbers = numbers or frozenset(numero_ps(one) for one in numbers_of(appointment))
    asker = await asker_of(agendas, by, numbers)
    if declares:
        operator = operator_of(appointment)
        if not operator.get("value"):
            raise _wrong(
                "Un rendez-vous transmis au SAS nomme son régulateur (extension FrAppointmentOperator, par identifiant).",
                "An appointment sent to the SAS names its regulator (extension FrAppointmentOperator, by identifier).",
                "Appointment.extension('appointmentOperator')",
                "SAS-REGULATEUR",
            )
        decision = may_declare(Asker.OTHER, active=await account_of(agendas, operator))
        _allowed(decision)
        return Asker.REGULATOR
    return asker


async def account_of(agendas: Agendas, operator: Json) -> bool | None:
    """Whether the regulator's account with this identifier is active; None when there is no such account."""
    rows = await agendas.store.query(
        f"SELECT active FROM {agendas.schema}.regulator WHERE system = $1 AND value = $2",
        str(operator.get("system", "")),
        str(operator.get("value", "")),
    )
    return bool(rows[0]["active"]) if rows else None


async def _moves(
    agendas: Agendas, id: str, takes: Sequence[SlotRow], gone: Sequence[str]
) -> tuple[list[Change], list[Statement]]:
    """New versions of the slots that change hands, each against the version that was read, and the holdings."""
    if not takes and not gone:
        return [], []
    others = {slot: [one for one in ids if one != id] for slot, ids in (await agendas.holdings(gone)).items()}
    free = [slot for slot in gone if not others.get(slot)]
    over = [one.slot for one in takes if one.busy]
    found = await agendas.resources(("Slot", slot) for slot in (*(one.slot for one in takes), *free))
    changes: list[Change] = []
    for reference, stored in found.items():
        slot: Json = json.parse(stored.body)
        taken = stored.id not in free
        if taken and slot.get("status") != "free" and stored.id not in over:
            raise _stale()
        slot["status"] = "busy" if taken else "free"
        slot.pop("overbooked", None)
        if stored.id in over:
            slot["overbooked"] = True
        changes.append(agendas.repository.put(slot, id=reference.partition("/")[2], expect=stored.version))
    rows: list[Statement] = agendas.release(id, gone, free=free) if gone else []
    rows += agendas.hold(id, [one.slot for one in takes], overbooked=over) if takes else []
    return changes, rows


async def _took(agendas: Agendas, by: Actor, before: Json | None, declares: bool) -> bool:
    """Whether a regulator is at home in this appointment: it is new, it comes by the SAS, or they took it themselves."""
    if before is None or declares:
        return True
    number = await agendas.number_of(by.id)
    return bool(number) and operator_of(before).get("value") == number


def _stale() -> Problem:
    return Problem.of(
        Kind.CONFLICT,
        "Ce créneau vient d'être pris. Choisissez-en un autre.",
        "This slot has just been taken. Choose another.",
        expression="Appointment.slot",
        rule="AGD-CRENEAU-PRIS",
    )


def _complete(appointment: Json, id: str, wanted: Sequence[SlotRow], after: Standing, now: datetime) -> None:
    """What an appointment must say and may leave out: its slots, its times, its identifier, when it was made."""
    if wanted:
        appointment["slot"] = [{"reference": f"Slot/{one.slot}"} for one in wanted]
        if after.status.holds:
            appointment.setdefault("start", written(wanted[0].start))
            appointment.setdefault("end", written(wanted[-1].end))
    appointment.setdefault("identifier", [{"system": OURS, "value": id}])
    appointment.setdefault("created", written(now))


def _allowed(decision: Decision) -> str:
    return decision.or_raise(kind_of(decision)).reason


def _wrong(fr: str, en: str, expression: str, rule: str) -> Problem:
    return Problem.of(Kind.RULE_VIOLATED, fr, en, expression=expression, rule=rule)


# -- for pages: the same rule, from words instead of a resource --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for at a page.

    patient  a reference or an identifier of the patient; {} for a regulator: the SAS guide has no patient
    """

    slot: str
    motive: str = ""
    patient: Json | None = None
    overbook: bool = False


async def book(agendas: Agendas, wish: Wish, *, by: Actor, trace: Trace) -> Stored:
    """Take a slot: the appointment is booked at once. Raises: as `admit_appointment`."""

    async def attempt() -> Stored:
        slots = await agendas.slots([wish.slot])
        if not slots:
            raise _wrong(
                "Ce créneau n'existe plus : l'agenda a changé. Cherchez-en un autre.",
                "This slot is no longer there: the agenda changed. Search another.",
                "Appointment.slot",
                "AGD-CRENEAU",
            )
        row = (await agendas.schedules([slots[0].schedule]))[slots[0].schedule]
        id = str(uuid4())
        resource = await _appointment(agendas, id, wish, slots[0], row, by, trace.at)
        put = agendas.repository.put(resource, id=id, fresh=True)
        admission = await admit_appointment(agendas, put, None, now=trace.at, by=by, overbook=wish.overbook)
        unit = Unit([admission.put], replace(trace, ground=trace.ground or admission.ground))
        return (await agendas.store.commit(unit))[0]

    return await _again(attempt)


async def change(
    agendas: Agendas,
    id: str,
    status: Status | None = None,
    *,
    slot: str = "",
    version: int | None = None,
    by: Actor,
    trace: Trace,
) -> Stored:
    """Say what becomes of an appointment, or move it to another slot.

    version  the one that the caller saw: Problem(CONFLICT) when it is no longer the current one
    Raises: Problem(NOT_FOUND); as `admit_appointment`.
    """

    async def attempt() -> Stored:
        stored = await agendas.store.read("Appointment", id)
        if stored is None or stored.deleted:
            raise Problem.of(Kind.NOT_FOUND, "Ce rendez-vous n'existe pas.", "There is no such appointment.")
        if version is not None and stored.version != version:
            raise Problem.of(
                Kind.CONFLICT,
                "Quelqu'un a changé ce rendez-vous entre-temps : relisez-le, puis recommencez.",
                "Somebody changed this appointment meanwhile: read it again, then retry.",
                expression="Appointment.status",
                rule="FHIR R4 http.html#concurrency",
            )
        before: Json = json.parse(stored.body)
        after: dict[str, Any] = {**before}
        if status is not None:
            after["status"] = status.value
        if slot:
            after["slot"] = [{"reference": f"Slot/{slot}"}]
            after.pop("start", None)
            after.pop("end", None)
        put = agendas.repository.put(after, id=id, expect=stored.version)
        admission = await admit_appointment(agendas, put, before, now=trace.at, by=by)
        unit = Unit([admission.put], replace(trace, ground=trace.ground or admission.ground))
        return (await agendas.store.commit(unit))[0]

    return await (attempt() if version is not None else _again(attempt))


async def _again(attempt: Any) -> Stored:
    """Try anew when somebody else wrote in between: the rule then says whether the slot is still free."""
    for _ in range(_ATTEMPTS - 1):
        try:
            done: Stored = await attempt()
            return done
        except Problem as problem:
            if problem.kind is not Kind.PRECONDITION_FAILED:
                raise
    last: Stored = await attempt()
    return last


async def _appointment(
    agendas: Agendas, id: str, wish: Wish, slot: SlotRow, row: ScheduleRow, by: Actor, now: datetime
) -> Json:
    """The Appointment that a wish asks for, booked, as FR Core writes it."""
    operator = await _operator(agendas, by)
    who: Json = {"status": "accepted"}
    if row.kind == "PS" and row.number:
        kind = {"coding": [{"system": CORE_ID, "code": "IDNPS"}]}
        who["actor"] = {"identifier": {"type": kind, "system": IDNPS, "value": row.number}, "display": row.name}
        if row.practitioner:
            who["actor"]["reference"] = f"Practitioner/{row.practitioner}"
    elif row.location:
        who["actor"] = {"reference": f"Location/{row.location}", "display": row.name}
    participants = [who]
    if wish.patient:
        participants.append({"actor": wish.patient, "status": "accepted"})
    appointment: dict[str, Any] = {
        "resourceType": "Appointment",
        "id": id,
        "meta": {"profile": [APPOINTMENT_PROFILE]},
        "status": "booked",
        "start": written(slot.start),
        "end": written(slot.end),
        "slot": [{"reference": f"Slot/{slot.slot}"}],
        "created": written(now),
        "participant": participants,
    }
    if operator:
        appointment["extension"] = [{"url": OPERATOR, "valueReference": {"identifier": operator, "display": by.name}}]
    if wish.motive:
        appointment["description"] = wish.motive[:500]
    return appointment


async def _operator(agendas: Agendas, by: Actor) -> Json:
    """The identifier of whoever books, when the house knows one: of a professional, of a regulator's account."""
    number = await agendas.number_of(by.id)
    if not number:
        return {}
    system = IDNPS if number[:1] in "038" and "-" not in number else SAS
    code = "IDNPS" if system == IDNPS else "INTRN"
    return {"type": {"coding": [{"system": CORE_ID, "code": code}]}, "system": system, "value": number}
