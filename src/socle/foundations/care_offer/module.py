"""The care offer in the house.

Each part (`agenda`…) brings its own endpoints, routes, permissions, schemas, jobs; they are gathered here.
"""

from collections.abc import Sequence
from typing import Final

from starlette.routing import BaseRoute

from socle.foundations.care_offer import api, permissions
from socle.foundations.care_offer.agenda import door as agenda
from socle.kernel.module import Chapter, Health, House, Module, Room
from socle.kernel.outcome import Text


def _routes(house: House) -> Sequence[BaseRoute]:
    return [*agenda.routes(house)]


async def start(house: House) -> None:
    """What must be there before the doors open."""
    await agenda.start(house)


async def health(house: House) -> Health:
    """How the care offer is."""
    return await agenda.health(house)


MODULE: Final = Module(
    name="foundations.care_offer",
    room=Room.FOUNDATIONS,
    title=Text("Offre de santé (ROR)", "Care offer (ROR)"),
    summary=Text(
        "Décrire et trouver l'offre de soins et d'accompagnement.",
        "Describe and find the offer of care and support.",
    ),
    chapters=(Chapter("2026", "care_offer"),),
    permissions=(*permissions.PERMISSIONS, *agenda.PERMISSIONS),
    endpoints=(api.ENDPOINT, *agenda.ENDPOINTS),
    routes=_routes,
    schemas={permissions.REGISTER: "socle.foundations.care_offer", **agenda.SCHEMAS},
    jobs={**agenda.JOBS},
    periods={**agenda.PERIODS},
    reactions=agenda.REACTIONS,
    start=start,
    health=health,
)
