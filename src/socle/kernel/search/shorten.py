"""A resource shortened as `_elements` or `_summary` ask. Source: FHIR R4 search.html#elements, search.html#summary."""

from typing import Any

from socle.kernel.fhir.definitions import Definitions
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.search.query import Query

_ALWAYS = frozenset({"resourceType", "id", "meta"})
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def shortened(resource_type: str, body: bytes, query: Query, definitions: Definitions) -> bytes:
    """`body` with the elements asked for and those that may not be left out, tagged SUBSETTED."""
    resource: dict[str, Any] = parse(body)
    elements = definitions.elements(resource_type)
    match query.summary:
        case "data":
            kept = frozenset(elements) - {"text"}
        case "text":
            kept = frozenset({"text"})
        case "true":
            kept = definitions.summary(resource_type)
        case _:
            kept = frozenset(query.elements)
    if query.summary != "data":
        kept |= {name for name, element in elements.items() if element.min > 0 or element.modifier}
    if query.summary != "text" and query.summary != "false":
        kept -= {"text"}
    members = {json for name in kept if name in elements for json, _ in elements[name].json_names()} | _ALWAYS
    short = {name: value for name, value in resource.items() if name.removeprefix("_") in members}
    meta = dict(short.get("meta") or {})
    tags = [tag for tag in meta.get("tag", ()) if tag.get("code") != "SUBSETTED"]
    short["meta"] = {**meta, "tag": [*tags, _SUBSETTED]}
    return serialise(short)
