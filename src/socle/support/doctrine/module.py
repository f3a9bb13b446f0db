"""The doctrine in the house: its pages, its JSON API, the editions that the house publishes."""

from typing import Final

from socle.kernel.module import WELL, Chapter, Door, Entry, Health, House, Module, Room, degraded
from socle.kernel.outcome import Text
from socle.support.doctrine import api, pages
from socle.support.doctrine.actions import editions, left_out
from socle.support.doctrine.model import EditionStatus
from socle.support.doctrine.permissions import PERMISSIONS
from socle.support.doctrine.store.published import SCHEMA


async def start(house: House) -> None:
    """Read every edition once, so that nobody waits for it later."""
    await editions(house)


async def health(house: House) -> Health:
    """Every edition shipped is shown, and one of them is in force."""
    if missing := ", ".join(await left_out(house)):
        return degraded(
            f"Éditions qui ne se chargent pas : {missing}. « socle doctrine check » dit le fichier et la ligne.",
            f"Editions that do not load: {missing}. “socle doctrine check” tells the file and the line.",
        )
    if not any(edition.status is EditionStatus.CURRENT for edition in (await editions(house)).values()):
        return degraded("Aucune édition n'est en vigueur.", "No edition is in force.")
    return WELL


MODULE: Final = Module(
    name="support.doctrine",
    room=Room.SUPPORT,
    title=Text("La doctrine", "The doctrine"),
    summary=Text(
        "Éditions, chapitres, exigences, jalons et schéma cible, en données.",
        "Editions, chapters, requirements, milestones and target diagram, as data.",
    ),
    path="/doctrine",
    chapters=(Chapter("2026", "observatory"),),
    permissions=PERMISSIONS,
    routes=lambda house: [*api.routes(house), *pages.routes(house)],
    doors=(
        Door(
            "/doctrine/api", Text("La doctrine en données ouvertes", "The doctrine as open data"), "JSON, OpenAPI 3.1"
        ),
    ),
    entries=(
        Entry(
            "/doctrine#qui",
            Text("Que doit faire mon logiciel ?", "What must my software do?"),
            Text(
                "Dites qui vous êtes : éditeur, établissement, région… Vos obligations, leurs dates, leurs textes.",
                "Say who you are: publisher, hospital, region… Your obligations, their dates, their legal texts.",
            ),
        ),
    ),
    schemas={SCHEMA: "socle.support.doctrine"},
    start=start,
    health=health,
)
