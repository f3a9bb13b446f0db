"""FHIR XML: the same resources as in JSON. A CodeSystem of any size is read concept by concept; its narrative is left out.

Everything but concepts goes through the house's own reader of FHIR XML. Source: FHIR R4 xml.html.
"""

from collections.abc import Iterator
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from socle.foundations.terminologies.loaders.claims import Claims, Said
from socle.foundations.terminologies.loaders.fhir_concepts import KNOWN, How, head_of, known_items, walk
from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.source import Place
from socle.foundations.terminologies.loaders.watch import Watch, of_file
from socle.foundations.terminologies.loaders.xml import Node, elements
from socle.foundations.terminologies.model import Concept, Json, Loaded
from socle.kernel.fhir.xml import read
from socle.kernel.outcome import Kind, Problem

_LARGEST: Final = 64 << 20  # octets of a resource that is read whole
_HEAD: Final = 4 << 20
_REPEATED: Final = frozenset({"designation", "property", "concept"})


def load_file(place: Place, name: str, options: Options, watch: Watch) -> Iterator[Item]:
    """What one file holds. Raises: Problem(INVALID | MALFORMED | TOO_LARGE) naming the line."""
    watch.expect(place.size(name))
    silent = Watch(keep_going=True)
    root = next(elements(place, name, (), silent, opened=(*KNOWN, "Bundle"), root=True), None)
    kind = root.name if root is not None else ""
    if kind == "CodeSystem":
        said = Said()
        head, total = _head(place, name, said)
        concepts = _concepts(place, name, Claims(head), said, options, watch)
        yield Loaded(head_of(head, name), concepts, total, told={"file": name})
        return
    if place.size(name) > _LARGEST:
        raise Problem.of(
            Kind.TOO_LARGE,
            f"{name} : {kind or 'fichier'} de plus de {_LARGEST} octets.",
            f"{name}: {kind or 'file'} of more than {_LARGEST} bytes.",
            rule="xml-size",
        )
    with place.open(name, watch) as stream:
        resource = _read(stream.read(), name)
    resources = (
        [entry["resource"] for entry in resource.get("entry", ()) if "resource" in entry]
        if kind == "Bundle"
        else [resource]
    )
    for each in resources:
        yield from known_items(each, name, 1, options, watch)


def _head(place: Place, name: str, met: Said) -> tuple[Json, int]:
    """The CodeSystem without narrative and concepts, and how many concepts come; what they say is added to `met`."""
    said: list[str] = []
    total = size = 0
    line = 1
    for node in elements(place, name, (), Watch(keep_going=True), each_of_root=True):
        if node.name == "concept":
            total += _count(node)
            met.note([_value(node)])
        elif node.name != "text":
            if node.line > line:  # so that lines and columns told are those of the file
                said.append("\n" * (node.line - line) + " " * (node.column - 1))
                line = node.line
            said.append(_written(node))
            size += len(said[-1])
            if size > _HEAD:
                raise Problem.of(
                    Kind.TOO_LARGE,
                    f"{name}:{node.line} : tête de CodeSystem de plus de {_HEAD} caractères.",
                    f"{name}:{node.line}: CodeSystem head of more than {_HEAD} characters.",
                    rule="xml-size",
                )
    text = f'<CodeSystem xmlns="http://hl7.org/fhir">{"".join(said)}</CodeSystem>'
    return _read(text.encode(), name), total


def _read(octets: bytes, name: str) -> Json:
    """A resource in XML. Raises: Problem(INVALID | MALFORMED) naming the file."""
    try:
        return read(octets).resource
    except Problem as problem:
        raise of_file(problem, name) from None


def _written(node: Node) -> str:
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in node.attributes.items())
    inner = "".join(escape(each) if isinstance(each, str) else _written(each) for each in node.content)
    return f"<{node.name}{attributes}>{inner}</{node.name}>"


def _count(node: Node) -> int:
    return 1 + sum(_count(each) for each in node.children("concept"))


def _concepts(place: Place, name: str, claims: Claims, said: Said, options: Options, watch: Watch) -> Iterator[Concept]:
    if claims.are_in(said):
        for node in elements(place, name, (), Watch(keep_going=True), each_of_root=True):
            if node.name == "concept":
                claims.note([_value(node)])
    how = How(options.now, watch, name, claims)
    for node in elements(place, name, (), watch, each_of_root=True):
        if node.name == "concept":
            yield from walk(_value(node), (), how, (node.line, node.column))


def _value(node: Node) -> Any:
    """An element of a concept as JSON has it: only strings, whole numbers and booleans, by the name of the element."""
    children = [each for each in node.content if isinstance(each, Node)]
    if not children and "value" in node.attributes:
        text = node.get("value")
        if node.name == "valueBoolean":
            return text == "true"
        return int(text) if node.name == "valueInteger" and text.lstrip("-").isdigit() else text
    found: Json = {}
    for each in children:
        if each.name in _REPEATED and node.name == "concept":
            found.setdefault(each.name, []).append(_value(each))
        elif each.name != "extension":
            found[each.name] = _value(each)
    return found
