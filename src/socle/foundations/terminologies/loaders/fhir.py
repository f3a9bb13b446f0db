"""FHIR: CodeSystem, ValueSet, ConceptMap, NamingSystem, alone, in a Bundle, in NDJSON, in a folder or a zip.

A CodeSystem of any size is read in constant memory: its head first, then its concepts, one by one, down their hierarchy.
Source: FHIR R4 codesystem.html, json.html, nd-json.html.
"""

from collections.abc import Iterator
from typing import Final

from socle.foundations.terminologies.loaders import fhir_xml
from socle.foundations.terminologies.loaders.claims import Claims, Said
from socle.foundations.terminologies.loaders.fhir_concepts import (
    DEEPEST,
    How,
    count_of,
    head_of,
    known_items,
    one_of,
    parents_below,
    too_deep,
    walk,
)
from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.json_feed import JsonFeed
from socle.foundations.terminologies.loaders.source import Place
from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.model import Concept, Json, Loaded
from socle.kernel.outcome import Kind, Problem

_SMALL: Final = 1 << 19  # characters of a concept, with those below it, that is read whole


def load(place: Place, names: list[str], options: Options, watch: Watch) -> Iterator[Item]:
    """Everything that the JSON files hold, in their order; resources of other types are left out, and said."""
    for name in names:
        if name.lower().endswith(".ndjson"):
            yield from _ndjson(place, name, options, watch)
        elif _is_xml(place, name):
            yield from fhir_xml.load_file(place, name, options, watch)
        else:
            yield from _file(place, name, options, watch)


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
    said = Said()
    with place.open(name) as stream:
        feed = JsonFeed(stream, name)
        if feed.peek() != "{":
            feed.value(most=1)  # says what is wrong
        for key in feed.members():
            if key == "concept" and feed.peek() == "[":
                for _ in feed.items():
                    total += _pass(feed, said)
            elif key == "entry" and feed.peek() == "[":
                for _ in feed.items():
                    feed.value()
            else:
                head[key] = feed.value()
        feed.end()
    kind = head.get("resourceType")
    watch.expect(place.size(name))
    if kind == "CodeSystem":
        concepts = _stream(place, name, head, said, options, watch)
        yield Loaded(head_of(head, name), concepts, total, told={"file": name})
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


def _stream(place: Place, name: str, head: Json, said: Said, options: Options, watch: Watch) -> Iterator[Concept]:
    how = How(options.now, watch, name, _claims(place, name, head, said))
    with place.open(name, watch) as stream:
        feed = JsonFeed(stream, name)
        for key in feed.members():
            if key == "concept" and feed.peek() == "[":
                for _ in feed.items():
                    yield from _next(feed, (), how, 0)
            else:
                feed.value()


def _claims(place: Place, name: str, head: Json, said: Said) -> Claims:
    """What the concepts say of those below them: read apart, as it may be said after the concept of which it is."""
    claims = Claims(head)
    if not claims.are_in(said):
        return claims
    with place.open(name) as stream:
        feed = JsonFeed(stream, name)
        for key in feed.members():
            if key == "concept" and feed.peek() == "[":
                for _ in feed.items():
                    _pass(feed, claims)
            else:
                feed.value()
    return claims


def _pass(feed: JsonFeed, said: Said) -> int:
    """Go past a concept; how many it holds, itself among them. What they say is added to `said`."""
    found, value = feed.small(_SMALL)
    if found:
        said.note([value])
        return count_of([value])
    count = 1
    told: Json = {}
    for key in feed.members():
        if key == "concept" and feed.peek() == "[":
            for _ in feed.items():
                count += _pass(feed, said)
        else:
            told[key] = feed.value()
    said.add(told)
    return count


def _next(feed: JsonFeed, parents: tuple[str, ...], how: How, depth: int) -> Iterator[Concept]:
    """The concept at the cursor and those below it."""
    place, file = feed.place(), how.file
    found, value = feed.small(_SMALL)
    if found:
        yield from walk(value, parents, how, place)
        return
    if depth > DEEPEST:
        raise too_deep(file, place[0])
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
        yield from one_of(told, parents, how, place)
        for _ in feed.items():
            yield from _next(feed, parents_below(told), how, depth + 1)
    if not given:
        yield from one_of(told, parents, how, place)
