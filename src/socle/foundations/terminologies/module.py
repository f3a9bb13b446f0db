"""Terminologies in the house: the FHIR service, the code systems that ship with it, and what other parts ask of codes."""

from collections.abc import Mapping
from typing import Any, Final

from socle.foundations.terminologies import actions, pages, shipped
from socle.foundations.terminologies.actions.catching_up import catch_up
from socle.foundations.terminologies.api import ENDPOINT
from socle.foundations.terminologies.permissions import CONCEPTS, PERMISSIONS, REGISTER
from socle.foundations.terminologies.store import Held
from socle.kernel.audit import Trace
from socle.kernel.module import WELL, Health, House, Module, Room, degraded
from socle.kernel.outcome import Text
from socle.kernel.policy import Actor, Means

SYSTEM: Final = Actor("house-terminologies", "La maison", frozenset({"terminologist"}), Means.SYSTEM)


def _trace(house: House, interaction: str) -> Trace:
    return Trace(
        who=SYSTEM.id,
        name=SYSTEM.name,
        role="terminologist",
        structure="",
        means=SYSTEM.means,
        ground="house",
        at=house.clock(),
        register=CONCEPTS,
        interaction=interaction,
    )


async def start(house: House) -> None:
    """Bring in the code systems that ship with the house (those that are there already are left alone); complete headlines
    that an older house wrote.
    """
    await actions.take(
        house.repositories[REGISTER],
        shipped.resources(),
        by=SYSTEM,
        trace=_trace(house, "terminologies:ship"),
        package=shipped.PACKAGE,
    )
    await catch_up(Held.at(house.repositories[REGISTER]), _trace(house, "terminologies:catch-up"))


async def sweep(house: House, arguments: Mapping[str, Any]) -> None:
    """Remove the concepts that no resource has any more."""
    await actions.sweep(
        Held.at(house.repositories[REGISTER]), house.clock(), trace=_trace(house, "terminologies:sweep")
    )


async def health(house: House) -> Health:
    """The code systems that ship with the house are there."""
    snapshot = await Held.at(house.repositories[REGISTER]).snapshot()
    if any(one.package == shipped.PACKAGE for one in snapshot.catalogue.by_id.values()):
        return WELL
    return degraded(
        "Les systèmes de codes livrés avec la maison n'y sont pas. Relancez-la, elle les remettra.",
        "The code systems that ship with the house are not there. Restart it, it will put them back.",
    )


MODULE: Final = Module(
    name="foundations.terminologies",
    room=Room.FOUNDATIONS,
    title=Text("Terminologies", "Terminologies"),
    summary=Text(
        "Vérifier un code, le nommer, énumérer un jeu de valeurs, traduire d'un système à l'autre.",
        "Check a code, name it, list a value set, translate from one system to another.",
    ),
    path="/terminologies",
    permissions=PERMISSIONS,
    routes=pages.routes,
    endpoints=(ENDPOINT,),
    schemas={CONCEPTS: "socle.foundations.terminologies"},
    jobs={actions.SWEEP: sweep},
    start=start,
    health=health,
)
