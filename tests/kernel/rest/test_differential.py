"""The same requests, at random, on the store in memory and on PostgreSQL: the same answers, the same traces."""

import asyncio
import os
import re
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kernel.rest.conftest import empty
from tests.kernel.rest.support import HOST, ORGANIZATION, PATIENT, SANDBOX, URL, Clock, find_holder

from socle.kernel.audit import Event
from socle.kernel.audit.chain import decode
from socle.kernel.fhir import json
from socle.kernel.fhir.definitions import r4
from socle.kernel.rest.api_keys import ApiKeys
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.search.repository import Repository
from socle.kernel.store import Store
from socle.kernel.store.audit_trail import unpack
from socle.kernel.store.memory import MemoryStore
from socle.kernel.store.postgres import open_database

EXAMPLES = int(os.environ.get("SOCLE_EXAMPLES", "25"))

ids = st.sampled_from(["a", "b", "c"])
kinds = st.sampled_from(["Patient", "Organization"])
tags = st.sampled_from([{}, {"if-match": 'W/"1"'}, {"if-match": 'W/"2"'}, {"if-none-match": "*"}])
caches = st.sampled_from([{}, {"if-none-match": 'W/"1"'}, {"if-none-match": 'W/"2"'}])
preferences = st.sampled_from([{}, {"prefer": "return=minimal"}, {"prefer": "return=representation"}])
people = st.sampled_from(["writer", "writer", "writer", "reader", ""])
names = st.sampled_from(["Un", "Deux"])


def resource(kind: str, id: str, name: str) -> dict[str, Any]:
    given = {**PATIENT, "name": [{"text": name}]} if kind == "Patient" else {**ORGANIZATION, "name": name}
    return {**given, "id": id}


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, str, Any, dict[str, str]]:
    """A request on one resource: method, path, body, headers."""
    kind, id, name = draw(kinds), draw(ids), draw(names)
    method = draw(st.sampled_from(["POST", "PUT", "PUT", "PATCH", "DELETE", "GET", "VREAD", "HISTORY"]))
    path = f"{kind}/{id}"
    match method:
        case "POST":
            return "POST", kind, resource(kind, id, name), draw(preferences)
        case "PUT":
            wrong = draw(st.sampled_from([0, 0, 0, 1]))
            return "PUT", path, resource(kind, id + "x" * wrong, name), {**draw(tags), **draw(preferences)}
        case "PATCH":
            value = draw(st.sampled_from(["fr", 3]))
            operations = [{"op": draw(st.sampled_from(["add", "replace"])), "path": "/language", "value": value}]
            return "PATCH", path, operations, {"content-type": "application/json-patch+json", **draw(tags)}
        case "DELETE":
            return "DELETE", path, None, draw(tags)
        case "VREAD":
            return "GET", f"{path}/_history/{draw(st.integers(0, 3))}", None, draw(caches)
        case "HISTORY":
            where = draw(st.sampled_from([f"{path}/", f"{kind}/", ""]))
            return "GET", f"{where}_history?_count={draw(st.integers(0, 3))}", None, {}
    return "GET", path, None, draw(caches)


@st.composite
def bundles(draw: st.DrawFn) -> tuple[str, str, Any, dict[str, str]]:
    """A batch or a transaction of such requests."""
    entries = []
    for method, path, body, headers in draw(st.lists(changes(), max_size=4)):
        if method == "PATCH":
            continue
        request = {"method": method, "url": path}
        for header, member in (("if-match", "ifMatch"), ("if-none-match", "ifNoneMatch")):
            if header in headers:
                request[member] = headers[header]
        entries.append({**({"resource": body} if body else {}), "request": request})
    kind = draw(st.sampled_from(["batch", "transaction"]))
    content = {"resourceType": "Bundle", "type": kind, **({"entry": entries} if entries else {})}
    return "POST", "", content, draw(preferences)


requests = st.lists(st.tuples(people, st.one_of(changes(), changes(), bundles())), min_size=1, max_size=12)


def server(store: Store, clock: Callable[[], datetime]) -> httpx.AsyncClient:
    numbers = count(1)
    app = fhir_app(
        SANDBOX,
        Repository(SANDBOX.register, store, r4(), (URL,)),
        authenticator=ApiKeys(find_holder),
        clock=clock,
        secret=b"s",
        new_id=lambda: f"n{next(numbers)}",
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HOST)


async def answers(store: Store, asked: list[tuple[str, Any]]) -> list[tuple[Any, ...]]:
    """What a server on `store` answers: status, headers, body."""
    client = server(store, Clock())
    found = []
    for number, (who, (method, path, body, headers)) in enumerate(asked):
        sent = {"x-request-id": f"r{number}", **headers}
        if who:
            sent["authorization"] = f"Bearer socle_{who}"
        if body is not None:
            sent.setdefault("content-type", "application/fhir+json")
        content = None if body is None else json.serialise(body)
        answer = await client.request(method, f"{URL}/{path}" if path else URL, headers=sent, content=content)
        # Whether it was worth compressing depends on the length of a refusal's words, which each store chooses.
        headers = sorted(
            pair for pair in answer.headers.items() if pair[0] not in ("content-encoding", "content-length", "vary")
        )
        found.append((answer.status_code, headers, answer.content))
    await client.aclose()
    return found


def told(event: Event) -> tuple[Any, ...]:
    trace = event.trace
    return (
        trace.who,
        trace.ground,
        trace.interaction,
        trace.request,
        event.action,
        event.outcome,
        event.entities,
        event.concerns,
        event.query,
        event.detail.split()[:2],  # status and kind; the rule that a store names is its own affair
    )


@given(asked=requests)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_stores_answer_alike(rest_dsn: str, asked: list[tuple[str, Any]]) -> None:
    async def compare() -> None:
        await empty(rest_dsn)
        memory = MemoryStore("sandbox", Clock())
        database = await open_database(rest_dsn, clock=Clock())
        try:
            expected = await answers(memory, asked)
            found = await answers(database.store("sandbox"), asked)
            rows = await database.query("SELECT body FROM sandbox.audit ORDER BY chain, n")
        finally:
            await database.close()
        # Entries of a batch go together: they draw their ids, and their events come, in any order.
        ours: dict[str, str] = {}
        theirs: dict[str, str] = {}
        for one, other, (_, request) in zip(expected, found, asked, strict=True):
            assert renamed(without_time(one), ours) == renamed(without_time(other), theirs), request
        kept = [decode(unpack(row["body"])) for row in rows]
        assert sorted(renamed(told(event), ours) for event in memory.events) == sorted(
            renamed(told(event), theirs) for event in kept
        )

    asyncio.run(compare())


def without_time(answer: tuple[Any, ...]) -> tuple[Any, ...]:
    """The answer without the moments that each store reads on its own clock, nor its own words for a refusal."""
    status, headers, body = answer
    kept = [pair for pair in headers if pair[0] not in ("last-modified", "content-length")]
    return status, kept, bare(json.parse(body)) if body else None


def renamed(said: tuple[Any, ...], names: dict[str, str]) -> str:
    """What was said, with the ids drawn called by the order in which they first appear; `names` grows."""
    return re.sub(r"\bn[0-9]+\b", lambda drawn: names.setdefault(drawn[0], f"drawn{len(names)}"), repr(said))


OWN = ("lastUpdated", "lastModified", "diagnostics", "details")


def bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: bare(item) for name, item in value.items() if name not in OWN}
    return [bare(item) for item in value] if isinstance(value, list) else value
