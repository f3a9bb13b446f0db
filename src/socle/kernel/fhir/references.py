"""What a resource refers to: reading references, finding them all, rewriting them.

Source: FHIR R4 references.html, http.html#transaction.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from html import escape, unescape
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.faults import Reason

Json = dict[str, Any]
Mapping = Callable[[str], str | None]

UUID: Final = "urn:uuid:"
URNS: Final = (UUID, "urn:oid:")  # how references begin that name no address

_ID = r"[A-Za-z0-9\-.]{1,64}"
_RESTFUL = re.compile(rf"(?:(https?://.+)/)?([A-Z][A-Za-z]+)/({_ID})(?:/_history/({_ID}))?")
_SEARCH = re.compile(r"([A-Z][A-Za-z]+)\?(\S+)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_UUID = re.compile(r"urn:uuid:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+")
_LINK = re.compile(r"""(\s(?:href|src)\s*=\s*)("[^"]*"|'[^']*')""")

_MALFORMED: Final = Reason(
    "value",
    "cette référence n'a pas une forme permise : Type/id, URL absolue, urn:uuid:…, urn:oid:… ou #id",
    "this reference has no allowed form: Type/id, absolute URL, urn:uuid:…, urn:oid:… or #id",
)
_NOT_A_SEARCH: Final = Reason(
    "value",
    "une référence sous forme de recherche (Type?paramètre=…) n'est permise que dans une transaction",
    "a reference in the form of a search (Type?parameter=…) is only allowed in a transaction",
)


def split_reference(text: str) -> tuple[str, str, str, str | None] | None:
    """(base, type, id, version) of a RESTful reference ("Patient/1": base "", version None); None for any other text.

    Linear in the length of `text`.
    """
    match = _RESTFUL.fullmatch(text)
    if match is None or not r4().is_resource(match[2]):
        return None
    return match[1] or "", match[2], match[3], match[4]


def target_type(reference: Json, resource: Json | None = None) -> str | None:
    """The type of what a Reference refers to, as far as the data tell; None when they do not.

    Taken from its text ("Patient/1", "https://…/Patient/1", "Patient?identifier=…"), from the resource contained in
    `resource` that it names ("#p1"), or from its `type`.
    """
    text = reference.get("reference")
    if text is not None:
        if text[:1] == "#":
            for contained in (resource or {}).get("contained", ()):
                if contained.get("id") == text[1:]:
                    return str(contained["resourceType"])
        path, question, _ = text.partition("?")
        parts = path.split("/_history/", 1)[0].rsplit("/", 2)
        name = parts[-1] if question else parts[-2] if len(parts) > 1 and parts[-1] else ""
        if r4().is_resource(name):
            return str(name)
    declared = reference.get("type")
    return declared.rsplit("/", 1)[-1] if declared else None


def legal_reference(text: str, targets: frozenset[str], *, conditional: bool) -> Reason | None:
    """None when the text of a reference has a legal form and, if it tells its type, one of `targets` (any when empty).

    Fragments ("#id") are for the caller to check. `conditional`: whether a search may stand for a reference.
    """
    if text.startswith(UUID):  # first, for it is what bundles are full of
        return None if _UUID.fullmatch(text) else _MALFORMED
    match = _RESTFUL.fullmatch(text)
    if match is not None and r4().is_resource(match[2]):
        return _allowed(match[2], targets)
    if (search := _SEARCH.fullmatch(text)) is not None and r4().is_resource(search[1]):
        return _allowed(search[1], targets) if conditional else _NOT_A_SEARCH
    if text.startswith("urn:oid:"):
        return None if _OID.fullmatch(text) else _MALFORMED
    return None if _SCHEME.fullmatch(text) else _MALFORMED


def _allowed(name: str, targets: frozenset[str]) -> Reason | None:
    if not targets or name in targets:
        return None
    listed = ", ".join(sorted(targets))
    return Reason(
        "value",
        f"une référence à {name} n'est pas permise ici ; types possibles : {listed}",
        f"a reference to {name} is not allowed here; possible types: {listed}",
    )


def references(resource: Json) -> Iterator[tuple[Json, str]]:
    """(Reference, FHIRPath) of every Reference with a `reference`, in extensions and contained resources too.

    The Reference is the dict itself, to be read or changed. In a Bundle, those of the entries' resources as well.
    """
    out: list[tuple[Json, str]] = []
    name = resource["resourceType"]
    _collect(resource, name, (None, name, None), out)
    return iter(out)


def rewrite(resource: Json, mapping: Mapping, heads: frozenset[str] | None = None) -> int:
    """Replace, in place, each link for which `mapping` answers another; answers how many were replaced.

    Links are Reference.reference, elements of type uri, url, oid and uuid, and href and src of narratives; canonical
    elements are left as they are. `heads`: the first characters of what `mapping` may replace, when they are known; it
    is not asked of the rest. Source: FHIR R4 http.html#trules.
    """
    return _rewrite(resource, _ways(resource["resourceType"]), mapping, heads)


class _Way(Enum):
    """What a walk does with a member."""

    DOWN = 1  # an object of a type
    REFERENCE = 2  # the same, a Reference
    RESOURCE = 3  # an object that says its type
    LINK = 4  # a primitive that is a link
    NARRATIVE = 5


_REFERENCE, _RESOURCE, _LINK_WAY, _NARRATIVE = _Way.REFERENCE, _Way.RESOURCE, _Way.LINK, _Way.NARRATIVE
_Ways = dict[str, tuple[_Way, str, str]]


@cache
def _ways(path: str) -> _Ways:
    """{JSON name: (what to do, type, element)} of a type, without the members that hold and lead to no link."""
    out: _Ways = {}
    for element in r4().elements(path).values():
        for name, code in element.json_names():
            if r4().kind(code) == "primitive":
                if not element.attribute and code != "xhtml":
                    out[f"_{name}"] = (_Way.DOWN, "Element", element.name)
                if code in ("uri", "url", "oid", "uuid") and not (path == "Extension" and name == "url"):
                    out[name] = (_Way.LINK, code, element.name)
                elif code == "xhtml":
                    out[name] = (_Way.NARRATIVE, code, element.name)
            elif code == "Resource":
                out[name] = (_Way.RESOURCE, code, element.name)
            else:
                out[name] = (_Way.REFERENCE if code == "Reference" else _Way.DOWN, code, element.name)
    return out


_Trail = tuple["_Trail | None", str, int | None]  # where an object is: its owner's, the element, the rank in an array


def _path(trail: _Trail | None) -> str:
    steps: list[str] = []
    while trail is not None:
        trail, name, rank = trail
        steps.append(name if rank is None else f"{name}[{rank}]")
    return ".".join(reversed(steps))


def _collect(value: Json, type_: str, trail: _Trail, out: list[tuple[Json, str]]) -> None:
    ways = _ways(type_)
    for name, item in value.items():
        found = ways.get(name)
        if found is None:
            continue
        way, code, element = found
        if way is _Way.LINK or way is _Way.NARRATIVE:
            continue
        many = type(item) is list
        for rank, one in enumerate(item if many else (item,)):
            if type(one) is not dict:
                continue
            below: _Trail = (trail, element, rank if many else None)
            if way is _Way.REFERENCE and type(one.get("reference")) is str:
                out.append((one, _path(below)))
            _collect(one, one["resourceType"] if way is _Way.RESOURCE else code, below, out)


def _rewrite(value: Json, ways: _Ways, mapping: Mapping, heads: frozenset[str] | None) -> int:
    """Written for speed: each resource of a transaction is walked whole."""
    count = 0
    way_of = ways.get
    for name, item in value.items():
        found = way_of(name)
        if found is None:
            continue
        way = found[0]
        if way is _LINK_WAY:
            if type(item) is not str:
                count += _rewrite_link(value, name, item, mapping)
            elif (heads is None or item[:1] in heads) and (other := mapping(item)) is not None and other != item:
                value[name] = other
                count += 1
            continue
        if way is _NARRATIVE:
            count += _rewrite_narrative(value, name, item, mapping)
            continue
        below = None if way is _RESOURCE else _ways(found[1])
        for one in item if type(item) is list else (item,):
            if type(one) is dict:
                if way is _REFERENCE and "reference" in one:
                    count += _rewrite_link(one, "reference", one["reference"], mapping)
                inside = below if below is not None else _ways(one["resourceType"])
                if not inside.keys().isdisjoint(one):
                    count += _rewrite(one, inside, mapping, heads)
    return count


def _rewrite_link(owner: Json, name: str, item: Any, mapping: Mapping) -> int:
    """Replacing the value of an existing member is safe while its dict is walked."""
    if type(item) is str:
        if (other := mapping(item)) is None or other == item:
            return 0
        owner[name] = other
        return 1
    count = 0
    for rank, one in enumerate(item):
        if one is not None and (other := mapping(one)) is not None and other != one:
            item[rank] = other
            count += 1
    return count


def _rewrite_narrative(owner: Json, name: str, item: str, mapping: Mapping) -> int:
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        other = mapping(unescape(match[2][1:-1]))
        if other is None:
            return match[0]
        count += 1
        return f'{match[1]}"{escape(other)}"'

    owner[name] = _LINK.sub(replace, item)
    return count
