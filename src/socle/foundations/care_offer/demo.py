"""Demonstration content: the offers of the synthetic country, put in once by the same actions as anyone's."""

from datetime import datetime
from typing import Final

from socle.foundations.care_offer.actions import offers
from socle.foundations.care_offer.synthetic import resources
from socle.foundations.country import Country
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, Means
from socle.kernel.search.repository import Repository

HOUSE: Final = Actor("system:care-offer-demo", "Socle (démonstration)", frozenset({"operator"}), Means.SYSTEM)
ESTABLISHMENTS: Final = 100
PRACTITIONERS: Final = 360


def trace_at(now: datetime) -> Trace:
    """The circumstances of what the house does by itself."""
    return Trace(HOUSE.id, HOUSE.name, "operator", "", "system", "démonstration", now, "care_offer", "demo")


async def fill(repository: Repository, now: datetime) -> int:
    """Fill an empty register; answers how many resources were put in (0 when there are some)."""
    if not await offers.is_empty(repository):
        return 0
    found = resources(Country.demo(), now, establishments=ESTABLISHMENTS, practitioners=PRACTITIONERS)
    return await offers.put(repository, found, by=HOUSE, trace=trace_at(now))
