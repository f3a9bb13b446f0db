"""The country as one thing: how many of each at a scale and on a day, any of them by rank, what changed.

Days. Day 1 is the country as generated. Each later day, a share `changes` of the people and of the establishments of the
day before changes: half are modified, a quarter close, and as many as a quarter are new (they have the next ranks). What
a rank does on a day depends on the seed, the day and the rank alone.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from socle.foundations.country import structures as made
from socle.foundations.country.draws import dice
from socle.foundations.country.numbers import phone
from socle.foundations.country.practitioners import PRACTITIONERS, Practitioner, Practitioners
from socle.foundations.country.structures import ENTITIES, ESTABLISHMENTS, Establishment, LegalEntity, Structures

TERRITORIES: Final = 5_000  # at scale 1: 100,000 establishments, 1,800,000 professionals
LARGEST: Final = 3.0
FIRST_DAY: Final = date(2026, 1, 5)
_CLOSED, _NEW = 0.25, 0.25  # of what changes; the rest is modified


class Change(Enum):
    """What happened to a professional on a day."""

    MOVED = "moved"  # works in another establishment
    MARRIED = "married"  # another name of practice
    RANG = "rang"  # another phone
    MORE = "more"  # one more situation


class Fate(NamedTuple):
    """What happened to a rank up to a day: the day it closed (0 while open), the changes with their day."""

    closed: int
    changes: tuple[tuple[int, int], ...]


_UNCHANGED: Final = Fate(0, ())
_KINDS: Final = tuple(Change)


class Country:
    """A synthetic country.

    seed     another seed, another country
    scale    1 is the real size; the smallest has one territory
    day      1 is the country as generated; later days have changed
    changes  share of what changes each later day
    Raises: ValueError when the scale, the day or the share makes no sense.
    """

    def __init__(self, seed: int = 0, scale: float = 0.001, *, day: int = 1, changes: float = 0.01) -> None:
        if not 0 < scale <= LARGEST:
            raise ValueError(f"scale {scale}: above 0, at most {LARGEST:g}")
        if not 1 <= day <= 365:
            raise ValueError(f"day {day}: from 1 to 365")
        if not 0 <= changes <= 0.2:
            raise ValueError(f"changes {changes}: from 0 to 0.2")
        self.seed, self.scale, self.day, self.changes = seed, scale, day, changes
        self.territories = max(1, round(TERRITORIES * scale))
        self._structures = Structures(seed)
        self._practitioners = Practitioners(seed, self._structures, self.territories)
        self._fates = [(dice(seed, f"people:{d}"), dice(seed, f"structures:{d}")) for d in range(2, day + 1)]
        self.establishment_count = self.establishments_on(day)
        self.practitioner_count = self.practitioners_on(day)
        self.entity_count = made.owner_of(self.establishment_count - 1) + 1
        if self.establishment_count > self.territories * ESTABLISHMENTS:
            # entities past those of the first day come with the establishments that they own
            self.entity_count = max(self.entity_count, self.territories * ENTITIES)

    @classmethod
    def demo(cls) -> "Country":
        """The country of `socle up`: five territories, the same for every register (cached)."""
        return _demo()

    @property
    def date(self) -> date:
        """The calendar day: day 1 is a Monday of January 2026."""
        return FIRST_DAY + timedelta(days=self.day - 1)

    def practitioners_on(self, day: int) -> int:
        """How many professionals have had a rank up to this day, closed ones with them."""
        first = self.territories * PRACTITIONERS
        return first + round(first * self.changes * _NEW) * (day - 1)

    def establishments_on(self, day: int) -> int:
        """How many establishments have had a rank up to this day, closed ones with them."""
        first = self.territories * ESTABLISHMENTS
        return first + round(first * self.changes * _NEW) * (day - 1)

    # People

    def practitioner_fate(self, rank: int) -> Fate:
        """What happened to a professional since they are known."""
        return self._fate(rank, 0)

    def practitioner(self, rank: int) -> Practitioner | None:
        """The professional of this rank today; None when the directory has closed them.

        Raises: IndexError when no such rank is known today.
        """
        if not 0 <= rank < self.practitioner_count:
            raise IndexError(f"practitioner {rank}: {self.practitioner_count} are known on day {self.day}")
        fate = self.practitioner_fate(rank) if self._fates else _UNCHANGED
        if fate.closed:
            return None
        if not fate.changes:
            return self._practitioners.practitioner(rank)
        done = [_KINDS[kind % len(_KINDS)] for _, kind in fate.changes]
        return self._practitioners.practitioner(
            rank, *(done.count(kind) for kind in (Change.MOVED, Change.MARRIED, Change.RANG, Change.MORE))
        )

    def practitioners(self, start: int = 0, stop: int | None = None) -> Iterator[Practitioner]:
        """The professionals of these ranks who are in the directory today."""
        for rank in range(start, self.practitioner_count if stop is None else min(stop, self.practitioner_count)):
            if (found := self.practitioner(rank)) is not None:
                yield found

    def spread(self, count: int) -> list[range]:
        """Ranks of `count` professionals at most, the first ones of each territory: a small sample that is everywhere."""
        each, more = divmod(min(count, self.territories * PRACTITIONERS), self.territories)
        return [range(t * PRACTITIONERS, t * PRACTITIONERS + each + (t < more)) for t in range(self.territories)]

    def specialists(self, start: int = 0, stop: int | None = None) -> Iterator[Practitioner]:
        """Those of these ranks who have a speciality: physicians. The others are not made."""
        for rank in range(start, self.practitioner_count if stop is None else min(stop, self.practitioner_count)):
            if self._practitioners.profession(rank).code == "10" and (found := self.practitioner(rank)) is not None:
                yield found

    # Structures

    def establishment_fate(self, rank: int) -> Fate:
        """What happened to an establishment since it is known."""
        return self._fate(rank, 1)

    def establishment(self, rank: int) -> Establishment:
        """The establishment of this rank today; one that has closed has its `closed` date.

        Raises: IndexError when no such rank is known today.
        """
        if not 0 <= rank < self.establishment_count:
            raise IndexError(f"establishment {rank}: {self.establishment_count} are known on day {self.day}")
        found = self._structures.establishment(rank)
        if not self._fates:
            return found
        fate = self.establishment_fate(rank)
        for day, kind in fate.changes:
            when = (FIRST_DAY + timedelta(days=day - 1)).isoformat()
            if kind % 2 or not found.units:
                found = found._replace(telephone=phone(found.address.commune.region, kind), updated=when)
            else:
                first, *rest = found.units
                found = found._replace(units=(first._replace(capacite=first.capacite + 1), *rest), updated=when)
        if fate.closed:
            when = (FIRST_DAY + timedelta(days=fate.closed - 1)).isoformat()
            found = found._replace(closed=when, updated=when)
        return found

    def establishments(self, start: int = 0, stop: int | None = None) -> Iterator[Establishment]:
        """The establishments of these ranks, closed ones with them."""
        for rank in range(start, self.establishment_count if stop is None else min(stop, self.establishment_count)):
            yield self.establishment(rank)

    def entity(self, rank: int) -> LegalEntity:
        """The legal entity of this rank. Raises: IndexError when no such rank is known today."""
        if not 0 <= rank < self.entity_count:
            raise IndexError(f"entity {rank}: {self.entity_count} are known on day {self.day}")
        found = self._structures.entity(rank)
        known = range(found.etablissements.start, min(found.etablissements.stop, self.establishment_count))
        return found if known == found.etablissements else found._replace(etablissements=known)

    def entities(self, start: int = 0, stop: int | None = None) -> Iterator[LegalEntity]:
        """The legal entities of these ranks."""
        for rank in range(start, self.entity_count if stop is None else min(stop, self.entity_count)):
            yield self.entity(rank)

    def _fate(self, rank: int, which: int) -> Fate:
        changes: list[tuple[int, int]] = []
        for at, throwers in enumerate(self._fates):
            day = at + 2
            if rank >= self._known(which, day - 1):
                continue  # not known the day before: new today, or later
            draws = throwers[which](rank)
            chance = (draws[0] << 16 | draws[1]) / (1 << 32)
            if chance < self.changes * _CLOSED:
                return Fate(day, tuple(changes))
            if chance < self.changes * (1 - _NEW):
                changes.append((day, draws[2]))
        return Fate(0, tuple(changes))

    def _known(self, which: int, day: int) -> int:
        return self.establishments_on(day) if which else self.practitioners_on(day)


@lru_cache(maxsize=1)
def _demo() -> Country:
    return Country(seed=0, scale=0.001)
