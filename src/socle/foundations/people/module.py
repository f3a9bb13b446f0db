"""The directory of professionals in the house: the national FHIR API, files that come in, pages."""

from typing import Final

from socle.foundations.people import demo, pages
from socle.foundations.people.actions import offering
from socle.foundations.people.api import ENDPOINT
from socle.foundations.people.permissions import PERMISSIONS, REGISTER
from socle.kernel.module import Chapter, House, Module, Room
from socle.kernel.outcome import Text


async def start(house: House) -> None:
    """Show professionals in a demonstration house: fewer where fewer people are asked for."""
    if house.settings.demo:
        most = demo.MOST if house.settings.population >= demo.MOST else 360
        await demo.fill(house.repositories[REGISTER], house.database, house.clock, most)


MODULE: Final = Module(
    name="foundations.people",
    room=Room.FOUNDATIONS,
    title=Text("Annuaire des professionnels", "Directory of professionals"),
    summary=Text(
        "Qui exerce, où, à quel titre : le répertoire RPPS et l'Annuaire Santé.",
        "Who practises, where and as what: the RPPS register and the Annuaire Santé.",
    ),
    path="/annuaire/imports",
    chapters=(Chapter("2026", "people"),),
    permissions=PERMISSIONS,
    endpoints=(ENDPOINT,),
    schemas={REGISTER: "socle.foundations.people"},
    routes=pages.routes,
    jobs={offering.JOB: offering.watch},
    periods={offering.JOB: offering.EVERY},
    start=start,
)
