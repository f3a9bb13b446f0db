"""`_summary` and `_elements` on a single resource: one that is read, or that a write gives back.

Source: FHIR R4 search.html#summary, #elements, http.html#parameters.
"""

from typing import Final

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.exchange import Exchange
from socle.kernel.search.parameter import Context
from socle.kernel.search.query import Query
from socle.kernel.search.shorten import shortened

SHAPES: Final = ("_summary", "_elements")


def part(x: Exchange, body: bytes, of: str = "") -> bytes:
    """The part of a resource (of type `of`, or of the request's) that the caller wants, tagged SUBSETTED; all of it when the
    parameters ask for all.

    Raises: Problem(INVALID) for a value that makes no sense.
    """
    query = _query(x, of)
    if query.summary == "false" and not query.elements:
        return body
    return shortened(body, query)


def check_parameters(x: Exchange) -> None:
    """Refuse what a read, or a write by id, does not take. Raises: Problem(INVALID)."""
    x.accept_only(*SHAPES)
    if x.parameters:
        _query(x)


def _query(x: Exchange, of: str = "") -> Query:
    repository = x.server.repository
    pairs = [(name, value) for name, value in x.parameters if name in SHAPES]
    query = repository.parser.parse(pairs, of or x.type, Context(x.at, repository.bases)).query
    if query.summary == "count":
        raise Problem.of(
            Kind.INVALID,
            "« _summary=count » ne vaut que pour une recherche.",
            "“_summary=count” is only for searches.",
            expression="http._summary",
            rule="FHIR R4 search.html#summary",
            code="value",
        )
    return query
