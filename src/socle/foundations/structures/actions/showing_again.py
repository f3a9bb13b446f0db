"""What an older version of the house showed otherwise is shown again, after the start, while what was served is served."""

from collections.abc import Mapping
from typing import Any, Final

from socle.foundations.structures.permissions import REGISTER
from socle.foundations.structures.store import settling
from socle.kernel.audit import Trace
from socle.kernel.module import House
from socle.kernel.policy import HOUSE

JOB: Final = "structures:montrer"


async def ask(house: House) -> None:
    """Put the work on the table, when there is any."""
    if await settling.owes(house.database):
        await house.database.enqueue(JOB, {}, _trace(house))


async def run(house: House, arguments: Mapping[str, Any]) -> None:
    """The job."""
    await settling.show_owed(house.database, house.repositories[REGISTER], _trace(house))


def _trace(house: House) -> Trace:
    return Trace(HOUSE.id, HOUSE.name, "operator", "", HOUSE.means, "house", house.clock(), REGISTER, JOB)
