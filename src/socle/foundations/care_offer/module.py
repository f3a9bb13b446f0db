"""The care offer in the house.

Each part (`agenda`…) brings its own endpoints, routes, permissions, schemas, jobs; they are gathered here.
"""

from collections.abc import Sequence
from typing import Final

from starlette.routing import BaseRoute

from socle.foundations.care_offer import api, demo, pages, permissions
from socle.foundations.care_offer.actions import alarms, communes, extraction
from socle.foundations.care_offer.agenda import door as agenda
from socle.foundations.care_offer.api import extraction as exported
from socle.foundations.care_offer.api import synchro
from socle.kernel.module import Chapter, Door, Entry, Health, House, Module, Room, degraded
from socle.kernel.outcome import Text


def _routes(house: House) -> Sequence[BaseRoute]:
    return [*pages.routes(house), *synchro.routes(house), *exported.routes(house), *agenda.routes(house)]


async def start(house: House) -> None:
    """The communes that ship; the synthetic offers in a demonstration house; what each part needs."""
    await communes.ship(house.database, trace=demo.trace_at(house.clock()))
    if house.settings.demo:
        await demo.fill(house.repositories[permissions.REGISTER], house.clock())
    await agenda.start(house)


async def health(house: House) -> Health:
    """Beds are counted in time; each part is well."""
    late = await alarms.open_count(house.database)
    if late:
        return degraded(
            f"Les lits de {late} lieux n'ont pas été comptés à temps : voyez /offre/alarmes.",
            f"The beds of {late} places were not counted in time: see /offre/alarmes.",
        )
    return await agenda.health(house)


MODULE: Final = Module(
    name="foundations.care_offer",
    room=Room.FOUNDATIONS,
    title=Text("Offre de santé (ROR)", "Care offer (ROR)"),
    summary=Text(
        "Décrire et trouver l'offre de soins et d'accompagnement.",
        "Describe and find the offer of care and support.",
    ),
    path="/offre",
    chapters=(Chapter("2026", "care_offer"),),
    permissions=(*permissions.PERMISSIONS, *agenda.PERMISSIONS),
    endpoints=(api.ENDPOINT, *agenda.ENDPOINTS),
    routes=_routes,
    doors=(
        Door(synchro.PATH, Text("Mise à jour des lits", "Updates of beds"), "FHIR Parameters"),
        Door(exported.PATH, Text("Fichiers des extractions", "Files of extractions"), "FHIR Bundle"),
    ),
    schemas={permissions.REGISTER: "socle.foundations.care_offer", **agenda.SCHEMAS},
    entries=(
        Entry(
            "/offre",
            Text("Où trouver un soin, un établissement ?", "Where to find care, an establishment?"),
            Text("L'offre par mots, ville et rayon, sur une carte.", "The offer by words, town and radius, on a map."),
        ),
        Entry(
            "/offre/lits",
            Text("Où reste-t-il des lits ?", "Where are beds left?"),
            Text(
                "Les lits par territoire, et la fraîcheur du compte.", "Beds by territory, and how fresh the count is."
            ),
        ),
        *agenda.ENTRIES,
    ),
    jobs={alarms.JOB: alarms.watch, **agenda.JOBS},
    long_jobs={extraction.JOB: extraction.run},
    periods={alarms.JOB: alarms.EVERY, **agenda.PERIODS},
    reactions=agenda.REACTIONS,
    start=start,
    health=health,
)
