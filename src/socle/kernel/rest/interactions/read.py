"""read: the current version of a resource. Source: FHIR R4 http.html#read."""

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.fields import matches, parse_http_date
from socle.kernel.rest.part import check_parameters, part
from socle.kernel.store import Stored


async def read(x: Exchange) -> Answer:
    """200 with the resource, 304 when the caller has it already.

    Raises: Problem(NOT_FOUND) if it never was, Problem(GONE) if it was deleted.
    """
    if x.parameters:
        check_parameters(x)
    store = x.server.store
    if x.server.keeps and not x.personal:
        x.stamp = store.stamp(x.type, x.id)
    stored = await store.read(x.type, x.id)
    if stored is None:
        raise await explained(x)
    if x.sight is not None:
        stored = await visible(x, stored)
    if stored.deleted:
        raise gone(x, stored)
    return shown(x, stored)


async def visible(x: Exchange, stored: Stored) -> Stored:
    """A version as its reader may see it.

    Raises: Problem(NOT_FOUND) when it may not be seen at all, or was deleted: whether it could be seen is not known.
    """
    assert x.sight is not None
    seen = None if stored.deleted else (await x.sight.seen(x.server.repository, [stored]))[0]
    if seen is None:
        raise not_found(x)
    return seen


def shown(x: Exchange, stored: Stored) -> Answer:
    """A version as the caller wants it: whole, in part, or not at all because it has it."""
    if unchanged(x, stored):
        return Answer(304, stored=stored)
    body = part(x, stored.body) if x.parameters else stored.body
    return Answer(200, body, stored=stored)


def unchanged(x: Exchange, stored: Stored) -> bool:
    """Whether If-None-Match, else If-Modified-Since, says that the caller has this version. Source: RFC 9110 13.2.2."""
    headers = x.headers
    tags = headers.get("if-none-match")
    if tags is not None:
        return matches(tags, stored.version)
    since = headers.get("if-modified-since")
    if since is None:
        return False
    moment = parse_http_date(since)
    return moment is not None and stored.updated.replace(microsecond=0) <= moment


async def explained(x: Exchange) -> Problem:
    """Nothing has this id; with what the register has to say of it, when it has something."""
    problem = not_found(x)
    explain = x.server.endpoint.explain
    if explain is None:
        return problem
    return Problem(problem.kind, *problem.issues, *await explain(x.server.repository, x.type, [("_id", x.id)]))


def not_found(x: Exchange) -> Problem:
    """Nothing has this id."""
    return Problem.of(
        Kind.NOT_FOUND,
        f"La ressource {x.type}/{x.id} n'existe pas.",
        f"The resource {x.type}/{x.id} does not exist.",
        rule="FHIR R4 http.html#read",
    )


def gone(x: Exchange, stored: Stored) -> Problem:
    """What had this id was deleted; its versions stay in its history."""
    return Problem.of(
        Kind.GONE,
        f"La ressource {x.type}/{x.id} a été supprimée (version {stored.version}) ; "
        f"ses versions restent dans {x.type}/{x.id}/_history.",
        f"The resource {x.type}/{x.id} was deleted (version {stored.version}); "
        f"its versions remain in {x.type}/{x.id}/_history.",
        rule="FHIR R4 http.html#read",
    )
