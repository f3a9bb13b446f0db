"""Who practises at a place: a town, a postal code or an INSEE code, in the registers of people and of structures.

The aggregator of the SAS asks publishers about numbers. Those of a place are asked of the registers by their public actions,
each of which permits, or not, what is asked of it; agendas kept here come first. How a place becomes numbers is ours: the
guide is silent.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from socle.foundations.care_offer.actions import communes
from socle.foundations.care_offer.agenda.rules.forms import Form
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.people.actions import finding as people
from socle.foundations.people.model import Professionnel
from socle.foundations.structures import actions as structures
from socle.foundations.structures.model import Nature
from socle.kernel.policy import Actor
from socle.kernel.search.normalise import normalise
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database

MOST: Final = 200  # numbers that a place gives: the eight requests that each publisher is sent for one search
PAGE: Final = 100  # professionals that the directory tells at a time
READ: Final = 2_000  # professionals gone through for those of a specialty or of a commune, as far as the directory goes
PHYSICIAN: Final = "10"  # TRE_G15
_INSEE: Final = re.compile(r"(?:[0-9]{5}|2[AB][0-9]{3})", re.ASCII | re.IGNORECASE)
_POSTAL: Final = re.compile(r"[0-9]{2,5}", re.ASCII)
_WHOLE: Final = {
    "75056": ("Paris", "751"),
    "69123": ("Lyon", "6938"),
    "13055": ("Marseille", "132"),
}  # COG: of their districts
_SOS: Final = "sos medecins"


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it was understood: the name of a town, its INSEE code when one was given, a postal code or its beginning."""

    town: str = ""
    code: str = ""
    postal: str = ""

    def holds(self, code: str) -> bool:
        """Whether the commune of this INSEE code is this place, or a district of it (Paris, Lyon, Marseille)."""
        return code == self.code or (self.code in _WHOLE and code.startswith(_WHOLE[self.code][1]))

    def __str__(self) -> str:
        return " ".join(filter(None, (self.postal, self.town, f"({self.code})" if self.code else "")))


@dataclass(frozen=True, slots=True)
class Around:
    """National identifiers of those who are at a place.

    here      how many of them have their agenda in this house
    more      others are there, past those that are asked about
    """

    numbers: tuple[str, ...]
    places: tuple[Place, ...]
    here: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers that know who is where; `people` is None in a house without the directory of professionals."""

    database: Database
    people: Repository | None

    async def understand(self, text: str, now: datetime) -> list[Place]:
        """The places that words may mean: five digits are a postal code, an INSEE code, or both."""
        words = text.replace(",", " ").split()
        found = []
        if len(words) == 1 and _INSEE.fullmatch(words[0]):
            code = words[0].upper()
            town = _WHOLE[code][0] if code in _WHOLE else await communes.name_of(self.database, code, now)
            found += [Place(town, code)] if town else []
        postal = next((word for word in words if _POSTAL.fullmatch(word)), "")
        town = " ".join(word for word in words if word != postal)
        if (postal or town) and not (len(words) == 1 and found and not postal):
            found.append(Place(town, "", postal))
        return found

    async def professionals(
        self, place: Place, profession: str, specialty: str, *, by: Actor
    ) -> tuple[list[Professionnel], bool]:
        """Those who practise at a place, in the order of their names; and whether there may be more: the directory is gone
        through until enough are found, as far as it tells. Raises: Problem(FORBIDDEN).
        """
        kept: list[Professionnel] = []
        if self.people is None:
            return kept, False
        wanted = normalise(specialty)
        for offset in range(0, READ, PAGE):
            found = await people.find(
                self.people,
                self.database,
                profession=profession,
                town=place.town,
                postal=place.postal,
                count=PAGE,
                offset=offset,
                by=by,
            )
            kept += [
                one
                for one in found.professionnels
                if (not place.code or any(place.holds(each.adresse.code_commune) for each in one.situations))
                and (not wanted or any(normalise(name) == wanted for name in one.savoir_faire))
            ]
            if not found.more or len(kept) >= MOST:
                return kept[:MOST], found.more or len(kept) > MOST
        return kept, True

    async def associations(self, place: Place, *, by: Actor) -> list[str]:
        """National identifiers of the establishments of SOS Médecins at a place. Raises: Problem(FORBIDDEN)."""
        if self.people is None:
            return []
        text = " ".join(filter(None, (_SOS, place.town, place.postal)))
        found, _ = await structures.find(self.database, text, by=by, nature=Nature.ET, count=PAGE)
        return [f"1{one.structure.numero}" for one in found]


async def around(
    agendas: Agendas,
    registers: Registers,
    form: Form,
    text: str,
    *,
    profession: str = PHYSICIAN,
    specialty: tuple[str, str] = ("", ""),
    now: datetime,
    by: Actor,
) -> Around:
    """Who is at a place, those of this house's agendas first.

    specialty  (code of TRE_R38, its name), empty for any
    Raises: Problem(FORBIDDEN) when a register does not permit it.
    """
    code, name = specialty
    places = await registers.understand(text, now)
    words = [f"{one.town} {one.postal}".strip() for one in places] or [text]
    kind = "SOS" if form is Form.SOS else "PS"
    own = await asyncio.gather(
        *(agendas.numbers(kind=kind, place=one, specialty=code, limit=MOST) for one in dict.fromkeys(words))
    )
    here = list(dict.fromkeys(number for some in own for number in some))
    if form is Form.SOS:
        elsewhere = await asyncio.gather(*(registers.associations(one, by=by) for one in places))
        numbers: Sequence[str] = [number for some in elsewhere for number in some]
        more = False
    else:
        found = await asyncio.gather(*(registers.professionals(one, profession, name, by=by) for one in places))
        numbers = [one.id_nat for some, _ in found for one in some if one.id_nat]
        more = any(further for _, further in found)
    every = list(dict.fromkeys([*here, *numbers]))
    return Around(tuple(every[:MOST]), tuple(places), min(len(here), MOST), more or len(every) > MOST)


async def professions(registers: Registers, *, by: Actor) -> list[tuple[str, str]]:
    """(code, name) of the professions of the directory; only physicians where there is none."""
    if registers.people is None:
        return [(PHYSICIAN, "Médecin")]
    return await people.professions(registers.database, by=by) or [(PHYSICIAN, "Médecin")]
