"""What codes become in other systems, by the maps that are held."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.rules.heads import Headline
from socle.foundations.terminologies.store import Snapshot
from socle.foundations.terminologies.store.catalogue import newest
from socle.kernel.fhir.json import serialise
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.translation import NO_MATCH, Match, Sought, elsewhere, matches
from socle.kernel.terminology.versions import matches as version_matches
from socle.kernel.terminology.versions import newest as newest_edition
from socle.kernel.terminology.versions import split

_DEEPEST = 5  # maps that send one to the other


@dataclass(frozen=True, slots=True)
class Translation:
    """What was found. `good`: some match says the same, or nearly."""

    good: bool
    matches: tuple[Match, ...]


async def translate(
    snapshot: Snapshot,
    codings: Sequence[Sought],
    *,
    url: str = "",
    version: str = "",
    given: Json | None = None,
    source: str = "",
    target: str = "",
) -> Translation:
    """The translations of some codings by one map (by its URL, or given whole), or by all those that speak of them.

    source, target  canonicals of the value sets that the maps must go between, "" for any
    Of several versions of a map, the newest in force tells, unless another is asked for.
    Raises: Problem(NOT_FOUND) when the map asked for is not held, or sends the code to one that is not.
    """
    families = snapshot.catalogue.families
    if given is not None:
        maps = [given]
    elif url:
        maps = [await _map(snapshot, url, version)]
    else:
        maps = []
        versions: dict[str, list[Headline]] = {}
        for headline in snapshot.catalogue.maps:
            versions.setdefault(headline.url or headline.id, []).append(headline)
        for headline in filter(None, map(newest, versions.values())):
            facts = headline.facts
            if source and split(facts.get("source", ""))[0] != split(source)[0]:
                continue
            if target and split(facts.get("target", ""))[0] != split(target)[0]:
                continue
            ends = {families.get(one, one) for group in facts.get("groups", ()) for one in group}
            if any(families.get(sought.system, sought.system) in ends for sought in codings):
                resource = await snapshot.resource(headline)
                if resource is not None and resource.get("status") != "retired":
                    maps.append(resource)
    found: dict[tuple[str, str, str, str, bytes], Match] = {}
    for sought in codings:
        held = snapshot.editions(sought.system)
        if held and not held[0].case_sensitive:
            sought = replace(sought, exact=False)
        for one in maps:
            for match in await _through(snapshot, one, sought, _DEEPEST, alone=bool(url or given)):
                mark = (match.system, match.code, match.equivalence, match.source, serialise(list(match.products)))
                found.setdefault(mark, match)
    every = tuple([await _shown(snapshot, match) for match in found.values()])
    return Translation(any(match.equivalence not in NO_MATCH and match.code for match in every), every)


async def _map(snapshot: Snapshot, url: str, version: str) -> Json:
    bare, said = split(url)
    wanted = version or said
    held = [one for one in snapshot.catalogue.maps if one.url == bare and version_matches(wanted, one.version)]
    headline = newest(held, wanted)
    resource = await snapshot.resource(headline) if headline else None
    if resource is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"La table de correspondance {url[:300]} n'est pas connue de cette maison : chargez-la, ou corrigez son adresse.",
            f"The map {url[:300]} is not known to this house: load it, or correct its address.",
            rule="FHIR R4 conceptmap-operation-translate.html",
        )
    return resource


async def _through(
    snapshot: Snapshot, concept_map: Json, sought: Sought, depth: int, *, alone: bool = True
) -> list[Match]:
    """The matches of a map and of those to which it sends the code. alone: one that is not held is told when nothing is found."""
    families = snapshot.catalogue.families
    found = list(matches(concept_map, sought, families))
    lost: Problem | None = None
    for other in elsewhere(concept_map, sought, families) if depth else ():
        try:
            next_map = await _map(snapshot, other, "")
            found += await _through(snapshot, next_map, sought, depth - 1, alone=alone)
        except Problem as problem:
            lost = lost or problem
    if lost is not None and alone and not found:
        raise lost
    return found


async def _shown(snapshot: Snapshot, match: Match) -> Match:
    """A match with the display of its code, when the map gives none and the system is held."""
    if match.display or not match.code:
        return match
    held = snapshot.editions(match.system)
    edition = newest_edition(held, match.version) or newest_edition(held)
    entry = await snapshot.entry(edition, match.code) if edition is not None else None
    return replace(match, display=entry.display) if entry is not None else match
