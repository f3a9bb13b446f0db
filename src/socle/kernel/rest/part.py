"""`_summary` and `_elements` on a single resource. Source: FHIR R4 search.html#summary, #elements."""

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.exchange import Exchange
from socle.kernel.search.parameter import Context
from socle.kernel.search.query import Query
from socle.kernel.search.shorten import shortened


def part(x: Exchange, body: bytes) -> bytes:
    """The part of a resource that the caller wants, tagged SUBSETTED; all of it when the parameters ask for all.

    Raises: Problem(INVALID) for a value that makes no sense.
    """
    query = _query(x)
    if query.summary == "false" and not query.elements:
        return body
    return shortened(body, query)


def check_parameters(x: Exchange) -> None:
    """Refuse what a read does not take. Raises: Problem(INVALID)."""
    x.accept_only("_summary", "_elements")
    if x.parameters:
        _query(x)


def _query(x: Exchange) -> Query:
    repository = x.server.repository
    query = repository.parser.parse(x.parameters, x.type, Context(x.at, repository.bases)).query
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
