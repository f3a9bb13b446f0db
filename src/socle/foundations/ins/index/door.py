"""What the master index adds to the module INS: permissions, a FHIR server, tables, pages, what happens at start."""

from typing import Final

from socle.foundations.ins.index import demo
from socle.foundations.ins.index.actions import REGISTER, MasterIndex
from socle.foundations.ins.index.adt.door import LISTENER
from socle.foundations.ins.index.api import ENDPOINT
from socle.foundations.ins.index.pages import routes
from socle.foundations.ins.index.permissions import PERMISSIONS
from socle.kernel.module import House

__all__ = ["ENDPOINT", "LISTENERS", "PERMISSIONS", "SCHEMAS", "index_of", "routes", "start"]

LISTENERS: Final = (LISTENER,)
SCHEMAS: Final = {REGISTER: "socle.foundations.ins.index"}


def index_of(house: House) -> MasterIndex:
    """The master index of this house."""
    return MasterIndex(house.repositories[REGISTER])


async def start(house: House) -> None:
    """Show something to look at in a demonstration house."""
    if house.settings.demo:
        await demo.fill(index_of(house), house.clock())
