"""Which value sets the elements of a StructureDefinition are bound to, read without making the rest of it."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from socle.kernel.fhir.core import core_structure, core_urls

LARGEST: Final = "maximum"  # a strength of ours: the value set beyond which an extensible binding may not go
_MAXIMUM: Final = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"


class Bound(NamedTuple):
    """An element and the value set that it is bound to.

    element    its id: "Patient.identifier:nss.type"
    strength   required, extensible, preferred, example; or LARGEST
    value_set  canonical URL; version: the one asked, "" for any
    """

    element: str
    strength: str
    value_set: str
    version: str


class _Extension(msgspec.Struct):
    url: str = ""
    valueCanonical: str = ""
    valueUri: str = ""


class _Binding(msgspec.Struct):
    strength: str = "example"
    valueSet: str = ""
    extension: list[_Extension] = []


class _Element(msgspec.Struct):
    id: str = ""
    path: str = ""
    binding: _Binding | None = None


class _View(msgspec.Struct):
    element: list[_Element] = []


class _Definition(msgspec.Struct):
    differential: _View | None = None


_decode = msgspec.json.Decoder(_Definition).decode


def stated(body: bytes) -> list[Bound]:
    """The bindings that a StructureDefinition (JSON) states in its differential; [] when its shape is not FHIR's."""
    try:
        definition = _decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    found: list[Bound] = []
    for element in definition.differential.element if definition.differential else ():
        if element.binding is not None:
            larger = [one.valueCanonical or one.valueUri for one in element.binding.extension if one.url == _MAXIMUM]
            found += _bounds(element.id or element.path, element.binding.strength, element.binding.valueSet, larger)
    return found


@cache
def core_bindings() -> Mapping[str, tuple[tuple[str, Bound], ...]]:
    """{value set: (URL of the definition, binding)} of what FHIR R4 itself states; a tenth of a second the first time.

    What a type inherits is told of the type that states it.
    """
    found: dict[str, list[tuple[str, Bound]]] = {}
    for url in core_urls():
        for one in _core(url):
            found.setdefault(one.value_set, []).append((url, one))
    return MappingProxyType({value_set: tuple(some) for value_set, some in found.items()})


def _core(url: str) -> Iterator[Bound]:
    definition = core_structure(url) or {}
    inherited = _inherited(definition)
    for element in definition["snapshot"]["element"]:
        binding = element.get("binding")
        if not binding or (element["id"], binding.get("valueSet")) in inherited:
            continue
        if definition.get("derivation") != "constraint" and element["base"]["path"] != element["path"]:
            continue
        larger = [e.get("valueCanonical", "") for e in binding.get("extension", ()) if e["url"] == _MAXIMUM]
        yield from _bounds(element["id"], binding.get("strength", "example"), binding.get("valueSet", ""), larger)


def _inherited(definition: dict[str, Any]) -> set[tuple[str, str | None]]:
    """What a profile of the core has of its base: it has no differential here."""
    base = (
        core_structure(definition.get("baseDefinition", "")) if definition.get("derivation") == "constraint" else None
    )
    elements = base["snapshot"]["element"] if base else ()
    return {(one["id"], one["binding"].get("valueSet")) for one in elements if "binding" in one}


def _bounds(element: str, strength: str, value_set: str, larger: list[str]) -> list[Bound]:
    found = []
    for how, canonical in ((strength, value_set), *((LARGEST, one) for one in larger)):
        url, _, version = canonical.replace("\0", "").partition("|")
        if url:
            found.append(Bound(element.replace("\0", ""), how.replace("\0", ""), url, version))
    return found
