"""A resource shortened as `_elements` or `_summary` ask. Source: FHIR R4 search.html#elements, search.html#summary."""

from socle.kernel.fhir.json import parse, serialise
from socle.kernel.fhir.subset import subset
from socle.kernel.search.query import Query


def shortened(body: bytes, query: Query) -> bytes:
    """`body` with what is asked for and what may not be left out, tagged SUBSETTED."""
    match query.summary:
        case "true" | "text" | "data" as summary:
            return serialise(subset(parse(body), summary=summary))
    return serialise(subset(parse(body), elements=query.elements))
