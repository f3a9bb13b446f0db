"""search: by GET and by POST, in one type or in the whole register. Source: FHIR R4 http.html#search."""

from collections.abc import Sequence
from urllib.parse import urlencode

from socle.kernel.outcome import Issue, Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.permit import permit
from socle.kernel.rest.render import bundle, full_url, outcome
from socle.kernel.rest.trace import touched
from socle.kernel.search import compartment, page_token
from socle.kernel.search.engine import Page
from socle.kernel.search.parameter import Context
from socle.kernel.store import Stored

PAGE = "_page"
COMPARTMENT = compartment.NAME


async def search(x: Exchange) -> Answer:
    """200 with a searchset: what matches, what goes with it, links to the other pages, what was ignored.

    Raises: Problem(INVALID) for what is not understood, Problem(GONE) for a page link that is too old.
    """
    server = x.server
    check_compartment(x)
    token = x.parameter(PAGE)
    if token is not None:
        _take_page(x, token)
        page = await server.repository.page(token, secret=server.secret, now=x.at, sight=x.sight)
    else:
        page = await server.repository.search(
            x.parameters, x.type or None, now=x.at, secret=server.secret, lenient=x.prefer.lenient, sight=x.sight
        )
    complete, explain = server.endpoint.complete, server.endpoint.explain
    if complete is not None and page.matches:
        page = await complete(server.repository, page)
    told: Sequence[Issue] = ()
    if explain is not None and not page.matches:
        told = await explain(server.repository, x.type, x.parameters)
    entities, concerns = touched((*page.matches, *page.included))
    body = bundle(
        "searchset",
        _entries(x, page, told),
        links=_links(x, page, token),
        total=page.total,
        id=server.new_id(),
        updated=x.at.isoformat(timespec="milliseconds"),
        profile=page.profile,
    )
    return Answer(200, body, entities=entities, concerns=concerns)


def check_query(x: Exchange) -> None:
    """Refuse a search that could not run, before anything else is done. Raises: Problem(INVALID)."""
    check_compartment(x)
    if x.parameter(PAGE) is None:
        repository = x.server.repository
        context = Context(x.at, repository.bases, x.sight)
        repository.parser.parse(x.parameters, x.type or None, context, lenient=x.prefer.lenient)


def check_compartment(x: Exchange) -> None:
    """Make the compartment that the path names one more criterion.

    Raises: Problem(INVALID) when it is given as a parameter: it is only said by the path.
    """
    said = (COMPARTMENT, x.compartment)
    kept = (COMPARTMENT, compartment.DURING)
    if any(pair[0].partition(":")[0] in kept and pair != said for pair in x.parameters):
        raise Problem.of(
            Kind.INVALID,
            "Un compartiment se dit dans l'adresse : Patient/1/Observation.",
            "A compartment is said in the address: Patient/1/Observation.",
            expression=f"http.{COMPARTMENT}",
            rule="FHIR R4 http.html#vsearch",
            code="not-supported",
        )
    if x.compartment and x.parameter(PAGE) is None and said not in x.parameters:
        x.parameters = [said, *x.parameters]
        x.query = urlencode([said]) + (f"&{x.query}" if x.query else "")


def _take_page(x: Exchange, token: str) -> None:
    """A page link stands for the search that it continues: the same permission, the same trace.

    Raises: Problem(INVALID) when it continues another search, or other parameters stand beside it.
    """
    place = page_token.read(token, x.server.secret, x.at)
    whose = dict(place.parameters).get(COMPARTMENT, "")
    if (
        place.resource_type != x.type
        or whose != x.compartment
        or len(x.parameters) > 1
        or place.register != x.server.endpoint.register.name
    ):
        raise Problem.of(
            Kind.INVALID,
            "Ce lien de page se suit tel quel, à l'adresse où il a été donné.",
            "This page link is followed as it is, at the address where it was given.",
            expression=f"http.{PAGE}",
            rule="FHIR R4 http.html#paging",
        )
    x.parameters = place.parameters
    x.query = urlencode(place.parameters)
    permit(x)


def _entries(x: Exchange, page: Page, told: Sequence[Issue]) -> list[bytes]:
    entries = [_entry(x, stored, b'"match"') for stored in page.matches]
    entries += [_entry(x, stored, b'"include"') for stored in page.included]
    issues: list[Issue] = [*x.said, *page.issues, *told]
    if issues:
        entries.append(b'{"resource":' + outcome(issues, x.language) + b',"search":{"mode":"outcome"}}')
    return entries


def _entry(x: Exchange, stored: Stored, mode: bytes) -> bytes:
    return b'{"fullUrl":%b,"resource":%b,"search":{"mode":%b}}' % (full_url(x, stored), stored.body, mode)


def _links(x: Exchange, page: Page, token: str | None) -> list[tuple[str, str]]:
    path = [part for part in (x.compartment, x.type or ("*" if x.compartment else "")) if part]
    base = x.url(*path) if path else x.base
    asked = urlencode([pair for pair in page.query.parameters if pair[0] != COMPARTMENT])
    first = f"{base}?{asked}" if asked else base
    if x.server.endpoint.pages_apart:
        apart = f"{x.base}/{PAGE}?id="
        links = [("self", first if token is None else f"{apart}{token}")]
        return [*links, ("next", f"{apart}{page.next}")] if page.next is not None else links
    links = [("self", first if token is None else f"{base}?{PAGE}={token}")]
    if page.lone:
        return links
    links.append(("first", first))
    if page.previous is not None:
        links.append(("previous", f"{base}?{PAGE}={page.previous}"))
    if page.next is not None:
        links.append(("next", f"{base}?{PAGE}={page.next}"))
    return links
