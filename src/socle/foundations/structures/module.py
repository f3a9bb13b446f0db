"""The register of structures in the house."""

from typing import Final

from socle.foundations.structures import demo, pages
from socle.foundations.structures.actions import showing_again
from socle.foundations.structures.api import ENDPOINT
from socle.foundations.structures.permissions import PERMISSIONS, REGISTER
from socle.kernel.audit import Trace
from socle.kernel.module import Chapter, House, Module, Room
from socle.kernel.outcome import Text


async def start(house: House) -> None:
    """Show again what is shown otherwise now; where a demonstration has no structure, bring in the synthetic country's."""
    await showing_again.ask(house)
    if not house.settings.demo:
        return
    by = demo.SEEDER
    trace = Trace(by.id, by.name, "operator", "", by.means, "démonstration", house.clock(), REGISTER, "finess:import")
    await demo.fill(house.database, house.repositories[REGISTER], trace)


MODULE: Final = Module(
    name="foundations.structures",
    room=Room.FOUNDATIONS,
    title=Text("Répertoire des structures", "Register of structures"),
    summary=Text(
        "Trouver un établissement, son entité juridique, ses activités autorisées : FINESS.",
        "Find an establishment, its legal entity, the activities it is authorised for: FINESS.",
    ),
    path="/structures",
    chapters=(Chapter("2026", "structures"),),
    permissions=PERMISSIONS,
    routes=pages.routes,
    endpoints=(ENDPOINT,),
    schemas={REGISTER: "socle.foundations.structures"},
    long_jobs={showing_again.JOB: showing_again.run},
    start=start,
)
