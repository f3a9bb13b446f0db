"""What batch and transaction share: entries as requests, answers as entries. Source: FHIR R4 http.html#transaction."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any, Final

import orjson

from socle.kernel.fhir.temporal import interval
from socle.kernel.outcome import Issue, Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.arrive import form
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.fields import etag, http_date
from socle.kernel.rest.match import match_path
from socle.kernel.rest.patches import patch_in
from socle.kernel.rest.render import outcome
from socle.kernel.store import Json

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_CONDITIONS: Final = (
    ("ifMatch", "if-match"),
    ("ifNoneMatch", "if-none-match"),
    ("ifNoneExist", "if-none-exist"),
)
_SHARED: Final = ("accept-language", "prefer", "x-socle-purpose")  # headers of the bundle that speak for its entries
_RULE: Final = "FHIR R4 http.html#transaction"


def entry_request(x: Exchange, entry: Json, at: str) -> Exchange:
    """An entry as a request of its own, matched to its interaction. `at` is its place: "Bundle.entry[3]".

    Raises: Problem(INVALID | NOT_FOUND | NOT_ALLOWED | MALFORMED).
    """
    request = entry["request"]
    method, url = request.get("method"), request.get("url")
    if method not in _METHODS:
        raise _wrong(
            f"« method » vaut l'un de {', '.join(_METHODS)}.", f"“method” is one of {', '.join(_METHODS)}.", at
        )
    if not isinstance(url, str) or len(url) > x.server.settings.limits.url:
        raise _wrong("« url » manque ou est trop longue.", "“url” is missing or too long.", at)
    inner = x.entry(method, _headers(x, request, at))
    inner.read_preferences()
    path, _, inner.query = _relative(x, url).partition("?")
    if inner.query:
        inner.parameters = form(x, inner.query)
    match_path(inner, path.strip("/"))
    if inner.column in ("bundle", "capabilities"):
        raise _wrong("Cette requête ne se fait pas dans un lot.", "This request is not made inside a bundle.", at)
    inner.content = entry.get("resource")
    if inner.column == "patch":
        inner.content = patch_in(inner.content, x.server.settings.limits)
    return inner


def _headers(x: Exchange, request: Json, at: str) -> dict[str, str]:
    given = x.headers
    headers = {name: given[name] for name in _SHARED if name in given}
    for member, header in _CONDITIONS:
        value = request.get(member)
        if value is not None:
            if not isinstance(value, str):
                raise _wrong(f"« {member} » est un texte.", f"“{member}” is a text.", at)
            headers[header] = value
    since = request.get("ifModifiedSince")
    if since is not None:
        headers["if-modified-since"] = http_date(interval(str(since), x.at.tzinfo or _utc())[0])
    return headers


def _utc() -> Any:
    from datetime import UTC

    return UTC


def _relative(x: Exchange, url: str) -> str:
    """The URL of an entry, relative to the base; an absolute one must be on this server."""
    return url[len(x.base) + 1 :] if url.startswith(f"{x.base}/") else url


async def ask(x: Exchange, url: str) -> Answer:
    """What a GET of `url`, relative to the base, answers to the same caller; permitted and traced by itself.

    Raises: Problem, as it would alone.
    """
    inner = x.entry("GET", {name: x.headers[name] for name in _SHARED if name in x.headers})
    path, _, inner.query = url.partition("?")
    if inner.query:
        inner.parameters = form(x, inner.query)
    match_path(inner, path)
    return await x.server.enter(inner)


def response_entry(x: Exchange, answer: Answer) -> bytes:
    """The answer to one entry, as JSON."""
    response: dict[str, Any] = {"status": status_line(answer.status)}
    stored = answer.stored
    if answer.location:
        response["location"] = answer.location
    head = b"{"
    if stored is not None:
        response["etag"] = etag(stored.version)
        response["lastModified"] = _milliseconds(stored.updated)
        head = b'{"fullUrl":' + orjson.dumps(f"{x.base}/{stored.type}/{stored.id}") + b","
    if answer.said:
        response["outcome"] = orjson.Fragment(outcome(answer.said, x.language))
    if answer.body:
        head += b'"resource":' + answer.body + b","
    return head + b'"response":' + orjson.dumps(response) + b"}"


@lru_cache(maxsize=16)
def _milliseconds(moment: datetime) -> str:
    """The entries of a transaction share their moment: written once."""
    return moment.isoformat(timespec="milliseconds")


def refusal_entry(x: Exchange, problem: Problem) -> bytes:
    """The refusal of one entry of a batch, as JSON: the others are not concerned."""
    response = {
        "status": status_line(problem.kind.status),
        "outcome": orjson.Fragment(outcome(problem.issues, x.language, problem.kind)),
    }
    return b'{"response":' + orjson.dumps(response) + b"}"


@cache
def status_line(status: int) -> str:
    """ "201 Created"."""
    return f"{status} {HTTPStatus(status).phrase}"


def located(problem: Problem, at: str) -> Problem:
    """The same problem, its expressions starting from the Bundle: "Bundle.entry[3].resource.birthDate"."""
    issues: Sequence[Issue] = [
        Issue(
            issue.text,
            tuple(_inside(one, at) for one in issue.expression) or (at,),
            issue.rule,
            issue.code,
            issue.severity,
        )
        for issue in problem.issues
    ]
    return Problem(problem.kind, *issues, headers=problem.headers)


def _inside(expression: str, at: str) -> str:
    if expression.startswith("Bundle"):
        return expression
    if expression.startswith("http."):
        return f"{at}.request.url"
    head, dot, rest = expression.partition(".")
    if head[:1].isupper():  # "Patient.birthDate": the type gives way to the place
        index = head.find("[")
        return f"{at}.resource{head[index:] if index > 0 else ''}{dot}{rest}"
    return f"{at}.resource.{expression}"


def _wrong(fr: str, en: str, at: str) -> Problem:
    return Problem.of(Kind.INVALID, fr, en, expression=f"{at}.request", rule=_RULE)
