"""Profiles leafed through: those that packages define and those of FHIR R4 itself. Definitions are public."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from socle.foundations.interoperability.rules.outline import Outline, inherited, outline, typed_by
from socle.foundations.terminologies.actions import browsing
from socle.foundations.terminologies.permissions import REGISTER as TERMINOLOGIES
from socle.kernel.fhir.core import VERSION, core_structure
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.packages import BUILT_IN, CORE, Entry
from socle.kernel.fhir.packages.built_in import core_entries
from socle.kernel.fhir.packages.library import Looking
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.store import definitions, packages
from socle.kernel.store.definitions import Placed, Sought, plain, sort_of
from socle.kernel.store.packages import Installed

Json = dict[str, Any]

R4: Final = (CORE, BUILT_IN)  # the package that the house is without
MOST_DERIVED: Final = 40
_TYPING: Final = 40  # profiles of contents that one page looks up
_ROUNDS: Final = 60  # each brings one more level of bases


@dataclass(frozen=True, slots=True)
class Shown:
    """A structure as its page needs it.

    snapshot      its elements, empty when no snapshot can be made (see `problem`)
    differential  what it states itself, empty for FHIR R4, which the house keeps as snapshots
    parent        elements of its base, None when it has none or the base is in no package
    typed         by id, what a stated element constrains of the profile that types what it is in
    places        every package that holds this URL
    """

    definition: Json
    snapshot: Outline
    differential: Outline
    parent: Outline | None
    typed: Mapping[str, Json]
    problem: Problem | None
    places: tuple[Placed, ...]
    derived: tuple[Placed, ...]


async def found(
    house: House, sought: Sought, held: Sequence[Installed], *, offset: int, limit: int
) -> tuple[list[Placed], int]:
    """A page of structures and how many there are: by package, in the order of `held`; then those of FHIR R4 by name.

    held  the packages of the house (`installed_packages`)
    """
    core: list[Placed] = []
    if sought.package in (None, R4) and all((one.name, one.version) != R4 for one in held):
        core = [Placed(one, R4) for one in core_entries() if _is(one, sought)]
    if sought.package == R4 and core:
        return core[offset : offset + limit], len(core)
    order = [one.key for one in held]
    rows, total = await definitions.structures(house.database, sought, offset=offset, limit=limit, order=order)
    begin = max(0, offset - total)
    return [*rows, *core[begin : begin + limit - len(rows)]], total + len(core)


async def is_built_in(house: House) -> bool:
    """Whether FHIR R4 is there by the house alone: its own package, when it is installed, tells the same and more."""
    return await packages.find(house.database, *R4) is None


def _is(one: Entry, sought: Sought) -> bool:
    said = plain(f"{one.name} {one.url} {one.type}")
    return (
        all(plain(word) in said for word in sought.words)
        and sought.sort in ("", sort_of(one))
        and sought.of_type in ("", one.type)
    )


async def counts(house: House) -> dict[str, int]:
    """How many structures there are of each sort, FHIR R4 included."""
    told = await definitions.counts(house.database)
    for one in core_entries() if await is_built_in(house) else ():
        told[sort_of(one)] = told.get(sort_of(one), 0) + 1
    return told


async def package(house: House, name: str, version: str) -> tuple[Installed, list[tuple[str, int]], list[Installed]]:
    """A package, how many resources of each type it has, and every package held. Raises: Problem(NOT_FOUND)."""
    held = await packages.list_all(house.database)
    one = next((each for each in held if (each.name, each.version) == (name, version)), None)
    if one is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Ce paquet n'est pas, ou n'est plus, installé. La liste des paquets montre ceux qui le sont.",
            "This package is not, or no longer, installed. The list of packages shows those that are.",
            rule="SOCLE-PACKAGE",
        )
    return one, await definitions.types_of(house.database, one), held


async def structure(house: House, canonical: str) -> Shown:
    """A structure by its canonical URL, perhaps with `|version`: the latest when it names none.

    Raises: Problem(NOT_FOUND) when no package holds it and FHIR R4 has none.
    """
    library = house.library()
    url, _, version = canonical.partition("|")
    definition = await looked_up(library, canonical)
    problem = library.problem(canonical)
    places = await definitions.holders(house.database, url)
    if definition is None and problem is not None:
        definition = await _as_written(house, places, version)
    if not url:
        raise Problem.of(
            Kind.NOT_FOUND,
            "L'adresse de la page ne dit pas quel profil : ajoutez ?url= et son adresse canonique, ou prenez-le dans la liste.",
            "The address of the page does not say which profile: add ?url= and its canonical URL, or take it from the list.",
            expression="url",
        )
    if definition is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"{canonical[:300]} n'est dans aucun paquet installé. Vérifiez l'adresse, ou installez son paquet "
            "(socle fhir install FICHIER.tgz).",
            f"{canonical[:300]} is in no installed package. Check the address, or install its package "
            "(socle fhir install FILE.tgz).",
            expression="url",
            rule="FHIR R4 profiling.html",
            code="not-found",
        )
    if core_structure(url) is not None and all(one.package != R4 for one in places):
        places = [*places, *(Placed(one, R4) for one in core_entries() if one.url == url)]
    snapshot, differential = _view(definition, "snapshot"), _view(definition, "differential")
    parent = await _parent(house, library, definition, places)
    return Shown(
        definition,
        snapshot,
        differential,
        parent,
        await _typed(library, snapshot, differential, parent) if parent is not None else {},
        problem,
        tuple(places),
        tuple(await definitions.derived(house.database, url, most=MOST_DERIVED + 1)),
    )


async def looked_up(library: Looking, canonical: str) -> Json | None:
    """A structure, with what its snapshot needs brought from the packages; None when it is nowhere, or see `problem`."""
    for _ in range(_ROUNDS):
        definition = library.structure(canonical)
        if definition is not None or not await library.fetch():
            return definition
    return None


async def _as_written(house: House, places: Sequence[Placed], version: str) -> Json | None:
    """The definition itself, when its snapshot cannot be made."""
    for one in reversed(places):
        if version in ("", one.entry.version):
            held = await packages.one(house.database, *one.package)
            body = await packages.body(house.database, held, "StructureDefinition", one.entry.url)
            return {**parse(body), "snapshot": {}} if body is not None else None
    return None


async def _parent(house: House, library: Looking, definition: Json, places: Sequence[Placed]) -> Outline | None:
    """The elements of the base, of the same package when that package holds it."""
    base = str(definition.get("baseDefinition", ""))
    if not base:
        return None
    if "|" not in base:
        mine = {one.package for one in places if one.entry.version == definition.get("version")}
        beside = [one for one in await definitions.holders(house.database, base) if one.package in mine]
        base = f"{base}|{beside[-1].entry.version}" if beside and beside[-1].entry.version else base
    found = await looked_up(library, base)
    return None if found is None else _view(found, "snapshot")


async def _typed(library: Looking, snapshot: Outline, differential: Outline, parent: Outline) -> dict[str, Json]:
    """What stated elements constrain of the profiles that type what they are in, where the parent does not have them."""
    views: dict[str, Outline | None] = {}
    found: dict[str, Json] = {}
    for id in differential.elements:
        placed = typed_by(id, snapshot) if id in snapshot.elements and inherited(id, parent) is None else None
        if placed is None:
            continue
        canonical, path = placed
        if canonical not in views and len(views) < _TYPING:
            definition = await looked_up(library, canonical)
            views[canonical] = _view(definition, "snapshot") if definition is not None else None
        view = views.get(canonical)
        before = inherited(view.root + path, view) if view is not None else None
        if before is not None:
            found[id] = before
    return found


def _view(definition: Json, name: str) -> Outline:
    view = definition.get(name)
    elements = view.get("element") if isinstance(view, dict) else None
    return _outlined(_Same(elements)) if isinstance(elements, list) else outline([])


class _Same:
    """A list, known by being that very list: the library gives the same one while a definition is at hand."""

    __slots__ = ("elements",)

    def __init__(self, elements: list[Json]) -> None:
        self.elements = elements

    def __hash__(self) -> int:
        return id(self.elements)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.elements is self.elements


@lru_cache(maxsize=64)
def _outlined(same: _Same) -> Outline:
    """The tree of a list, made once: a page of a large definition costs what it shows."""
    return outline(same.elements)


async def value_sets(house: House, canonicals: Iterable[str], *, by: Actor) -> dict[str, str]:
    """{canonical: id in the terminology service} of the value sets that it holds."""
    register = house.repositories.get(TERMINOLOGIES)
    wanted = sorted(set(canonicals) - {""})
    return await browsing.value_set_ids(register, wanted, by=by) if register is not None and wanted else {}


def title_of(one: Entry) -> str:
    """What people call it."""
    return one.title or one.name or one.url.rpartition("/")[2]


__all__ = ["R4", "VERSION", "Shown", "counts", "found", "package", "structure", "title_of", "value_sets"]
