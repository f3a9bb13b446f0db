"""What pages read: free slots within one's access, an agenda's week, an appointment; a person's data leave their trace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from socle.foundations.care_offer.agenda.actions.facts import asker_of
from socle.foundations.care_offer.agenda.model import ZONE, Status, TypeCreneau
from socle.foundations.care_offer.agenda.permissions import HOLDER, PLATFORM, REGULATOR, SOFTWARE
from socle.foundations.care_offer.agenda.rules import Asker, may_see
from socle.foundations.care_offer.agenda.rules.forms import check_window
from socle.foundations.care_offer.agenda.store.agendas import Agendas, ScheduleRow, SlotRow, Wanted
from socle.foundations.care_offer.agenda.store.reading import actors_of, operator_of, references, standing_of
from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.store import Json, Stored

MOST: Final = 1_000  # slots on one page of the finder
_SEEN: Final[Mapping[str, frozenset[TypeCreneau]]] = {
    REGULATOR: frozenset({TypeCreneau.PUBLIC, TypeCreneau.PRO, TypeCreneau.SNP}),
    PLATFORM: frozenset({TypeCreneau.PUBLIC, TypeCreneau.PRO, TypeCreneau.SNP}),
    HOLDER: frozenset({TypeCreneau.PUBLIC, TypeCreneau.PRO}),
    SOFTWARE: frozenset(TypeCreneau),
}


@dataclass(frozen=True, slots=True)
class Rdv:
    """An appointment for the eye. `patient` is "" when nobody is named: a regulator names no one."""

    id: str
    version: int
    status: Status
    start: datetime | None
    end: datetime | None
    slots: tuple[str, ...]
    patient: str
    motive: str
    operator: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A slot of a week, and the appointments that hold it (none for whoever may not see them)."""

    slot: SlotRow
    rdvs: tuple[Rdv, ...] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of an agenda from a Monday; `keeps` says that the reader keeps it."""

    schedule: ScheduleRow
    days: tuple[tuple[date, tuple[Taken, ...]], ...]
    keeps: bool


def access_of(by: Actor) -> frozenset[TypeCreneau]:
    """The types of slots that somebody may see: the public ones for anyone. Source: TRE_R314."""
    return frozenset({TypeCreneau.PUBLIC}).union(*(_SEEN.get(role, frozenset()) for role in by.roles))


async def find(
    agendas: Agendas, wanted: Wanted, *, a_day: int | None = None, by: Actor
) -> list[tuple[SlotRow, ScheduleRow]]:
    """Free slots by time, within the reader's access, `MOST` and one more at most; `a_day` at most of an agenda each day.

    They concern no patient: no trace.

    Raises: Problem(TOO_COSTLY) for too long a window.
    """
    check_window(wanted.start, wanted.end, "jours")
    return await agendas.free(replace(wanted, access=access_of(by)), limit=MOST + 1, a_day=a_day)


async def one_slot(agendas: Agendas, id: str, *, by: Actor) -> tuple[SlotRow, ScheduleRow]:
    """A slot and its agenda. Raises: Problem(NOT_FOUND) also for one that the reader may not see."""
    found = await agendas.slots([id])
    rows = await agendas.schedules([one.schedule for one in found])
    for slot in found:
        row = rows[slot.schedule]
        if slot.access & access_of(by) or await asker_of(agendas, by, frozenset({row.number})) is Asker.HOLDER:
            return slot, row
    raise Problem.of(
        Kind.NOT_FOUND,
        "Ce créneau n'existe pas ou n'existe plus : cherchez-en un autre.",
        "This slot does not exist, or no longer: search another.",
    )


async def week_of(agendas: Agendas, schedule: str, monday: date, *, by: Actor, trace: Trace) -> Week:
    """A week of an agenda. Who keeps it sees its appointments, and leaves a trace; others see what is free and taken.

    Raises: Problem(NOT_FOUND).
    """
    row = (await agendas.schedules([schedule])).get(schedule)
    if row is None:
        raise Problem.of(Kind.NOT_FOUND, "Cet agenda n'existe pas.", "There is no such agenda.")
    start = datetime.combine(monday, datetime.min.time(), ZONE)
    slots = await agendas.slots_between([schedule], start, start + timedelta(days=7))
    asker = await asker_of(agendas, by, frozenset({row.number}))
    decision = may_see(asker, own=False)
    held: Mapping[str, list[Rdv]] = {}
    if decision.allowed:
        held = await _held(agendas, [one.slot for one in slots if one.busy], replace(trace, ground=decision.reason))
    else:
        seen = access_of(by)
        slots = [one for one in slots if one.access & seen]
    days = [monday + timedelta(days=n) for n in range(7)]
    by_day: dict[date, list[Taken]] = {day: [] for day in days}
    for slot in slots:
        at = slot.start.astimezone(ZONE).date()
        if at in by_day:
            by_day[at].append(Taken(slot, tuple(held.get(slot.slot, ()))))
    return Week(row, tuple((day, tuple(found)) for day, found in by_day.items()), decision.allowed)


async def _held(agendas: Agendas, slots: Sequence[str], trace: Trace) -> dict[str, list[Rdv]]:
    holdings = await agendas.holdings(slots)
    ids = sorted({id for several in holdings.values() for id in several})
    found = await agendas.resources(("Appointment", id) for id in ids)
    rdvs = await _rdvs(agendas, found.values(), trace, "week")
    return {slot: [rdvs[id] for id in several if id in rdvs] for slot, several in holdings.items()}


async def rdv_of(agendas: Agendas, id: str, *, by: Actor, trace: Trace) -> tuple[Rdv, ScheduleRow | None, bool]:
    """An appointment, its agenda (None when it is not kept here), and whether the reader keeps it.

    Raises: Problem(NOT_FOUND) when there is none; Problem(UNAUTHENTICATED | FORBIDDEN), with its trace.
    """
    stored = await agendas.store.read("Appointment", id)
    if stored is None or stored.deleted:
        raise Problem.of(Kind.NOT_FOUND, "Ce rendez-vous n'existe pas.", "There is no such appointment.")
    appointment: Json = json.parse(stored.body)
    slots = await agendas.slots(await agendas.held_by(id) or standing_of(appointment).slots)
    rows = await agendas.schedules([one.schedule for one in slots[:1]])
    row = next(iter(rows.values()), None)
    asker = await asker_of(agendas, by, frozenset({row.number}) if row else frozenset())
    number = await agendas.number_of(by.id)
    own = bool(number) and operator_of(appointment).get("value") == number
    decision = may_see(asker, own=own)
    if not decision.allowed:
        concerns = (stored.subject,) if stored.subject else ()
        refused = Event(
            replace(trace, ground="refused"), Action.READ, Outcome.REFUSED, (f"Appointment/{id}",), concerns,
            detail=decision.requirement,
        )  # fmt: skip
        await agendas.store.record(refused)
        decision.or_raise(Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED)
    found = await _rdvs(agendas, [stored], replace(trace, ground=decision.or_raise().reason), "")
    return found[id], row, asker in (Asker.HOLDER, Asker.SOFTWARE)


async def _rdvs(agendas: Agendas, found: Iterable[Stored], trace: Trace, query: str) -> dict[str, Rdv]:
    """Appointments for the eye, with the names of their patients; the trace is durable before they are shown."""
    every = list(found)
    if not every:
        return {}
    parsed: dict[str, Json] = {one.id: json.parse(one.body) for one in every}
    patients = {id: next(iter(references(actors_of(one), "Patient")), "") for id, one in parsed.items()}
    named = await agendas.resources(("Patient", id) for id in patients.values() if id)
    entities = tuple(f"Appointment/{one.id}/_history/{one.version}" for one in every)
    concerns = tuple(dict.fromkeys(one.subject for one in every if one.subject))
    action = Action.EXECUTE if query else Action.READ
    await agendas.store.record(Event(trace, action, entities=entities, concerns=concerns, query=query))
    return {one.id: _rdv(one, parsed[one.id], named.get(f"Patient/{patients[one.id]}")) for one in every}


def _rdv(stored: Stored, appointment: Json, patient: Stored | None) -> Rdv:
    standing = standing_of(appointment)
    name: Json = next(iter(json.parse(patient.body).get("name", ())), {}) if patient is not None else {}
    parts = [*name.get("given", ()), name.get("family", "")]
    return Rdv(
        stored.id,
        stored.version,
        standing.status,
        standing.start,
        standing.end,
        standing.slots,
        str(name.get("text") or " ".join(part for part in parts if part)),
        str(appointment.get("description", "")),
        str(operator_of(appointment).get("value", "")),
    )
