"""What people leaf through: what is held, the concepts of a system, one concept and what uses it. Reading is public."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from socle.foundations.terminologies.actions.asking import unknown_code
from socle.foundations.terminologies.actions.expanding import Wanted, expand
from socle.foundations.terminologies.model import OWN, REALM, Json
from socle.foundations.terminologies.permissions import READ
from socle.foundations.terminologies.rules.heads import Headline
from socle.foundations.terminologies.store import Held, browsing
from socle.foundations.terminologies.store.browsing import Line
from socle.kernel.fhir.packages import nearest_first
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.terminology.entries import Edition, Entry
from socle.kernel.terminology.expansion import Expansion
from socle.kernel.terminology.versions import order
from socle.kernel.terminology.words import asked, plain

Sort = Literal["CodeSystem", "ValueSet", "ConceptMap"]


@dataclass(frozen=True, slots=True)
class Told:
    """A system: its edition, the other versions held, its other names; the package that brought it, "" none."""

    edition: Edition
    others: tuple[Edition, ...]
    names: tuple[str, ...]
    resource: Json
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A concept. above: from the broadest to the nearest; parents among them by code; below: a page of them."""

    edition: Edition
    entry: Entry
    above: tuple[Line, ...]
    below: tuple[Line, ...]
    more: bool


async def held_of(
    register: Repository, sort: Sort, text: str, *, package: str | None = None, by: Actor
) -> list[Headline]:
    """Everything held of a sort that the words find in name, title, URL, OID.

    package  only what this one brought (`name#version`); "" for what was imported by itself, None for all
    By where it comes from (imported, of the house, of French packages, of others, of what everybody builds upon), then by
    title, the newest version first.
    """
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    snapshot = await Held.at(register).snapshot()
    words = asked(text)
    if text.strip() and not words:
        return []
    found = [
        one
        for one in snapshot.catalogue.by_id.values()
        if one.type == sort and package in (None, one.package) and all(f" {w}" in _said(one) for w in words)
    ]
    found.sort(key=lambda one: order(one.version), reverse=True)
    found.sort(key=lambda one: plain(title(one)))
    places = {name: place for place, name in enumerate(_origins(found))}
    found.sort(key=lambda one: places[one.package])
    return found


async def origins(register: Repository, sort: Sort, *, by: Actor) -> list[str]:
    """The packages from which what is held of a sort comes, "" for what was imported by itself; in the order of lists."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    snapshot = await Held.at(register).snapshot()
    return _origins(one for one in snapshot.catalogue.by_id.values() if one.type == sort)


def _origins(found: Iterable[Headline]) -> list[str]:
    """Packages of these, the nearest first; the house's own before those installed, what was imported before all."""
    every = {one.package for one in found}
    own = sorted(one for one in every if not one or one.startswith(f"{OWN}#"))
    rest = nearest_first(
        ((name, version) for name, _, version in (one.partition("#") for one in every - {*own})), REALM
    )
    return [*own, *(f"{name}#{version}" if version else name for name, version in rest)]


def title(one: Headline) -> str:
    """What people call a resource."""
    return str(one.facts.get("title") or one.facts.get("name") or one.url)


async def counts(register: Repository, *, by: Actor) -> dict[str, int]:
    """How many resources of each sort are held."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    snapshot = await Held.at(register).snapshot()
    found = dict.fromkeys(("CodeSystem", "ValueSet", "ConceptMap"), 0)
    for one in snapshot.catalogue.by_id.values():
        if one.type in found:
            found[one.type] += 1
    return found


async def headline(register: Repository, sort: Sort, id: str, *, by: Actor) -> tuple[Headline, Json]:
    """A resource and its headline. Raises: Problem(NOT_FOUND)."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    snapshot = await Held.at(register).snapshot()
    one = snapshot.catalogue.by_id.get((sort, id))
    resource = await snapshot.resource(one) if one else None
    if one is None or resource is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Cette terminologie n'est pas, ou n'est plus, dans la maison. Cherchez-la dans la liste.",
            "This terminology is not, or no longer, in the house. Look for it in the list.",
        )
    return one, resource


async def system(register: Repository, id: str, *, by: Actor) -> Told:
    """A code system by the id of its resource. Raises: Problem(NOT_FOUND)."""
    one, resource = await headline(register, "CodeSystem", id, by=by)
    snapshot = await Held.at(register).snapshot()
    edition = snapshot.catalogue.edition_with(id)
    assert edition is not None
    same = [each for each in snapshot.catalogue.systems.get(edition.family, ()) if each.resource != id]
    names = [name for name in snapshot.catalogue.members.get(edition.family, ()) if name != one.url]
    same.sort(key=lambda each: order(each.version), reverse=True)
    return Told(edition, tuple(same), tuple(names), resource, one.package)


async def tops(register: Repository, edition: Edition, *, offset: int, limit: int, by: Actor) -> list[Line]:
    """Concepts with nothing above them; () for a system whose concepts are not held."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    if edition.id <= 0:
        return []
    return await browsing.tops(Held.at(register).database, edition.id, offset=offset, limit=limit)


async def search(
    register: Repository, text: str, *, within: Edition | None = None, offset: int = 0, limit: int = 50, by: Actor
) -> list[tuple[Edition, Line]]:
    """Concepts by code or words (without case or accents), in one system or in all that are held."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    held = Held.at(register)
    snapshot = await held.snapshot()
    every = [within] if within else [one for group in snapshot.catalogue.systems.values() for one in group]
    editions = {one.id: one for one in every if one.id > 0}
    found = await browsing.found(
        held.database, list(editions.values()), text.strip(), asked(text), offset=offset, limit=limit
    )
    return [(editions[line.edition], line) for line in found]


async def card(register: Repository, id: str, code: str, *, offset: int = 0, limit: int = 50, by: Actor) -> Card:
    """A concept of the system whose resource is `id`. Raises: Problem(NOT_FOUND)."""
    told = await system(register, id, by=by)
    held = Held.at(register)
    snapshot = await held.snapshot()
    entry = await snapshot.entry(told.edition, code)
    if entry is None:
        raise unknown_code(told.edition, code)
    if told.edition.id <= 0:
        return Card(told.edition, entry, (), (), False)
    above = await browsing.at(held.database, told.edition.id, entry.ancestors) if entry.ancestors else []
    below = await browsing.under(held.database, told.edition.id, entry.rank, offset=offset, limit=limit + 1)
    return Card(told.edition, entry, tuple(above), tuple(below[:limit]), len(below) > limit)


async def named(register: Repository, edition: Edition, codes: Sequence[str]) -> dict[str, str]:
    """Displays of codes of one system, for what refers to them."""
    snapshot = await Held.at(register).snapshot()
    found = await snapshot.entries(edition, codes) if codes else {}
    return {code: one.display for code, one in found.items() if one.display}


async def value_set_ids(register: Repository, canonicals: Sequence[str], *, by: Actor) -> dict[str, str]:
    """{canonical: id of the resource} of those value sets that are held."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    snapshot = await Held.at(register).snapshot()
    found = {canonical: snapshot.catalogue.value_set(canonical) for canonical in canonicals}
    return {canonical: one.id for canonical, one in found.items() if one is not None}


async def system_ids(register: Repository, urls: Sequence[str], *, by: Actor) -> dict[str, str]:
    """{URL: id of the resource} of those code systems that are held, in any version."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    snapshot = await Held.at(register).snapshot()
    found = {url: next((one.resource for one in snapshot.editions(url) if one.resource), "") for url in urls}
    return {url: id for url, id in found.items() if id}


async def expansion(
    register: Repository, one: Headline, text: str, *, offset: int, count: int | None, by: Actor
) -> Expansion:
    """A page of what a value set holds. Raises: as `expand`."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    snapshot = await Held.at(register).snapshot()
    canonical = f"{one.url}|{one.version}" if one.version else one.url
    _, found = await expand(snapshot, canonical, Wanted(text, offset, count))
    return found


async def rows_of(register: Repository, one: Headline, *, by: Actor) -> list[tuple[str, str, str]]:
    """(system, code, display) of all that a value set holds. Raises: as `expand`; Problem(TOO_COSTLY) for too many."""
    found = await expansion(register, one, "", offset=0, count=None, by=by)
    return [(each.edition.url, each.entry.code, each.display or each.entry.display) for each in found.members]


_GAPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _said(one: Headline) -> str:
    """Words by which a resource is found; a NOS name in one word is found by each of its words too."""
    name = str(one.facts.get("name", ""))
    said = [title(one), name, _GAPS.sub(" ", name), one.url, *(str(oid) for oid in one.facts.get("oids", ()))]
    return " " + plain(" ".join(said))
