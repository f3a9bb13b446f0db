"""What a code becomes in another system. Source: FHIR R4 conceptmap-operation-translate.html, conceptmap.html."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

# What a relation becomes when the map is read from its targets to its sources.
_REVERSED: Final = {
    "wider": "narrower",
    "narrower": "wider",
    "subsumes": "specializes",
    "specializes": "subsumes",
}
NO_MATCH: Final = frozenset({"unmatched", "disjoint"})


@dataclass(frozen=True, slots=True)
class Sought:
    """A code to translate.

    target        system to which, "" for any
    dependencies  values of other elements: property → "system|code" or text
    backwards     from the map's targets to its sources
    exact         whether case matters in the code
    """

    system: str
    code: str
    target: str = ""
    dependencies: Mapping[str, str] = field(default_factory=dict)
    backwards: bool = False
    exact: bool = True

    def means(self, code: str) -> bool:
        """Whether a code of a map is the one sought."""
        return code == self.code if self.exact else code.casefold() == self.code.casefold()


@dataclass(frozen=True, slots=True)
class Match:
    """A translation; `products` are values that other elements take with it, as FHIR writes them."""

    system: str
    version: str
    code: str
    display: str
    equivalence: str
    comment: str = ""
    products: tuple[Json, ...] = ()
    source: str = ""


def matches(concept_map: Json, sought: Sought, same: Mapping[str, str]) -> Iterator[Match]:
    """The matches of one map.

    same  URL of a system → the name shared by all its URLs (its own when it has but one)
    """
    url = concept_map.get("url", "")
    for group in _between(concept_map, sought, same):
        if sought.backwards:
            yield from _backwards(group, sought, url)
        else:
            yield from _forwards(group, sought, url)


def _between(concept_map: Json, sought: Sought, same: Mapping[str, str]) -> Iterator[Json]:
    """The groups from the system of the code to that which is wanted."""
    start, end = ("target", "source") if sought.backwards else ("source", "target")
    for group in concept_map.get("group", ()):
        if sought.system and not _alike(group.get(start, ""), sought.system, same):
            continue
        if not sought.target or _alike(group.get(end, ""), sought.target, same):
            yield group


def _forwards(group: Json, sought: Sought, url: str) -> Iterator[Match]:
    known = False
    for element in group.get("element", ()):
        if not sought.means(element.get("code", "")):
            continue
        known = True
        for target in element.get("target", ()):
            if _depends(target.get("dependsOn", ()), sought.dependencies):
                yield Match(
                    group.get("target", ""),
                    group.get("targetVersion", ""),
                    target.get("code", ""),
                    target.get("display", ""),
                    target.get("equivalence", "equivalent"),
                    target.get("comment", ""),
                    tuple(target.get("product", ())),
                    url,
                )
    if not known and (unmapped := group.get("unmapped")):
        match unmapped.get("mode"):
            case "provided":
                yield Match(
                    group.get("target", ""), group.get("targetVersion", ""), sought.code, "", "equal", source=url
                )
            case "fixed":
                yield Match(
                    group.get("target", ""),
                    group.get("targetVersion", ""),
                    unmapped.get("code", ""),
                    unmapped.get("display", ""),
                    "inexact",
                    source=url,
                )


def _backwards(group: Json, sought: Sought, url: str) -> Iterator[Match]:
    for element in group.get("element", ()):
        for target in element.get("target", ()):
            if sought.means(target.get("code", "")) and _depends(target.get("dependsOn", ()), sought.dependencies):
                relation = target.get("equivalence", "equivalent")
                yield Match(
                    group.get("source", ""),
                    group.get("sourceVersion", ""),
                    element.get("code", ""),
                    element.get("display", ""),
                    _REVERSED.get(relation, relation),
                    target.get("comment", ""),
                    (),
                    url,
                )


def elsewhere(concept_map: Json, sought: Sought, same: Mapping[str, str]) -> list[str]:
    """The maps to which groups send the codes that they do not have: each group for itself."""
    found: dict[str, None] = {}
    for group in () if sought.backwards else _between(concept_map, sought, same):
        unmapped = group.get("unmapped", {})
        known = any(sought.means(element.get("code", "")) for element in group.get("element", ()))
        if not known and unmapped.get("mode") == "other-map" and unmapped.get("url"):
            found[str(unmapped["url"])] = None
    return list(found)


def _depends(conditions: Sequence[Json], given: Mapping[str, str]) -> bool:
    """Whether the values given are those on which a target depends; one that depends on nothing is for all."""
    return all(
        given.get(one.get("property", "")) in (one.get("value"), f"{one.get('system', '')}|{one.get('value', '')}")
        for one in conditions
    )


def _alike(url: str, wanted: str, same: Mapping[str, str]) -> bool:
    return url == wanted or same.get(url, url) == same.get(wanted, wanted)
