"""A synthetic country, consistent and of any size: communes, structures, professionals, their situations.

    country = Country(seed=1, scale=0.01)
    country.establishment(0)     # and any other rank, at once
    for practitioner in country.practitioners(): …

Everything is a pure function of the seed and a rank: no state, constant memory, any range by itself. A small country is
the beginning of a large one: rank 12 is the same hospital at every scale. Numbers are right by their check digits and
belong to nobody (`numbers`). Registers take their demonstration from `Country.demo()`, so that all know the same places
and people. `foundations.ins` must not import this package, which takes names and birthplaces from its population.
"""

from socle.foundations.country.country import Change, Country
from socle.foundations.country.places import Commune, communes, lambert93
from socle.foundations.country.practitioners import Office, Practitioner, Situation
from socle.foundations.country.structures import Address, Establishment, LegalEntity, Unit

__all__ = [
    "Address",
    "Change",
    "Commune",
    "Country",
    "Establishment",
    "LegalEntity",
    "Office",
    "Practitioner",
    "Situation",
    "Unit",
    "communes",
    "lambert93",
]
