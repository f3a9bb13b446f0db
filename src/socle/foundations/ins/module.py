"""INS in the house: the identity desk (FHIR, pages) and the national teleservice that it calls (SOAP)."""

import os
from typing import Final

from socle.foundations.ins import demo, pages, permissions
from socle.foundations.ins.actions import Desk, VersionFRCore
from socle.foundations.ins.adapters import Connection, connect
from socle.foundations.ins.api import ENDPOINT
from socle.foundations.ins.index import door as index
from socle.foundations.ins.insi import door as insi
from socle.kernel.module import WELL, Chapter, Health, House, Module, Room, degraded
from socle.kernel.outcome import Text

REGISTER: Final = ENDPOINT.register.name


async def start(house: House) -> None:
    """Fill the national base, connect the desk to it, and show something to look at in a demonstration house.

    `SOCLE_FR_CORE` chooses the version of FR Core that is written: 2.1.0, 2.2.0 (by default) or 2026.
    """
    repository = house.repositories[REGISTER]
    version = VersionFRCore(os.environ.get("SOCLE_FR_CORE", VersionFRCore.V2_2.value))
    connect(repository, Connection(insi.teleservice(house), version))
    await insi.start(house)
    await index.start(house)
    if house.settings.demo:
        await demo.fill(Desk.at(repository), house.clock(), house.settings.population)


async def health(house: House) -> Health:
    """The national base knows someone: without anybody, INSi answers "nobody" to every question."""
    if await insi.is_empty(house):
        return degraded(
            "La base nationale d'essai est vide : INSi répond 01 à tout. Relancez la maison, elle la remplira.",
            "The national test base is empty: INSi answers 01 to everything. Restart the house, it will fill it.",
        )
    return WELL


MODULE: Final = Module(
    name="foundations.ins",
    room=Room.FOUNDATIONS,
    title=Text("Identité nationale de santé", "National health identity"),
    summary=Text(
        "Savoir qui est le patient : récupérer son INS, contrôler une pièce, qualifier l'identité.",
        "Know who the patient is: retrieve the INS, check a document, qualify the identity.",
    ),
    path="/ins",
    chapters=(Chapter("2026", "ins"),),
    permissions=(*permissions.PERMISSIONS, *insi.PERMISSIONS, *index.PERMISSIONS),
    endpoints=(ENDPOINT, index.ENDPOINT),
    routes=lambda house: [*index.routes(house), *pages.routes(house), *insi.routes(house)],
    direct=insi.direct,
    doors=insi.DOORS,
    listeners=index.LISTENERS,
    schemas={REGISTER: "socle.foundations.ins", **insi.SCHEMAS, **index.SCHEMAS},
    jobs=insi.JOBS,
    start=start,
    health=health,
)
