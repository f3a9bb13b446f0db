"""Definitions of packages, for a check: found by canonical URL, with snapshots, from what is at hand.

`Shelves` is what a house (or a command) has at hand, shared by all checks and bounded; `Looking` is one check's view of
it: a `kernel.fhir.knowledge.Library`. What is not at hand is noted, and `fetch` brings it by the function given, a whole
round of notes at a time.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import zstandard

from socle.kernel.fhir.core import BASE, core_structure
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.packages.package import Package, packages_at
from socle.kernel.fhir.packages.plan import closure
from socle.kernel.fhir.packages.versions import answering, precedence
from socle.kernel.fhir.snapshot import Found, Generator
from socle.kernel.outcome import Problem

Json = dict[str, Any]
PackageId = tuple[str, str]  # (name, version)

OCTETS: Final = 32_000_000  # of packed definitions that stay at hand
STRUCTURES: Final = 512  # structures that stay parsed, with their snapshots
_PROSE: Final = frozenset({"comment", "requirements", "alias", "mapping", "example", "definition"})
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Held(NamedTuple):
    """A definition of a package, packed (zstd)."""

    type: str
    version: str
    package: PackageId
    body: bytes


class _NotAtHand(Exception):
    pass


class _Latest(MutableMapping[_K, _V]):
    """What was used lately; beyond `most` (weighed by `weigh`), the rest is forgotten."""

    def __init__(self, most: int, weigh: Callable[[_V], int] = lambda value: 1) -> None:
        self._kept: OrderedDict[_K, _V] = OrderedDict()
        self._most = most
        self._weigh = weigh
        self._weight = 0

    def __getitem__(self, key: _K) -> _V:
        self._kept.move_to_end(key)
        return self._kept[key]

    def __setitem__(self, key: _K, value: _V) -> None:
        if key in self._kept:
            del self[key]
        self._kept[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._most and len(self._kept) > 1:
            self._weight -= self._weigh(self._kept.popitem(last=False)[1])

    def __delitem__(self, key: _K) -> None:
        self._weight -= self._weigh(self._kept.pop(key))

    def __iter__(self) -> Any:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _octets(held: tuple[Held, ...]) -> int:
    return 100 + sum(len(one.body) for one in held)


@dataclass
class Shelves:
    """Definitions at hand, by URL, and the structures that were made of them. For one thread.

    unpack    what makes JSON of a packed body
    complete  nothing else exists: what is not here is nowhere
    """

    unpack: Callable[[bytes], bytes]
    complete: bool = False
    dependencies: Mapping[PackageId, Mapping[str, str]] = field(default_factory=dict)
    held: MutableMapping[str, tuple[Held, ...]] = field(default_factory=lambda: _Latest(OCTETS, _octets))
    structures: MutableMapping[tuple[str, Hashable], Json] = field(default_factory=lambda: _Latest(STRUCTURES))
    snapshots: MutableMapping[tuple[str, Hashable], tuple[Json, ...]] = field(
        default_factory=lambda: _Latest(STRUCTURES)
    )
    _closures: dict[PackageId, tuple[PackageId, ...]] = field(default_factory=dict)

    def clear(self, dependencies: Mapping[PackageId, Mapping[str, str]]) -> None:
        """Begin again: packages have changed."""
        self.dependencies = dependencies
        for kept in (self.held, self.structures, self.snapshots, self._closures):
            kept.clear()

    def closure(self, package: PackageId) -> tuple[PackageId, ...]:
        """Where definitions that a package mentions are looked for."""
        if package not in self._closures:
            self._closures[package] = closure(*package, self.dependencies)
        return self._closures[package]


class Looking:
    """One check's view of the shelves. `bring` answers every definition of some URLs; None when shelves are complete.

    `refresh` is called at each fetch: True when packages have changed meanwhile, and the shelves were cleared.
    """

    def __init__(
        self,
        shelves: Shelves,
        bring: Callable[[Sequence[str]], Awaitable[Mapping[str, tuple[Held, ...]]]] | None = None,
        refresh: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._shelves = shelves
        self._bring = bring
        self._refresh = refresh
        self._mine: dict[str, tuple[Held, ...]] = {}  # what this check brought stays, however small the shelves are
        self._noted: dict[str, None] = {}
        self._problems: dict[str, Problem] = {}
        self._generator = Generator(self._find, shelves.snapshots, tolerant=True)

    def structure(self, canonical: str) -> Json | None:
        """The StructureDefinition with its snapshot, its prose left out beside `short`; None when it is not at hand yet,
        when nothing holds it, or when its snapshot cannot be made (see `problem`). The same object each time, while it
        stays at hand: never change it.
        """
        if canonical in self._problems:
            return None
        try:
            found = self._find(canonical, None)
            return None if found is None else self._whole(found)
        except _NotAtHand:
            return None
        except Problem as problem:
            self._problems[canonical] = problem
            return None

    def resource(self, resource_type: str, canonical: str) -> Json | None:
        """Any other definition by its canonical URL; None as above."""
        if resource_type == "StructureDefinition":
            return self.structure(canonical)
        try:
            held = self._choose(resource_type, canonical, None)
            if held is None:
                return None
            key = (f"{resource_type} {canonical}", held.package)
            if key not in self._shelves.structures:
                self._shelves.structures[key] = self._parsed(held)
            return self._shelves.structures[key]
        except _NotAtHand:
            return None
        except Problem as problem:
            self._problems[canonical] = problem
            return None

    def problem(self, canonical: str) -> Problem | None:
        """Why `structure` gives nothing for a definition that is there: its base is nowhere, its differential is wrong."""
        return self._problems.get(canonical)

    async def fetch(self) -> bool:
        """Bring what was noted. True when something new is at hand: ask again."""
        if self._refresh is not None and await self._refresh():
            self._mine.clear()
            self._problems.clear()
            return True
        if not self._noted or self._bring is None:
            return False
        urls = list(self._noted)
        self._noted.clear()
        found = await self._bring(urls)
        for url in urls:
            self._mine[url] = self._shelves.held[url] = found.get(url, ())
        return True

    def _find(self, canonical: str, scope: Hashable) -> Found | None:
        url, _, version = canonical.partition("|")
        if url.startswith(BASE) and r4().kind(url[len(BASE) :]) is not None:  # a type: the house knows it by itself
            core = core_structure(url)
            return Found(core) if core is not None else None
        held = self._choose("StructureDefinition", canonical, scope)
        if held is None:
            core = core_structure(canonical) or (core_structure(url) if version else None)
            return Found(core) if core is not None else None
        return Found(self._definition(url, held), held.package)

    def _choose(self, resource_type: str, canonical: str, scope: Hashable) -> Held | None:
        url, _, version = canonical.partition("|")
        candidates = self._mine.get(url)
        if candidates is None:
            candidates = self._shelves.held.get(url)
        if candidates is None:
            if self._shelves.complete:
                return None
            self._noted[url] = None
            raise _NotAtHand
        found = [one for one in candidates if one.type == resource_type]
        if not found:
            return None
        if version:
            match = answering(version, [one.version for one in found])
            found = [one for one in found if match is not None and one.version == match.version]
        if isinstance(scope, tuple):
            for package in self._shelves.closure(scope):
                for one in found:
                    if one.package == package:
                        return one
        return max(found, key=lambda one: (precedence(one.version), precedence(one.package[1]), one.package))

    def _definition(self, url: str, held: Held) -> Json:
        key = (f"{url}|{held.version}", held.package)
        if key not in self._shelves.structures:
            self._shelves.structures[key] = _lean(self._parsed(held))
        return self._shelves.structures[key]

    def _whole(self, found: Found) -> Json:
        """The definition with its snapshot, in place."""
        definition = found.definition
        if not definition.get("snapshot", {}).get("element"):
            definition["snapshot"] = {"element": list(self._generator.snapshot(found))}
        return definition

    def _parsed(self, held: Held) -> Json:
        made: Json = parse(self._shelves.unpack(held.body))
        return made


def _lean(definition: Json) -> Json:
    """Without what no check reads: half of the memory."""
    kept = {name: value for name, value in definition.items() if name not in ("text", "mapping", "contained")}
    for view in ("snapshot", "differential"):
        elements = kept.get(view, {}).get("element") if isinstance(kept.get(view), dict) else None
        if isinstance(elements, list):
            kept[view] = {
                "element": [
                    {name: value for name, value in element.items() if name not in _PROSE}
                    for element in elements
                    if isinstance(element, dict)
                ]
            }
    return kept


def core_library() -> Looking:
    """The core of R4 alone."""
    return Looking(Shelves(lambda body: body, complete=True))


@dataclass(frozen=True, slots=True)
class Beside:
    """What packages hold that are read and not installed: definitions by URL, and what each package depends on."""

    held: Mapping[str, tuple[Held, ...]]
    dependencies: Mapping[PackageId, Mapping[str, str]]

    @classmethod
    def read(cls, paths: Iterable[Path]) -> "Beside":
        """The packages at `paths` (.tgz, package folders, folders of packages).

        Raises: as `Package.open` and `Package.resources`.
        """
        packer = zstandard.ZstdCompressor(level=1)
        held: dict[str, list[Held]] = {}
        dependencies: dict[PackageId, Mapping[str, str]] = {}
        for path in paths:
            for found in packages_at(path):
                package = Package.open(found)
                place = (package.manifest.name, package.manifest.version)
                if place in dependencies:
                    continue
                dependencies[place] = package.manifest.dependencies
                for entry, body in package.resources():
                    if entry.url:
                        held.setdefault(entry.url, []).append(
                            Held(entry.resourceType, entry.version, place, packer.compress(body))
                        )
        return cls({url: tuple(some) for url, some in held.items()}, dependencies)


NOTHING_BESIDE: Final = Beside({}, {})


def library_of(paths: Iterable[Path]) -> Looking:
    """The packages at `paths` and the core of R4, without any house. Raises: as `Beside.read`."""
    beside = Beside.read(paths)
    unpack = zstandard.ZstdDecompressor().decompress
    return Looking(Shelves(unpack, complete=True, dependencies=beside.dependencies, held=dict(beside.held)))
