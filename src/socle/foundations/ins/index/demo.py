"""Demonstration content of the index: the patients of eight structures, fed as anybody's, once."""

from datetime import datetime
from typing import Final

from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import REGISTER, MasterIndex
from socle.foundations.ins.index.sample import copies
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, Means

FEEDER: Final = Actor("system:index-demo", "Socle (démonstration)", frozenset({"identity-agent"}), Means.SYSTEM)
PEOPLE: Final = 160


async def fill(index: MasterIndex, now: datetime, people: int = PEOPLE) -> int:
    """Feed an empty index; answers how many records (0 when there are some).

    Drawn from a small population on purpose dense in doubles: twins, homonyms, married names, slips.
    """
    trace = Trace(FEEDER.id, FEEDER.name, "identity-agent", "", "system", "démonstration", now, REGISTER, "demo")
    if (await actions.figures(index, by=FEEDER, trace=trace))["records"]:
        return 0
    records = [one.patient for one in copies(people, seed=7, with_ins=0.15, clumsy=2.5)]
    return await actions.feed_many(index, records, by=FEEDER, trace=trace)
