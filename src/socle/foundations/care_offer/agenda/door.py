"""What agendas add to the care offer: servers, pages, permissions, tables, work in the background."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from socle.foundations.care_offer.agenda import demo, hub
from socle.foundations.care_offer.agenda.actions import carrying, listing, notices, schedules
from socle.foundations.care_offer.agenda.api import ENDPOINTS, REGISTER
from socle.foundations.care_offer.agenda.pages import routes
from socle.foundations.care_offer.agenda.permissions import PERMISSIONS
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.audit import Trace
from socle.kernel.module import WELL, Entry, Health, House, Job, Reaction, degraded
from socle.kernel.outcome import Text
from socle.kernel.store import Stored

__all__ = [
    "ENDPOINTS", "ENTRIES", "JOBS", "PERIODS", "PERMISSIONS", "REACTIONS", "SCHEMAS", "health", "routes", "start",
]  # fmt: skip

SCHEMAS: Final = {REGISTER.name: "socle.foundations.care_offer.agenda"}
EXTEND: Final = "agenda:extend"
CARRY: Final = "agenda:hub"
ENTRIES: Final = (
    Entry(
        "/agenda",
        Text("Où trouver un rendez-vous ?", "Where to find an appointment?"),
        Text("Les créneaux libres, par lieu, jour et spécialité.", "Free slots, by place, day and specialty."),
    ),
)


def agendas_of(house: House) -> Agendas:
    """The agendas of the house."""
    return Agendas(house.repositories[REGISTER.name])


def _trace(house: House, interaction: str) -> Trace:
    by = demo.HOUSE
    return Trace(by.id, "Socle", "publisher", "", "system", "house", house.clock(), REGISTER.name, interaction)


async def start(house: House) -> None:
    """Agendas to look at, in a demonstration house; and the slots of the days to come."""
    agendas = agendas_of(house)
    hub.connect(
        agendas.repository,
        hub.LocalHub(agendas, house.clock) if house.settings.demo else None,
        os.environ.get("SOCLE_HUB_SAMU", ""),
    )
    await listing.seal_kept(agendas, trace=_trace(house, "sas:publisher"))
    if house.settings.demo:
        await demo.fill(agendas, house.clock(), trace=_trace(house, "agenda:demo"))
    await schedules.extend(agendas, house.clock(), trace=_trace(house, EXTEND))


async def _extend(house: House, arguments: Mapping[str, Any]) -> None:
    await schedules.extend(agendas_of(house), house.clock(), trace=_trace(house, EXTEND))


async def _tell(house: House, versions: Sequence[Stored]) -> None:
    agendas = agendas_of(house)
    told = 0
    for stored in versions:
        told += await notices.tell(agendas, stored, now=house.clock(), trace=_trace(house, notices.CONSUMER))
    if told:
        await carrying.carry(agendas, now=house.clock(), trace=_trace(house, CARRY))


async def _carry(house: House, arguments: Mapping[str, Any]) -> None:
    await carrying.carry(agendas_of(house), now=house.clock(), trace=_trace(house, CARRY))


async def health(house: House) -> Health:
    """Slots are derived for the days to come: a house at rest for long is behind until the next night's work."""
    behind = await agendas_of(house).due(house.clock() + timedelta(days=1), limit=1)
    if behind:
        return degraded(
            "Des agendas n'ont plus de créneaux à venir : le travail « agenda:extend » ne passe plus.",
            "Some agendas have no slots to come any more: the job “agenda:extend” no longer runs.",
        )
    dead = await carrying.dead(agendas_of(house))
    if dead:
        return degraded(
            f"{dead} message(s) au Hub Santé n'ont pas été remis : voyez /agenda/hub.",
            f"{dead} message(s) to the Hub Santé were not delivered: see /agenda/hub.",
        )
    return WELL


JOBS: Final[dict[str, Job]] = {EXTEND: _extend, CARRY: _carry}
PERIODS: Final = {EXTEND: timedelta(hours=12), CARRY: timedelta(minutes=1)}
REACTIONS: Final = (Reaction(REGISTER.name, notices.CONSUMER, ("Appointment",), _tell),)
