"""Open an agenda, change its openings, close it; go on deriving its slots as days pass."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from socle.foundations.care_offer.agenda.actions.facts import asker_of, row_of
from socle.foundations.care_offer.agenda.model import IDNST, Derived, Opening
from socle.foundations.care_offer.agenda.rules import derive, may_administer, may_delete_schedule
from socle.foundations.care_offer.agenda.rules.booking import kind_of
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.care_offer.agenda.store.reading import duration_of, openings_of
from socle.foundations.care_offer.agenda.store.writing import slot_id, slot_of
from socle.kernel.audit import Trace
from socle.kernel.fhir import json
from socle.kernel.policy import Actor
from socle.kernel.store import Change, Delete, Json, Put, Unit

HORIZON: Final = timedelta(days=28)  # how far ahead slots are derived: ours
_MOST: Final = 200
BATCH: Final = 20  # agendas carried on in one transaction
AGENDA_PAGE: Final = "/agenda/agendas"


def link_of(agendas: Agendas, schedule: str) -> str:
    """Where an agenda is shown, and a regulator sent to book (Slot.comment)."""
    base = next(iter(agendas.repository.bases), "")
    origin = base.removesuffix("/agenda/fhir").removesuffix("/sas/fhir")
    return f"{origin}{AGENDA_PAGE}/{schedule}"


def horizon_at(now: datetime) -> datetime:
    """Until when slots are derived now: whole days, so that a day's work is one."""
    return (now + HORIZON).replace(hour=0, minute=0, second=0, microsecond=0)


async def admit_schedule(agendas: Agendas, put: Put, *, now: datetime, by: Actor) -> Put:
    """The change that opens or changes an agenda, with the slots that appear and those that go.

    Free slots that no opening gives any more go; taken ones stay until their appointment is moved or cancelled.
    Raises: Problem(RULE_VIOLATED) for openings that are not understood, or an agenda that is somebody else's.
    """
    schedule = {**put.resource, "id": put.id}
    row = await row_of(agendas, schedule, horizon_at(now))
    numbers = {row.number} | {known.number for known in (await agendas.schedules([put.id])).values()}
    for number in sorted(numbers):
        decision = may_administer(await asker_of(agendas, by, frozenset({number})))
        decision.or_raise(kind_of(decision))
    wanted = _derived(schedule, now, row.derived) if row.active else []
    there = {one.slot: one for one in await agendas.slots_from(put.id, now)}
    kept = {slot_id(put.id, one.start) for one in wanted}
    gone = [one for one in there.values() if one.slot not in kept and not one.busy]
    # a taken slot stays as it was taken
    held = [one for one in there.values() if one.busy]
    news = [
        one
        for one in wanted
        if slot_id(put.id, one.start) not in {taken.slot for taken in held}
        and not any(taken.start < one.end and taken.end > one.start for taken in held)
    ]
    changes: list[Change] = [*await _puts(agendas, schedule, news, now), *(Delete("Slot", one.slot) for one in gone)]
    rows = [agendas.keep_schedule(row)]
    if gone:
        rows.append(agendas.forget_slots([one.slot for one in gone]))
    if news:
        rows.append(agendas.keep_slots(put.id, news))
    return replace(put, also=[*put.also, *changes], rows=[*put.rows, *rows])


async def admit_deletion(agendas: Agendas, delete: Delete, *, now: datetime, by: Actor) -> Delete:
    """The change that closes an agenda for good, its slots with it.

    Raises: Problem(CONFLICT) while appointments are to come; Problem(RULE_VIOLATED) for somebody else's.
    """
    known = (await agendas.schedules([delete.id])).get(delete.id)
    if known is None:
        return delete
    decision = may_administer(await asker_of(agendas, by, frozenset({known.number})))
    decision.or_raise(kind_of(decision))
    slots = await agendas.slots_from(delete.id, now - timedelta(days=3650))
    coming = [one.slot for one in slots if one.busy and one.end > now]
    held = {id for ids in (await agendas.holdings(coming)).values() for id in ids}
    decision = may_delete_schedule(held)
    decision.or_raise(kind_of(decision))
    changes = [Delete("Slot", one.slot) for one in slots]
    return replace(delete, also=[*delete.also, *changes], rows=[*delete.rows, *agendas.forget_schedule(delete.id)])


async def extend(agendas: Agendas, now: datetime, *, trace: Trace) -> int:
    """Derive the slots of the days to come, for every agenda that is behind; answers how many slots were made."""
    made, horizon = 0, horizon_at(now)
    while ids := await agendas.due(horizon, limit=BATCH):
        found = await agendas.resources([("Schedule", id) for id in ids])
        known = await agendas.schedules(ids)
        changes: list[Change] = []
        rows = []
        for id in ids:
            stored = found.get(f"Schedule/{id}")
            row = replace(known[id], derived=horizon)
            if stored is not None:
                schedule: Json = json.parse(stored.body)
                news = _derived(schedule, max(now, known[id].derived), horizon)
                changes += await _puts(agendas, schedule, news, now)
                if news:
                    rows.append(agendas.keep_slots(id, news))
                made += len(news)
            else:
                row = replace(row, active=False)
            rows.append(agendas.keep_schedule(row))
        await agendas.store.commit(Unit(changes, trace, rows=rows))
    return made


def _derived(schedule: Json, start: datetime, end: datetime) -> list[Derived]:
    openings: Sequence[Opening] = openings_of(schedule)
    return derive(openings, duration_of(schedule), start, end)


async def _puts(agendas: Agendas, schedule: Json, derived: Sequence[Derived], now: datetime) -> list[Change]:
    """The slots as changes. One that is there already is replaced: its opening may have changed what it is for."""
    if not derived:
        return []
    services = await _services(agendas, {number for one in derived for number in one.opening.cpts}, now)
    link = link_of(agendas, schedule["id"])
    puts: list[Change] = []
    for one in derived:
        slot = slot_of(schedule, one, services=services, link=link)
        puts.append(agendas.repository.put(slot, id=slot["id"]))
    return puts


async def _services(agendas: Agendas, numbers: set[str], now: datetime) -> dict[str, str]:
    """The HealthcareService by which each of these CPTS is named, by its FINESS."""
    if not numbers:
        return {}
    organizations = await _found(agendas, "Organization", "identifier", (f"{IDNST}|{n}" for n in sorted(numbers)), now)
    by_id = {
        one["id"]: str(identifier.get("value", ""))
        for one in organizations
        for identifier in one.get("identifier", ())
        if identifier.get("system") == IDNST
    }
    if not by_id:
        return {}
    services = await _found(agendas, "HealthcareService", "organization", (f"Organization/{id}" for id in by_id), now)
    found: dict[str, str] = {}
    for service in services:
        organization = service.get("providedBy", {}).get("reference", "").rpartition("/")[2]
        if organization in by_id:
            found.setdefault(by_id[organization], service["id"])
    return found


async def _found(agendas: Agendas, kind: str, name: str, values: Iterable[str], now: datetime) -> list[Json]:
    """Resources of one type that match, at most `_MOST`."""
    criteria = [(name, ",".join(values))]
    ids = await agendas.repository.find(kind, criteria, now=now, limit=_MOST)
    return [json.parse(one.body) for one in (await agendas.resources((kind, id) for id, _ in ids)).values()]
