"""What this door adds to the module INS: permissions, tables, routes, jobs, what happens at start."""

from collections.abc import Mapping
from typing import Any, Final

from socle.foundations.ins.insi.actions import INSi
from socle.foundations.ins.insi.api import direct, routes
from socle.foundations.ins.insi.lot import actions as lot
from socle.foundations.ins.insi.permissions import PERMISSIONS
from socle.foundations.ins.insi.port import Teleservice
from socle.foundations.ins.insi.seed import BATCH, seed
from socle.foundations.ins.insi.soap.names import PATH
from socle.foundations.ins.insi.store import SCHEMA
from socle.kernel.module import Door, House, Job
from socle.kernel.outcome import Text

__all__ = ["DOORS", "JOBS", "PERMISSIONS", "SCHEMAS", "direct", "is_empty", "routes", "start", "teleservice"]

SCHEMAS: Final = {SCHEMA: "socle.foundations.ins.insi"}
DOORS: Final = (
    Door(PATH, Text("Téléservice INSi", "INSi teleservice"), "SOAP 1.2"),
    Door("/insi/lot", Text("Vérification par lot (format de Socle)", "Batch verification (format of ours)"), "REST"),
)


def teleservice(house: House) -> Teleservice:
    """The teleservice in process, for the identity desk."""
    return Teleservice(INSi(house.database, house.secret))


async def is_empty(house: House) -> bool:
    """Whether the national base knows nobody."""
    return not await house.database.query("SELECT 1 FROM insi.person LIMIT 1")


async def start(house: House) -> None:
    """Fill the national base up to the population wanted; take up the batches that a stop interrupted."""
    trace = lot.system_trace(house.clock(), "insi:seed")

    def tell(there: int, wanted: int) -> None:
        if wanted > BATCH:  # long enough to be worth telling
            house.tell(
                Text(
                    f"population nationale : {there:,} sur {wanted:,}", f"national population: {there:,} of {wanted:,}"
                )
            )

    await seed(house.database, house.settings.population, trace=trace, progress=tell)
    await lot.resume(house.database, house.clock())


async def _verify(house: House, arguments: Mapping[str, Any]) -> None:
    await lot.verify(house.database, arguments, lot.system_trace(house.clock(), "insi:lot"))


JOBS: Final[dict[str, Job]] = {lot.JOB: _verify}
