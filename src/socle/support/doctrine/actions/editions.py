"""The editions that this house shows: those shipped, and those it published, without restart.

What is shipped is read once a process. What is published is read again when its table says so; that is asked at most once
a second, so that an edition published by another worker appears within that time, and at once in this one.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Protocol
from weakref import WeakKeyDictionary

import structlog

from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.database import Database
from socle.support.doctrine.model import Edition
from socle.support.doctrine.rules.checking import Known
from socle.support.doctrine.rules.reading import load
from socle.support.doctrine.rules.standing import standing
from socle.support.doctrine.store import published, shipped

log = structlog.get_logger("socle.doctrine")
_FRESH = 1.0  # seconds


class Named(Protocol):
    """A module, by its name."""

    @property
    def name(self) -> str:
        """Its import path below socle."""


class Home(Protocol):
    """What the doctrine needs of a house."""

    @property
    def database(self) -> Database:
        """Where published editions are kept."""

    @property
    def modules(self) -> Sequence[Named]:
        """The modules that an edition may name."""


@dataclass(slots=True)
class _Shelf:
    """What this process has read of one database."""

    asked: float = float("-inf")
    seen: tuple[published.Published, ...] | None = None
    loaded: dict[tuple[str, int], Edition] = field(default_factory=dict)
    editions: Mapping[str, Edition] = field(default_factory=dict)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


_shelves: WeakKeyDictionary[Database, _Shelf] = WeakKeyDictionary()


async def editions(house: Home, *, fresh: bool = False) -> Mapping[str, Edition]:
    """Every edition by id, the oldest first; one published here replaces one shipped under the same year.

    A shipped edition that does not load is left out, and the log says why. `fresh` asks the table whatever the time.
    """
    shelf = _shelves.setdefault(house.database, _Shelf())
    if not fresh and (time.monotonic() - shelf.asked < _FRESH or (shelf.seen is not None and shelf.reading.locked())):
        return shelf.editions  # while somebody reads a new edition, the others read on
    async with shelf.reading:
        now = time.monotonic()
        there = await published.latest(house.database)
        if there != shelf.seen:
            loaded = {
                (one.id, one.version): shelf.loaded.get((one.id, one.version))
                or await _published(house.database, one.id, one.version)
                for one in there
            }
            by_id = {**_shipped(), **{id: edition for (id, _), edition in loaded.items()}}
            shelf.loaded = loaded
            shelf.editions = MappingProxyType(standing(by_id.values()))
            shelf.seen = there
        shelf.asked = now
    return shelf.editions


def remember(house: Home, edition: Edition, version: int) -> None:
    """What was just published need not be read again."""
    _shelves.setdefault(house.database, _Shelf()).loaded[edition.id, version] = edition


async def _published(database: Database, id: str, version: int) -> Edition:
    """A published edition. In a thread: two thousand requirements take a second to read."""
    files = await published.read(database, id, version)
    return await asyncio.to_thread(load, files, root=f"{id}/")


async def left_out(house: Home) -> tuple[str, ...]:
    """Editions shipped that are not shown because they do not load: an author is at work, or a file is damaged."""
    there = await editions(house)
    return tuple(id for id in shipped.editions() if id not in there)


async def files_of(house: Home, id: str) -> Mapping[str, str]:
    """The files of an edition as its author wrote them: path → text. Raises: Problem(NOT_FOUND)."""
    for one in await published.latest(house.database):
        if one.id == id:
            return await published.read(house.database, one.id, one.version)
    if id in shipped.editions():
        return shipped.read(id)
    raise Problem.of(Kind.NOT_FOUND, f"Il n'y a pas d'édition « {id} ».", f"There is no edition “{id}”.")


def known_to(house: Home) -> Known:
    """What an edition written in this house may name: its modules and guides, and whatever a shipped edition names."""
    chapters = [chapter for edition in _shipped().values() for chapter in edition.chapters]
    named = {module for chapter in chapters for module in chapter.modules}
    named |= {module for edition in _shipped().values() for one in edition.requirements for module in one.modules}
    named |= {module for edition in _shipped().values() for one in edition.diagram.blocks for module in one.modules}
    modules = frozenset(named | {module.name for module in house.modules})
    guides = frozenset(guide for chapter in chapters for guide in chapter.guides) | (shipped.guides() or frozenset())
    return Known(modules=modules, guides=guides, references=shipped.references(sorted(modules)))


@cache
def _shipped() -> Mapping[str, Edition]:
    found = {}
    for id in shipped.editions():
        try:
            found[id] = load(shipped.read(id), root=f"doctrine/editions/{id}/")
        except (
            Problem
        ) as problem:  # an author at work in a checkout: the house opens all the same, without this edition
            log.error("edition left out", edition=id, faults=[issue.text.en for issue in problem.issues[:5]])
    return found
