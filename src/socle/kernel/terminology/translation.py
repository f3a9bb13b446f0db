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
    """

    system: str
    code: str
    target: str = ""
    dependencies: Mapping[str, str] = field(default_factory=dict)
    backwards: bool = False


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
    for group in concept_map.get("group", ()):
        start, end = ("target", "source") if sought.backwards else ("source", "target")
        if sought.system and not _alike(group.get(start, ""), sought.system, same):
            continue
        if sought.target and not _alike(group.get(end, ""), sought.target, same):
            continue
        if sought.backwards:
            yield from _backwards(group, sought, url)
        else:
            yield from _forwards(group, sought, url)


def _forwards(group: Json, sought: Sought, url: str) -> Iterator[Match]:
    known = False
    for element in group.get("element", ()):
        if element.get("code") != sought.code:
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
            if target.get("code") == sought.code and _depends(target.get("dependsOn", ()), sought.dependencies):
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


def elsewhere(concept_map: Json, sought: Sought, same: Mapping[str, str]) -> str:
    """The map to which a group sends the codes that it does not have; "" when none does."""
    for group in concept_map.get("group", ()):
        unmapped = group.get("unmapped", {})
        if unmapped.get("mode") == "other-map" and _alike(group.get("source", ""), sought.system, same):
            known = any(element.get("code") == sought.code for element in group.get("element", ()))
            if not known:
                return str(unmapped.get("url", ""))
    return ""


def _depends(conditions: Sequence[Json], given: Mapping[str, str]) -> bool:
    """Whether the values given are those on which a target depends; one that depends on nothing is for all."""
    return all(
        given.get(one.get("property", "")) in (one.get("value"), f"{one.get('system', '')}|{one.get('value', '')}")
        for one in conditions
    )


def _alike(url: str, wanted: str, same: Mapping[str, str]) -> bool:
    return url == wanted or same.get(url, url) == same.get(wanted, wanted)
