"""Concepts between FHIR, the loaders and the tables. Source: FHIR R4 codesystem.html."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final

import orjson

from socle.foundations.terminologies.model import Concept, Designation, Json, Property, PropertyType
from socle.kernel.fhir.json import decimal_text, serialise
from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.compose import joined_use
from socle.kernel.terminology.entries import Entry, Name, Value
from socle.kernel.terminology.filters import meaning
from socle.kernel.terminology.words import LONGEST, plain

MOST_CONCEPTS: Final = 2_000_000
_MOST_WORDS: Final = 300
ENDED: Final = frozenset({"retired", "inactive", "withdrawn"})
GROUPS: Final = frozenset({"notSelectable", "abstract"})
ABOVE: Final = frozenset({"parent", "subsumedBy"})
_TYPES: Final[dict[str, PropertyType]] = {
    "valueCode": "code",
    "valueCoding": "Coding",
    "valueString": "string",
    "valueInteger": "integer",
    "valueBoolean": "boolean",
    "valueDateTime": "dateTime",
    "valueDecimal": "decimal",
}
_INACTIVE, _ABSTRACT = 1, 2

COLUMNS: Final = ("edition", "rank", "key", "code", "display", "flags", "parents", "facts", "words", "props")


def concept_key(edition: int, compared: str) -> int:
    """The key of a concept; `compared` is its code as codes of its system are compared."""
    return key("concept", str(edition), compared)


def property_key(edition: int, code: str, *value: str) -> int:
    """The key of a value of a property; without value, of having the property at all."""
    return key("property", str(edition), code, *value)


def read(resource: Json) -> Iterator[Concept]:
    """The concepts of a CodeSystem resource, in its order; nesting and the properties `parent` and `child` give parents. Of a
    system given in part, a parent that is in another part is only told.

    Raises: Problem(INVALID) naming the place of a code given twice or missing.
    """
    meanings = {p["code"]: p.get("uri", "") for p in resource.get("property", ()) if "code" in p}
    waiting = [
        (concept, "", f"CodeSystem.concept[{i}]")
        for i, concept in reversed(list(enumerate(resource.get("concept", ()))))
    ]
    in_part = resource.get("content", "complete") != "complete"
    fold = str if resource.get("caseSensitive", True) else str.casefold
    own: dict[str, str] = {}  # code as codes are compared → as its concept writes it
    below: dict[str, list[str]] = {}  # child, as codes are compared → parents that claim it
    for concept in _every(resource.get("concept", ())):
        code = concept.get("code", "")  # R4 lets extensions stand for any value
        own.setdefault(fold(code), code)
        for one in concept.get("property", ()):
            if "valueCode" in one and meaning(meanings, one.get("code", "")) == "child":
                below.setdefault(fold(one["valueCode"]), []).append(code)
    while waiting:
        concept, parent, place = waiting.pop()
        code = concept.get("code", "")
        if not code.strip():
            raise _without_code(place)
        made = _concept(concept, meanings)
        parents = [*([parent] if parent else []), *below.get(fold(code), ()), *made.parents]
        elsewhere: tuple[Property, ...] = ()
        if in_part:
            elsewhere = tuple(Property("parent", one, "code") for one in parents if fold(one) not in own)
            parents = [one for one in parents if fold(one) in own]
        yield Concept(
            made.code,
            made.display,
            made.definition,
            tuple(dict.fromkeys(own.get(fold(one), one) for one in parents)),
            made.designations,
            (*made.properties, *elsewhere),
            made.inactive,
            made.abstract,
        )
        inner = concept.get("concept", ())
        waiting += [(one, code, f"{place}.concept[{i}]") for i, one in reversed(list(enumerate(inner)))]


def _every(concepts: Sequence[Json]) -> Iterator[Json]:
    waiting = list(concepts)
    while waiting:
        one = waiting.pop()
        yield one
        waiting += one.get("concept", ())


def _concept(concept: Json, meanings: dict[str, str]) -> Concept:
    inactive = abstract = False
    parents: list[str] = []
    properties: list[Property] = []
    for one in concept.get("property", ()):
        code = one.get("code", "")
        member = next((name for name in one if name.startswith("value")), "")
        value = _text(one.get(member))
        meant = meaning(meanings, code)
        if meant == "inactive":
            inactive = inactive or value == "true"
        elif meant == "status":
            inactive = inactive or value in ENDED
        elif meant in GROUPS:
            abstract = abstract or value == "true"
        if meant in ABOVE and member == "valueCode":
            parents.append(value)
        elif code and value:
            properties.append(Property(code, value, _TYPES.get(member, "string")))
    designations = tuple(
        Designation(
            one["value"],
            one.get("language", ""),
            one.get("use", {}).get("code", ""),
            one.get("use", {}).get("system", ""),
            one.get("use", {}).get("display", ""),
        )
        for one in concept.get("designation", ())
        if one.get("value")
    )
    return Concept(
        concept["code"],
        concept.get("display", ""),
        concept.get("definition", ""),
        tuple(parents),
        designations,
        tuple(properties),
        inactive,
        abstract,
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return f"{value.get('system', '')}|{value.get('code', '')}"
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else decimal_text(value)


def flat(resource: Json) -> Json:
    """A CodeSystem as it is indexed: all its codes at the first level, so that `CodeSystem?code=` finds the nested too."""
    if not any("concept" in concept for concept in resource.get("concept", ())):
        return resource
    return {**resource, "concept": [{"code": one["code"]} for one in _every(resource["concept"]) if "code" in one]}


def digest(resource: Json) -> bytes:
    """What the concepts of a CodeSystem depend on, in 16 octets: the same, and they need not be loaded again."""
    said = [resource.get(name) for name in ("concept", "property", "caseSensitive")]
    return blake2b(serialise(said), digest_size=16).digest()


def row(edition: int, rank: int, concept: Concept, exact: bool) -> tuple[Any, ...]:
    """A concept as the table `stage` takes it (COLUMNS). exact: whether case matters.

    Raises: Problem(INVALID) for a concept without a code.
    """
    code = concept.code.strip()
    if not code:
        raise _without_code(f"CodeSystem.concept[{rank - 1}]")
    facts: dict[str, Any] = {}
    if concept.definition:
        facts["d"] = concept.definition
    if concept.parents:
        facts["p"] = list(dict.fromkeys(parent.strip() for parent in concept.parents))
    if concept.designations:
        facts["n"] = [
            [
                one.value,
                one.language,
                joined_use(one.use_system, one.use),
                *([one.use_display] if one.use_display else []),
            ]
            for one in concept.designations
        ]
    if concept.properties:
        facts["v"] = [
            [one.code, one.value, one.type, *([one.group] if one.group else [])] for one in concept.properties
        ]
    return (
        edition,
        rank,
        concept_key(edition, code if exact else code.casefold()),
        code,
        concept.display,
        _INACTIVE * concept.inactive + _ABSTRACT * concept.abstract,
        [concept_key(edition, one if exact else one.casefold()) for one in facts["p"]] if concept.parents else None,
        orjson.dumps(facts) if facts else None,
        _words(concept),
        _tokens(edition, concept.properties),
    )


def _without_code(place: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"Un concept n'a pas de code ({place}).",
        f"A concept has no code ({place}).",
        expression=f"{place}.code",
        rule="FHIR R4 codesystem.html",
        code="required",
    )


def _words(concept: Concept) -> list[str]:
    text = plain(" ".join((concept.code, concept.display, *(one.value for one in concept.designations))))
    return sorted({word[:LONGEST] for word in text.split()[:_MOST_WORDS]})


def _tokens(edition: int, properties: Sequence[Property]) -> list[int] | None:
    if not properties:
        return None
    found: set[int] = set()
    for one in properties:
        found.add(property_key(edition, one.code))
        found.add(property_key(edition, one.code, one.value))
        if one.type == "Coding":
            found.add(property_key(edition, one.code, one.value.rpartition("|")[2]))
    return list(found)


def entry(
    edition: int, rank: int, code: str, display: str, flags: int, ancestors: Sequence[int], facts: bytes | None
) -> Entry:
    """A concept as the table `concept` gives it."""
    inactive, abstract = bool(flags & _INACTIVE), bool(flags & _ABSTRACT)
    if facts is None:
        return Entry(edition, rank, code, display, inactive, abstract, ancestors=tuple(ancestors))
    said = orjson.loads(facts)
    return Entry(
        edition,
        rank,
        code,
        display,
        inactive,
        abstract,
        said.get("d", ""),
        tuple(said.get("p", ())),
        tuple(ancestors),
        tuple(Name(*one) for one in said.get("n", ())),
        tuple(Value(*one[:3]) for one in said.get("v", ())),
    )
