"""Where a code or a value set is used: value sets, maps, elements of profiles. Reading is public."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from socle.foundations.terminologies.actions.asking import unknown_code
from socle.foundations.terminologies.actions.browsing import title
from socle.foundations.terminologies.actions.translating import translate
from socle.foundations.terminologies.model import REALM
from socle.foundations.terminologies.permissions import READ
from socle.foundations.terminologies.rules.heads import Headline
from socle.foundations.terminologies.store import Held, Snapshot
from socle.kernel.fhir.bound import core_bindings
from socle.kernel.fhir.packages import BUILT_IN, CORE
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store import bindings, packages
from socle.kernel.store.bindings import Usage
from socle.kernel.terminology.compose import holder
from socle.kernel.terminology.entries import Edition, Entry
from socle.kernel.terminology.translation import Match, Sought
from socle.kernel.terminology.words import plain

CANDIDATES: Final = 60  # value sets that take from the system in which a code is looked for
IMPORTERS: Final = 60  # value sets that import one of those that hold it, in which it is looked for too
MOST: Final = 200  # elements of profiles that are told


@dataclass(frozen=True, slots=True)
class Uses:
    """Where a code is used.

    sets      value sets that hold it
    elements  of profiles, bound to one of these; more: there are others
    unsure    value sets that could not be judged; cut: more were not looked at
    ids       where there is a page: URL of a map or of the system that it leads to → id of the resource
    """

    entry: Entry
    sets: tuple[Headline, ...]
    maps: tuple[Match, ...]
    elements: tuple[Usage, ...]
    more: bool
    unsure: tuple[Headline, ...] = ()
    cut: bool = False
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetUses:
    """Where a value set is used. importers: value sets that take from it or leave it out; elements: bound to it."""

    importers: tuple[Headline, ...]
    elements: tuple[Usage, ...]
    more: bool


async def uses(register: Repository, edition: Edition, code: str, *, now: datetime, by: Actor) -> Uses:
    """Where a code of a system is used: value sets that take from the system and hold the code, those that import them and
    hold it, elements bound to any of these, maps that translate it. Raises: Problem(NOT_FOUND).
    """
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    held = Held.at(register)
    snapshot = await held.snapshot()
    entry = await snapshot.entry(edition, code)
    if entry is None:
        raise unknown_code(edition, code)
    names = [name for name in snapshot.catalogue.members.get(edition.family, (edition.url,)) if "," not in name]
    likely = await register.find(
        "ValueSet", [("reference", ",".join(names or [edition.url]))], now=now, limit=CANDIDATES + 1
    )
    search = _Search(snapshot, edition, entry)
    by_id = snapshot.catalogue.by_id
    await search.among([by_id["ValueSet", id] for id, _ in likely[:CANDIDATES] if ("ValueSet", id) in by_id])
    cut = await search.above() or len(likely) > CANDIDATES
    sought = [Sought(edition.url, code), Sought(edition.url, code, backwards=True)]
    maps = (await translate(snapshot, sought)).matches
    urls = [name for one in search.found.values() for name in names_of(one)]
    elements = await _elements(held, [*urls, *([edition.value_set] if edition.value_set else [])])
    ids = {one.url: one.id for one in snapshot.catalogue.maps}
    for system in {match.system for match in maps}:
        editions = snapshot.editions(system)
        if editions and editions[0].resource:
            ids[system] = editions[0].resource
    return Uses(
        entry,
        _by_title(search.found.values()),
        maps,
        tuple(elements[:MOST]),
        len(elements) > MOST,
        _by_title(search.unsure),
        cut,
        ids,
    )


async def set_uses(register: Repository, one: Headline, *, by: Actor) -> SetUses:
    """Where a value set is used, by any of its names."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    held = Held.at(register)
    snapshot = await held.snapshot()
    importers = {
        each.id: each
        for name in names_of(one)
        for each in snapshot.catalogue.importers.get(name, ())
        if each.id != one.id
    }
    elements = await _elements(held, names_of(one))
    return SetUses(_by_title(importers.values()), tuple(elements[:MOST]), len(elements) > MOST)


class _Search:
    """Value sets that hold a code: those given, then those that import one that was found."""

    def __init__(self, snapshot: Snapshot, edition: Edition, entry: Entry) -> None:
        self._snapshot = snapshot
        self._edition = edition
        self._entry = entry
        self._judged: set[str] = set()
        self.found: dict[str, Headline] = {}
        self.unsure: list[Headline] = []

    async def among(self, sets: Iterable[Headline]) -> None:
        """Look in these."""
        for one in sets:
            if one.id not in self._judged:
                self._judged.add(one.id)
                await self._judge(one)

    async def above(self) -> bool:
        """Look in those that import one that holds it, however far; whether some were not looked at."""
        waiting = deque(name for one in self.found.values() for name in names_of(one))
        if self._edition.value_set:
            waiting.append(self._edition.value_set)
        left = IMPORTERS
        while waiting:
            for one in self._snapshot.catalogue.importers.get(waiting.popleft(), ()):
                if one.id in self._judged:
                    continue
                if not left:
                    return True
                left -= 1
                await self.among([one])
                if one.id in self.found:
                    waiting.extend(names_of(one))
        return False

    async def _judge(self, one: Headline) -> None:
        try:
            plan = await self._snapshot.plan(f"{one.url}|{one.version}" if one.version else one.url)
            if plan is not None and holder(plan, {self._edition.id: self._entry}) is not None:
                self.found[one.id] = one
        except Problem:
            self.unsure.append(one)


def names_of(one: Headline) -> list[str]:
    """What a value set is called: its URL and its OIDs."""
    return [name for name in (one.url, *(f"urn:oid:{oid}" for oid in one.facts.get("oids", ()))) if name]


def _by_title(found: Iterable[Headline]) -> tuple[Headline, ...]:
    return tuple(sorted(found, key=lambda one: plain(title(one))))


async def _elements(held: Held, value_sets: Sequence[str]) -> list[Usage]:
    """Elements bound to these value sets: of packages, then of FHIR R4; one more than MOST when there are more."""
    if not value_sets:
        return []
    names = sorted(set(value_sets))
    order = [one.key for one in await packages.nearest_first(held.database, REALM)]
    found = await bindings.bound_to(held.database, names, most=MOST + 1, order=order)
    said = {
        (one.url, one.bound.element) for one in found if one.package == (CORE, BUILT_IN)
    }  # its package tells the same
    core = core_bindings()
    for name in names:
        for url, bound in core.get(name, ()):
            if (url, bound.element) in said:
                continue
            found.append(Usage(bound, url, BUILT_IN, url.rpartition("/")[2], (CORE, BUILT_IN)))
    return found[: MOST + 1]
