"""The Annuaire shows what structures are authorised for and equipped with: it follows the loads of the register of structures.

Nobody writes these resources: each load that took effect there is followed once, whole, in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from socle.foundations.people.permissions import IMPORT, REGISTER
from socle.foundations.people.store import offering
from socle.foundations.structures import actions as structures
from socle.kernel.audit import Trace
from socle.kernel.module import House
from socle.kernel.outcome import Kind
from socle.kernel.policy import HOUSE, Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database

JOB: Final = "annuaire:offre"
EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Suivi:
    """What following did.

    loads       loads of the register of structures that it followed
    written     versions of HealthcareService, Device and Organization
    unnumbered  care activities and heavy equipment left out: without the number that their profile asks for, or of a
                nature that it does not know
    """

    loads: int = 0
    written: int = 0
    unnumbered: int = 0


async def follow(repository: Repository, database: Database, *, by: Actor, trace: Trace) -> Suivi:
    """Show what the loads of the register of structures changed since they were last followed.

    Raises: Problem(FORBIDDEN).
    """
    decide(by, IMPORT).or_raise(Kind.FORBIDDEN)
    done = await offering.followed(database)
    loads = [one for one in await structures.settled(database, by=by) if one not in done]
    if not loads:
        return Suivi()
    async with database.whole(REGISTER, trace) as whole:
        writing = offering.Offering(repository, whole, trace.at.date())
        loads = await writing.begin(loads)
        if loads:
            async for page in structures.equipped(database, loads, by=by):
                await writing.show(page)
        await writing.end(loads, trace.at)
        whole.detail = "loads of structures: " + ", ".join(map(str, loads))
    return Suivi(len(loads), whole.written, writing.unnumbered)


async def watch(house: House, arguments: Mapping[str, Any]) -> None:
    """The job."""
    trace = Trace(HOUSE.id, HOUSE.name, "operator", "", HOUSE.means, "house", house.clock(), REGISTER, JOB)
    await follow(house.repositories[REGISTER], house.database, by=HOUSE, trace=trace)
