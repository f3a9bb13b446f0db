"""The doctrine in the house: its pages, its JSON API, the editions that the house publishes."""

from typing import Final

from socle.kernel.module import Chapter, Door, Entry, House, Module, Room
from socle.kernel.outcome import Text
from socle.support.doctrine import api, pages
from socle.support.doctrine.actions import editions
from socle.support.doctrine.permissions import PERMISSIONS
from socle.support.doctrine.store.published import SCHEMA


async def start(house: House) -> None:
    """Read every edition once, so that nobody waits for it later."""
    await editions(house)


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
)
