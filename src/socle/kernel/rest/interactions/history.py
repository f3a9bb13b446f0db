"""history: the versions of a resource, a type, the register, newest first. Source: FHIR R4 http.html#history."""

import re
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import orjson

from socle.kernel.fhir.temporal import interval
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.fields import etag
from socle.kernel.rest.interactions.read import not_found
from socle.kernel.rest.render import bundle, full_url
from socle.kernel.rest.trace import touched
from socle.kernel.store import Stored
from socle.kernel.store.made import made
from socle.kernel.zone import ZONE

PAGE: Final = 50
MOST: Final = 1_000
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RULE: Final = "FHIR R4 http.html#history"


async def history(x: Exchange) -> Answer:
    """200 with a Bundle of versions; `_count`, `_since`, `_at`, and links to go on.

    Raises: Problem(NOT_FOUND) for an id that never was, Problem(INVALID) for a value that makes no sense.
    """
    x.accept_only("_count", "_since", "_at", "_before")
    count, before = _number(x, "_count"), _number(x, "_before")
    count = PAGE if count is None else min(count, MOST)
    asked = max(count, 1)
    found = await x.server.store.history(
        resource_type=x.type or None,
        resource_id=x.id or None,
        since=_since(x),
        at=_at(x),
        before=before,
        count=asked + 1,
    )
    if not found and x.id and await x.server.store.read(x.type, x.id) is None:
        raise not_found(x)
    page = found[:count]
    if x.sight is not None:
        page = await _seen(x, page)
    links = [("self", _link(x, before))]
    if page and len(found) > count:
        links.append(("next", _link(x, found[count - 1].seq)))
    entities, concerns = touched(page)
    body = bundle(
        "history",
        (_entry(x, stored) for stored in page),
        links=links,
        id=x.server.new_id(),
        updated=x.at.isoformat(timespec="milliseconds"),
    )
    return Answer(200, body, entities=entities, concerns=concerns)


async def _seen(x: Exchange, page: list[Stored]) -> list[Stored]:
    """The versions that the reader may see. A tombstone shows among versions of its resource that may be seen, not alone.

    Raises: Problem(NOT_FOUND) for one resource of which nothing may be seen.
    """
    assert x.sight is not None
    seen = await x.sight.seen(x.server.repository, page)
    known = {(one.type, one.id) for one in seen if one is not None and not one.deleted}
    kept = [one for one in seen if one is not None and (one.type, one.id) in known]
    if x.id and not kept:
        raise not_found(x)
    return kept


def _entry(x: Exchange, stored: Stored) -> bytes:
    """One version, with the request that made it."""
    method, url, status = made(stored.op, stored.type, stored.id, stored.version)
    facts = orjson.dumps(
        {
            "request": {"method": method, "url": url},
            "response": {
                "status": status,
                "etag": etag(stored.version),
                "lastModified": stored.updated.isoformat(timespec="milliseconds"),
            },
        }
    )
    resource = b',"resource":' + stored.body if stored.body else b""
    return b'{"fullUrl":' + full_url(x, stored) + resource + b"," + facts[1:]


def _link(x: Exchange, before: int | None) -> str:
    pairs = [(name, value) for name, value in x.parameters if name != "_before"]
    if before is not None:
        pairs.append(("_before", str(before)))
    path = x.url(*filter(None, (x.type, x.id, "_history")))
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _number(x: Exchange, name: str) -> int | None:
    value = x.parameter(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise _wrong(name, "un entier positif ou nul", "a non-negative integer")
    return int(value)


def _since(x: Exchange) -> datetime | None:
    value = x.parameter("_since")
    if value is None:
        return None
    value = value.replace(" ", "+")  # a "+" that nobody escaped
    if not _INSTANT.fullmatch(value):
        raise _wrong(
            "_since", "un instant, par exemple 2026-11-22T20:00:00Z", "an instant, such as 2026-11-22T20:00:00Z"
        )
    return _moments("_since", value)[0]


def _at(x: Exchange) -> tuple[datetime, datetime] | None:
    value = x.parameter("_at")
    return None if value is None else _moments("_at", value.replace(" ", "+"))


def _moments(name: str, value: str) -> tuple[datetime, datetime]:
    try:
        return interval(value, ZONE)
    except Problem:
        raise _wrong(
            name,
            "une date ou un instant qui existe, sans préfixe, par exemple 2026-11 ou 2026-11-22T20:00:00Z",
            "a date or an instant that exists, without prefix, such as 2026-11 or 2026-11-22T20:00:00Z",
        ) from None


def _wrong(name: str, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"« {name} » attend {fr}.",
        f"“{name}” expects {en}.",
        expression=f"http.{name}",
        rule=_RULE,
        code="value",
    )
