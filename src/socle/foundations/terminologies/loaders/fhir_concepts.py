"""Resources held in memory as code systems and concepts. Source: FHIR R4 codesystem.html."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from socle.foundations.terminologies.loaders.claims import Claims
from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.model import Concept, Designation, Head, Json, Loaded, Property, PropertyType
from socle.foundations.terminologies.rules.concepts import ABOVE, ENDED, GROUPS
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.filters import meaning

KNOWN: Final = frozenset({"CodeSystem", "ValueSet", "ConceptMap", "NamingSystem"})
DEEPEST: Final = 100
_TYPES: Final[dict[str, PropertyType]] = {
    "valueCode": "code",
    "valueCoding": "Coding",
    "valueString": "string",
    "valueInteger": "integer",
    "valueBoolean": "boolean",
    "valueDateTime": "dateTime",
    "valueDecimal": "decimal",
}


@dataclass(frozen=True, slots=True)
class How:
    """What the concepts of a file are read with: the time, who is told of what is wrong, the name of the file, and which
    concepts say that others are below them.
    """

    now: datetime
    watch: Watch
    file: str
    claims: Claims


def of_resource(resource: Json, now: datetime, watch: Watch, file: str = "", line: int = 0) -> Loaded:
    """A CodeSystem held in memory, of which the line in the file is known, 0 not. Raises: Problem(INVALID) without url."""
    concepts = resource.get("concept", [])
    how = How(now, watch, file, Claims(resource))
    how.claims.note(concepts)
    return Loaded(
        head=head_of({name: value for name, value in resource.items() if name != "concept"}, file),
        concepts=(found for concept in concepts for found in walk(concept, (), how, (line, 0))),
        total=count_of(concepts),
        told={"file": file},
    )


def head_of(resource: Json, file: str) -> Head:
    """The head of a code system. Raises: Problem(INVALID) without url."""
    url = resource.get("url")
    if not isinstance(url, str) or not url:
        raise Problem.of(
            Kind.INVALID,
            f"{file} : CodeSystem sans url. Ajoutez CodeSystem.url, qui est son identité.",
            f"{file}: CodeSystem without url. Add CodeSystem.url, which is its identity.",
            expression="CodeSystem.url",
            rule="codesystem-url",
        )
    oids = tuple(
        value.removeprefix("urn:oid:")
        for identifier in resource.get("identifier", ())
        if isinstance(value := identifier.get("value"), str) and value.startswith("urn:oid:")
    )
    return Head(url, str(resource.get("version", "")), resource, oids)


def known_items(resource: Any, name: str, line: int, options: Options, watch: Watch) -> Iterator[Item]:
    """What a resource held in memory gives: itself, a code system, or nothing when it is no terminology."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if kind == "CodeSystem":
        yield of_resource(resource, options.now, watch, name, line)
    elif kind in KNOWN:
        yield resource
    elif kind:
        watch.note(f"{name} : {kind} n'est pas une terminologie, passé", f"{name}: {kind} is no terminology, left out")
    else:
        watch.reject(name, line, 0, "resourceType", "aucun resourceType.", "no resourceType.")


def walk(value: Any, parents: tuple[str, ...], how: How, place: tuple[int, int], depth: int = 0) -> Iterator[Concept]:
    """A concept held in memory and those below it; what is wrong is rejected at `place`."""
    if depth > DEEPEST:
        raise too_deep(how.file, place[0])
    yield from one_of(value, parents, how, place)
    if isinstance(value, dict) and isinstance(below := value.get("concept"), list):
        for each in below:
            yield from walk(each, parents_below(value), how, place, depth + 1)


def parents_below(value: Json) -> tuple[str, ...]:
    """The parents of what a concept holds: itself."""
    return (code,) if isinstance(code := value.get("code"), str) and code else ()


def one_of(value: Any, parents: tuple[str, ...], how: How, place: tuple[int, int]) -> Iterator[Concept]:
    """The concept without those below; nothing when it was rejected."""
    if not isinstance(value, dict) or not isinstance(code := value.get("code"), str) or not code.strip():
        how.watch.reject(
            how.file,
            *place,
            "concept-code",
            "un concept n'a pas de code. Ajoutez CodeSystem.concept.code.",
            "a concept has no code. Add CodeSystem.concept.code.",
        )
        return
    try:
        yield concept_of(value, (*parents, *how.claims.on(code)), how, place[0])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        how.watch.reject(
            how.file,
            *place,
            "concept",
            f"le concept {code} n'est pas écrit comme un concept FHIR ({error}).",
            f"concept {code} is not written as a FHIR concept ({error}).",
        )


def concept_of(value: Json, parents: tuple[str, ...], how: How, line: int = 0) -> Concept:
    """A `CodeSystem.concept`, those below it apart.

    The properties of FHIR's own list become what they mean, by whatever code the system gives them: `parent`, `subsumedBy`,
    `inactive`, `status`, `notSelectable`. A `dateFin` (NOS) that is past makes the code inactive.
    Source: FHIR R4 codesystem.html#status, codesystem-concept-properties.
    """
    inactive = abstract = False
    broader = dict.fromkeys(parents)
    properties = []
    for each in value.get("property", ()):
        name = str(each["code"])
        key = next((key for key in each if key.startswith("value")), "value[x]")
        said = each[key]
        meant = meaning(how.claims.uris, name)
        if meant in ABOVE and key in ("valueCode", "valueString"):
            broader[str(said)] = None
            continue
        if meant == "child":
            continue
        if meant in GROUPS and said is True:
            abstract = True
        if meant == "inactive" and said is True:
            inactive = True
        if meant == "status" and isinstance(said, str) and said.lower() in ENDED:
            inactive = True
        if name == "dateFin" and isinstance(said, str) and ended(said, how.now):
            inactive = True
        properties.append(Property(name, _written(said), _TYPES[key]))
    return Concept(
        code=value["code"],
        display=str(value.get("display", "")),
        definition=str(value.get("definition", "")),
        parents=tuple(broader),
        designations=tuple(_designation(each) for each in value.get("designation", ())),
        properties=tuple(properties),
        inactive=inactive,
        abstract=abstract,
        line=line,
    )


def ended(date: str, now: datetime) -> bool:
    """Is this end past? `date` begins with AAAA-MM-JJ or AAAAMMJJ."""
    return date.replace("-", "")[:8] <= now.strftime("%Y%m%d")


def _designation(value: Json) -> Designation:
    use = value.get("use", {})
    said = (str(use.get(name, "")) for name in ("code", "system", "display"))
    return Designation(str(value["value"]), str(value.get("language", "")), *said)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return f"{value.get('system', '')}|{value['code']}"
    if isinstance(value, (str, int, Decimal)):
        return str(value)
    raise TypeError(f"property value {value!r}")


def count_of(concepts: Any) -> int:
    """How many concepts, those below counted."""
    total, waiting = 0, [concepts]
    while waiting:
        for each in waiting.pop():
            total += 1
            if isinstance(each, dict) and isinstance(below := each.get("concept"), list):
                waiting.append(below)
    return total


def too_deep(file: str, line: int) -> Problem:
    """More levels than are read."""
    return Problem.of(
        Kind.INVALID,
        f"{file}:{line} : plus de {DEEPEST} niveaux de concepts.",
        f"{file}:{line}: more than {DEEPEST} levels of concepts.",
        rule="concept-depth",
    )
