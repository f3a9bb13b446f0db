"""One walk through a resource for what is checked wherever it stands: extensions, codings, ids of elements."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from socle.kernel.fhir.definitions import r4

Json = dict[str, Any]
TOLD = frozenset(
    {"Attachment", "Identifier", "Coding", "Reference", "Quantity", "Age", "Count", "Distance", "Duration"}
)
# Where an object is: its owner's, the element's name, its rank in an array, its type, the element's name in definitions.
Trail = tuple["Trail | None", str, int | None, str, str]


@dataclass(slots=True)
class Met:
    """What the walk met, each with its trail.

    extensions  (extension, trail, whether it is a modifier)
    codings     (Coding or Quantity with a code, trail)
    told        (value, trail) of the types of which R4 says something in its text (`prose`)
    ids         (element id, trail)
    fragments   what references and canonicals with a # name
    """

    extensions: list[tuple[Json, Trail, bool]] = field(default_factory=list)
    codings: list[tuple[Json, Trail]] = field(default_factory=list)
    ids: list[tuple[str, Trail]] = field(default_factory=list)
    told: list[tuple[Json, Trail]] = field(default_factory=list)
    fragments: set[str] = field(default_factory=set)


def walk(resource: Json) -> Met:
    """What a resource holds, without the resources that it holds, but with what these refer to. Shapes that are wrong are
    passed over.
    """
    met = Met()
    name = resource["resourceType"]
    _walk(resource, name, (None, name, None, name, name), met)
    for contained in resource.get("contained") or ():
        if type(contained) is dict and r4().is_resource(str(contained.get("resourceType"))):
            name = contained["resourceType"]
            inner = Met()
            _walk(contained, name, (None, name, None, name, name), inner)
            met.fragments |= inner.fragments
    return met


def path(trail: Trail) -> str:
    """The FHIRPath of a trail, from the resource's own elements: ".name[0].family"; "" for the resource."""
    steps: list[str] = []
    here: Trail | None = trail
    while here is not None and here[0] is not None:
        here, name, rank, _, _ = here
        steps.append(f".{name}" if rank is None else f".{name}[{rank}]")
    return "".join(reversed(steps))


def names(trail: Trail) -> list[str]:
    """Every way in which a definition may name the element at a trail: "Patient.contact.name", "HumanName", "Element"."""
    owner, _, _, type_, name = trail
    out: list[str] = []
    if owner is not None:
        for one in names(owner):
            out.append(f"{one}.{name}")
            if name.endswith("[x]"):
                out += [
                    f"{one}.{name.removesuffix('[x]')}",
                    f"{one}.{name.removesuffix('[x]')}{type_[:1].upper()}{type_[1:]}",
                ]
    out += _ancestors(type_)
    return out[:200]


_ANCESTORS = ("Quantity", "string", "uri", "integer", "BackboneElement", "Element", "DomainResource", "Resource")

# What later versions call the resources that are published under a URL: extensions made for several versions say so.
_INTERFACES = ("CanonicalResource", "MetadataResource")
_PUBLISHED = {"url", "version", "status", "date", "publisher"}


@cache
def _ancestors(type_: str) -> tuple[str, ...]:
    if "." in type_:
        return (type_, "BackboneElement", "Element")
    if r4().kind(type_) is None:
        return (type_,)
    interfaces = _INTERFACES if r4().is_resource(type_) and r4().elements(type_).keys() >= _PUBLISHED else ()
    return (type_, *(one for one in _ANCESTORS if one != type_ and r4().is_a(type_, one)), *interfaces)


@cache
def _ways(type_: str) -> dict[str, tuple[str, str, str]]:
    """{JSON name: (type, element, name in definitions)} of the members that may hold something; "" for a primitive."""
    out: dict[str, tuple[str, str, str]] = {}
    try:
        elements = r4().elements(type_)
    except KeyError:
        return out
    for element in elements.values():
        defined = element.name + "[x]" if element.choice else element.name
        for name, code in element.json_names():
            if r4().kind(code) == "primitive":
                if not element.attribute and code != "xhtml":
                    out["_" + name] = (code, element.name, defined)
            elif code not in ("xhtml", "Resource"):
                out[name] = (code, element.name, defined)
    return out


def _walk(value: Json, type_: str, trail: Trail, met: Met) -> None:
    ways = _ways(type_)
    for name, item in value.items():
        if name == "id":
            if trail[0] is not None and type(item) is str and type_ != "ElementDefinition":  # unique in its own list
                met.ids.append((item, trail))
            continue
        if name == "reference" and type(item) is str and item[:1] == "#":
            met.fragments.add(item[1:])
            continue
        way = ways.get(name)
        if way is None:
            if type(item) is str and item[:1] == "#":
                met.fragments.add(item[1:])
            elif type(item) is list:
                met.fragments.update(one[1:] for one in item if type(one) is str and one[:1] == "#")
            continue
        code, element, defined = way
        for rank, one in _each(item):
            if type(one) is not dict:
                continue
            below: Trail = (trail, element, rank, code, defined)
            if code == "Extension":
                met.extensions.append((one, below, element == "modifierExtension"))
            elif code in TOLD:
                met.told.append((one, below))
                if code == "Coding" and "code" in one:
                    met.codings.append((one, below))
            if name[0] == "_":
                _walk_companion(one, below, met)
            else:
                _walk(one, code, below, met)


def _walk_companion(companion: Json, trail: Trail, met: Met) -> None:
    """The id and the extensions of a primitive."""
    if type(companion.get("id")) is str:
        met.ids.append((companion["id"], trail))
    for rank, one in _each(companion.get("extension")):
        if type(one) is dict:
            below: Trail = (trail, "extension", rank, "Extension", "extension")
            met.extensions.append((one, below, False))
            _walk(one, "Extension", below, met)


def _each(item: Any) -> Iterator[tuple[int | None, Any]]:
    if type(item) is list:
        yield from enumerate(item)
    else:
        yield None, item
