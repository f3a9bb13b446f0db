"""FHIR: CodeSystem, ValueSet, ConceptMap, NamingSystem, alone, in a Bundle, in NDJSON, in a folder or a zip.

A CodeSystem of any size is read in constant memory: its head first, then its concepts, one by one, down their hierarchy.
Source: FHIR R4 codesystem.html, json.html, nd-json.html.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.json_feed import JsonFeed
from socle.foundations.terminologies.loaders.source import Place
from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.model import Concept, Designation, Head, Json, Loaded, Property, PropertyType
from socle.kernel.outcome import Kind, Problem

KNOWN: Final = frozenset({"CodeSystem", "ValueSet", "ConceptMap", "NamingSystem"})
_SMALL: Final = 1 << 19  # characters of a concept, with those below it, that is read whole
_DEEPEST: Final = 100
_STATUSES: Final = frozenset({"inactive", "retired", "deprecated", "withdrawn"})
_TYPES: Final[dict[str, PropertyType]] = {
    "valueCode": "code",
    "valueCoding": "Coding",
    "valueString": "string",
    "valueInteger": "integer",
    "valueBoolean": "boolean",
    "valueDateTime": "dateTime",
    "valueDecimal": "decimal",
}


def load(place: Place, names: list[str], options: Options, watch: Watch) -> Iterator[Item]:
    """Everything that the JSON files hold, in their order; resources of other types are left out, and said."""
    for name in names:
        if name.lower().endswith(".ndjson"):
            yield from _ndjson(place, name, options, watch)
        elif _is_xml(place, name):
            from socle.foundations.terminologies.loaders.fhir_xml import load_file

            yield from load_file(place, name, options, watch)
        else:
            yield from _file(place, name, options, watch)


def of_resource(resource: Json, now: datetime, watch: Watch, file: str = "") -> Loaded:
    """A CodeSystem held in memory. Raises: Problem(INVALID) without url."""
    concepts = resource.get("concept", [])
    return Loaded(
        head=head_of({name: value for name, value in resource.items() if name != "concept"}, file),
        concepts=(found for concept in concepts for found in walk(concept, (), now, watch, file, (0, 0))),
        total=_count(concepts),
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


def _is_xml(place: Place, name: str) -> bool:
    with place.open(name) as stream:
        return stream.read(64).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _ndjson(place: Place, name: str, options: Options, watch: Watch) -> Iterator[Item]:
    from socle.foundations.terminologies.loaders.text import lines
    from socle.kernel.fhir.json import parse

    for number, text in lines(place, name, "utf-8", watch):
        if not text.strip():
            continue
        try:
            resource = parse(text.encode())
        except Problem as problem:
            issue = problem.issues[0].text
            watch.reject(name, number, 0, "json", issue.fr, issue.en)
            continue
        yield from known_items(resource, name, number, options, watch)


def _file(place: Place, name: str, options: Options, watch: Watch) -> Iterator[Item]:
    head: Json = {}
    total = 0
    with place.open(name) as stream:
        feed = JsonFeed(stream, name)
        if feed.peek() != "{":
            feed.value(most=1)  # says what is wrong
        for key in feed.members():
            if key == "concept" and feed.peek() == "[":
                for _ in feed.items():
                    total += _pass(feed)
            elif key == "entry" and feed.peek() == "[":
                for _ in feed.items():
                    feed.value()
            else:
                head[key] = feed.value()
        feed.end()
    kind = head.get("resourceType")
    watch.expect(place.size(name))
    if kind == "CodeSystem":
        yield Loaded(head_of(head, name), _stream(place, name, options, watch), total, told={"file": name})
    elif kind == "Bundle":
        yield from _bundle(place, name, options, watch)
    else:
        with place.open(name, watch) as stream:
            resource = JsonFeed(stream, name).value()
        yield from known_items(resource, name, 1, options, watch)


def _bundle(place: Place, name: str, options: Options, watch: Watch) -> Iterator[Item]:
    with place.open(name, watch) as stream:
        feed = JsonFeed(stream, name)
        for key in feed.members():
            if key != "entry" or feed.peek() != "[":
                feed.value()
                continue
            for _ in feed.items():
                line, _column = feed.place()
                entry = feed.value()
                if isinstance(entry, dict) and isinstance(resource := entry.get("resource"), dict):
                    yield from known_items(resource, name, line, options, watch)


def known_items(resource: Any, name: str, line: int, options: Options, watch: Watch) -> Iterator[Item]:
    """What a resource held in memory gives: itself, a code system, or nothing when it is no terminology."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if kind == "CodeSystem":
        yield of_resource(resource, options.now, watch, name)
    elif kind in KNOWN:
        yield resource
    elif kind:
        watch.note(f"{name} : {kind} n'est pas une terminologie, passé", f"{name}: {kind} is no terminology, left out")
    else:
        watch.reject(name, line, 0, "resourceType", "aucun resourceType.", "no resourceType.")


def _stream(place: Place, name: str, options: Options, watch: Watch) -> Iterator[Concept]:
    with place.open(name, watch) as stream:
        feed = JsonFeed(stream, name)
        for key in feed.members():
            if key == "concept" and feed.peek() == "[":
                for _ in feed.items():
                    yield from _next(feed, (), options.now, watch, name, 0)
            else:
                feed.value()


def _pass(feed: JsonFeed) -> int:
    """Go past a concept; how many it holds, itself among them."""
    found, value = feed.small(_SMALL)
    if found:
        return _count([value])
    count = 1
    for key in feed.members():
        if key == "concept" and feed.peek() == "[":
            for _ in feed.items():
                count += _pass(feed)
        else:
            feed.value()
    return count


def _next(
    feed: JsonFeed, parents: tuple[str, ...], now: datetime, watch: Watch, file: str, depth: int
) -> Iterator[Concept]:
    """The concept at the cursor and those below it."""
    place = feed.place()
    found, value = feed.small(_SMALL)
    if found:
        yield from walk(value, parents, now, watch, file, place)
        return
    if depth > _DEEPEST:
        raise _too_deep(file, place[0])
    told: Json = {}
    given = False
    for key in feed.members():
        if key != "concept" or feed.peek() != "[":
            if given:
                raise Problem.of(
                    Kind.INVALID,
                    f"{file}:{place[0]} : « {key} » suit « concept » dans un concept très grand. Écrivez « concept » en dernier.",
                    f"{file}:{place[0]}: “{key}” follows “concept” in a very large concept. Write “concept” last.",
                    rule="json-order",
                )
            told[key] = feed.value()
            continue
        given = True
        yield from _one(told, parents, now, watch, file, place)
        for _ in feed.items():
            yield from _next(feed, _below(told), now, watch, file, depth + 1)
    if not given:
        yield from _one(told, parents, now, watch, file, place)


def walk(
    value: Any,
    parents: tuple[str, ...],
    now: datetime,
    watch: Watch,
    file: str,
    place: tuple[int, int],
    depth: int = 0,
) -> Iterator[Concept]:
    """A concept held in memory and those below it; what is wrong is rejected at `place`."""
    if depth > _DEEPEST:
        raise _too_deep(file, place[0])
    yield from _one(value, parents, now, watch, file, place)
    if isinstance(value, dict) and isinstance(below := value.get("concept"), list):
        for each in below:
            yield from walk(each, _below(value), now, watch, file, place, depth + 1)


def _below(value: Json) -> tuple[str, ...]:
    return (code,) if isinstance(code := value.get("code"), str) and code else ()


def _one(
    value: Any, parents: tuple[str, ...], now: datetime, watch: Watch, file: str, place: tuple[int, int]
) -> Iterator[Concept]:
    """The concept without those below; nothing when it was rejected."""
    if not isinstance(value, dict) or not isinstance(code := value.get("code"), str) or not code.strip():
        watch.reject(
            file,
            *place,
            "concept-code",
            "un concept n'a pas de code. Ajoutez CodeSystem.concept.code.",
            "a concept has no code. Add CodeSystem.concept.code.",
        )
        return
    try:
        yield concept_of(value, parents, now, place[0])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        watch.reject(
            file,
            *place,
            "concept",
            f"le concept {code} n'est pas écrit comme un concept FHIR ({error}).",
            f"concept {code} is not written as a FHIR concept ({error}).",
        )


def concept_of(value: Json, parents: tuple[str, ...], now: datetime, line: int = 0) -> Concept:
    """A `CodeSystem.concept`, those below it apart.

    The properties of FHIR's own list become what they mean: `parent`, `inactive`, `status`, `notSelectable`. A `dateFin`
    (NOS) that is past makes the code inactive. Source: FHIR R4 codesystem.html#status, codesystem-concept-properties.
    """
    inactive = abstract = False
    broader = list(parents)
    properties = []
    for each in value.get("property", ()):
        name = str(each["code"])
        key = next(key for key in each if key.startswith("value"))
        said = each[key]
        if name == "parent" and key in ("valueCode", "valueString"):
            if said not in broader:
                broader.append(str(said))
            continue
        if name == "child":
            continue
        if name in ("notSelectable", "abstract") and said is True:
            abstract = True
        if name == "inactive" and said is True:
            inactive = True
        if name == "status" and isinstance(said, str) and said.lower() in _STATUSES:
            inactive = True
        if name == "dateFin" and isinstance(said, str) and ended(said, now):
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
    return Designation(
        str(value["value"]), str(value.get("language", "")), str(use.get("code", "")), str(use.get("system", ""))
    )


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return f"{value.get('system', '')}|{value['code']}"
    if isinstance(value, (str, int, Decimal)):
        return str(value)
    raise TypeError(f"property value {value!r}")


def _count(concepts: Any) -> int:
    total, waiting = 0, [concepts]
    while waiting:
        for each in waiting.pop():
            total += 1
            if isinstance(each, dict) and isinstance(below := each.get("concept"), list):
                waiting.append(below)
    return total


def _too_deep(file: str, line: int) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"{file}:{line} : plus de {_DEEPEST} niveaux de concepts.",
        f"{file}:{line}: more than {_DEEPEST} levels of concepts.",
        rule="concept-depth",
    )
