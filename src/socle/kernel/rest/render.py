"""The last step, and the only place where problems become OperationOutcomes and answers become octets."""

import asyncio
import gzip
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec
import orjson

from socle.kernel.fhir import json, xml
from socle.kernel.fhir.media import JSON, XML_TYPES
from socle.kernel.outcome import Issue, Kind, Language, Problem, operation_outcome
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange, Send
from socle.kernel.rest.fields import accepts_gzip, http_date, language
from socle.kernel.rest.permit import CHALLENGE
from socle.kernel.rest.wire import Reply
from socle.kernel.store import Stored

Headers = list[tuple[bytes, bytes]]
GZIP_FROM: Final = 1_400  # octets: below, one packet carries it anyway
_NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
_NO_STORE: Final = (b"cache-control", b"no-store")  # a person's data stay in no cache
_NO_CACHE: Final = (b"cache-control", b"no-cache")  # the rest is checked again each time, with its ETag
_CONTENT_TYPES: Final = {
    media: (b"content-type", f"{media};charset=utf-8".encode()) for media in (JSON, "application/json", *XML_TYPES)
}
_DRAIN: Final = 64 * 1024 * 1024
_PLAIN: Final = str.maketrans({'"': "'", "“": "'", "”": "'", "’": "'", "\n": " ", "\r": " "})  # a header is ASCII
_DEPTH: Final = json.MAX_DEPTH + 10  # a resource at the limit, inside a Bundle


def outcome(issues: Sequence[Issue], language: Language, kind: Kind | None = None) -> bytes:
    """Issues as the octets of an OperationOutcome."""
    return orjson.dumps(operation_outcome(issues, language, kind=kind))


def problem_answer(x: Exchange, problem: Problem) -> Answer:
    """A Problem as an answer: its status, its headers, its OperationOutcome."""
    speech = language(x.headers.get("accept-language", ""))
    answer = Answer(problem.kind.status, outcome(problem.issues, speech, problem.kind))
    headers = problem.headers
    if problem.kind is Kind.UNAUTHENTICATED and not headers:
        headers = (CHALLENGE,)
    answer.headers.extend((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers)
    if problem.kind is Kind.TOO_LARGE or problem.kind is Kind.TIMED_OUT:
        answer.headers.append((b"connection", b"close"))
    return answer


def all_well(text: Issue, language: Language) -> bytes:
    """The OperationOutcome of `Prefer: return=OperationOutcome` when nothing is wrong."""
    return outcome((text,), language)


def render(x: Exchange) -> None:
    """Finish the answer: media type, version, date, link, layout, compression."""
    answer = x.answer
    assert answer is not None
    headers = answer.headers
    body = answer.body
    if body:
        if x.content_type in XML_TYPES and not answer.media:
            body = answer.body = xml.write(json.parse(body, max_depth=_DEPTH), pretty=x.pretty)
        elif x.pretty:
            body = answer.body = msgspec.json.format(body, indent=2)  # tokens are copied: 1.10 stays 1.10
        headers.append(_CONTENT_TYPES[answer.media or x.content_type])
        if len(body) > GZIP_FROM and "accept-encoding" in x.headers:
            _compress(x, answer)
            body = answer.body
    if answer.status != 204 and answer.status != 304:
        headers.append((b"content-length", b"%d" % len(body)))
    stored = answer.stored
    if stored is not None:
        headers.append((b"etag", b'W/"%d"' % stored.version))
        headers.append((b"last-modified", http_date(stored.updated).encode()))
    if answer.location:
        headers.append((b"location", answer.location.encode("latin-1")))
    headers.append((b"x-request-id", x.request.encode("latin-1")))
    headers.append(_NO_STORE if x.personal or answer.status >= 400 else _NO_CACHE)
    headers.append(_NOSNIFF)
    if x.said:
        _warn(x, headers)
    if x.dropped:
        headers.append((b"warning", b'299 socle "%d comments or instructions of the XML were left out"' % x.dropped))


def _compress(x: Exchange, answer: Answer) -> None:
    answer.headers.append((b"vary", b"accept-encoding"))
    if accepts_gzip(x.headers["accept-encoding"]):
        answer.body = gzip.compress(answer.body, 3, mtime=0)
        answer.headers.append((b"content-encoding", b"gzip"))


def _warn(x: Exchange, headers: Headers) -> None:
    """Say what was ignored even where the body has no room for it. Source: RFC 9111 (warn code 299), RFC 7240."""
    headers.append((b"preference-applied", b"handling=lenient"))
    for issue in x.said[:10]:
        plain = issue.text.en.translate(_PLAIN).encode("ascii", "replace").decode()
        headers.append((b"warning", f'299 socle "{plain[:200]}"'.encode("latin-1")))


async def deliver(x: Exchange, send: Send) -> None:
    """Put the answer on the wire."""
    answer = x.answer
    assert answer is not None
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    body = b"" if x.method == "HEAD" else answer.body
    if answer.status == 413 and not x.heard:
        # Whoever is still sending must be heard out (for a while), or the answer is lost in a reset connection.
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await _drain(x)
        body = b""
    await send({"type": "http.response.body", "body": body})


def whole(x: Exchange) -> Reply:
    """The answer in one piece."""
    answer = x.answer
    assert answer is not None
    body = b"" if x.method == "HEAD" else answer.body
    return Reply(
        answer.status, answer.headers, body, partial(_drain, x) if answer.status == 413 and not x.heard else None
    )


async def _drain(x: Exchange) -> None:
    bounds = x.server.settings.limits
    left = min(_DRAIN, 4 * bounds.body)
    with suppress(TimeoutError):
        async with asyncio.timeout(bounds.seconds):
            while left > 0:
                message = await x.receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b"")) or 1


def bundle(
    kind: str,
    entries: Iterable[bytes],
    *,
    links: Sequence[tuple[str, str]] = (),
    total: int | None = None,
    id: str = "",
    updated: str = "",
    profile: str = "",
) -> bytes:
    """A Bundle made by joining octets: resources that come from the store are not read again."""
    head: list[bytes] = [b'{"resourceType":"Bundle"']
    if id:
        head.append(b',"id":' + orjson.dumps(id))
    if updated:
        said = b',"profile":[%b]' % orjson.dumps(profile) if profile else b""
        head.append(b',"meta":{"lastUpdated":' + orjson.dumps(updated) + said + b"}")
    head.append(b',"type":' + orjson.dumps(kind))
    if total is not None:
        head.append(b',"total":%d' % total)
    if links:
        head.append(b',"link":' + orjson.dumps([{"relation": name, "url": url} for name, url in links]))
    joined = b",".join(entries)
    if joined:
        return b"".join((*head, b',"entry":[', joined, b"]}"))
    return b"".join((*head, b"}"))


def full_url(x: Exchange, stored: Stored) -> bytes:
    """The fullUrl of a resource, as JSON."""
    return orjson.dumps(f"{x.base}/{stored.type}/{stored.id}")
