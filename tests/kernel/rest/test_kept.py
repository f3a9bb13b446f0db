"""Answers that are kept: given again at once, and never to whom, nor when, the long way would answer otherwise."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import READ, SANDBOX, Clock, Fhir, find_holder
from tests.kernel.rest.test_serve import running, wired

from socle.kernel.audit import Action
from socle.kernel.fhir.definitions import r4
from socle.kernel.rest.api_keys import ApiKeys
from socle.kernel.rest.kept import KeptAnswers
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.rest.settings import Settings
from socle.kernel.search.repository import Repository
from socle.kernel.store.postgres import PostgresDatabase, open_database

ORGANIZATION: dict[str, Any] = {"resourceType": "Organization", "id": "o", "name": "CH de Test"}


class Client:
    """One connection, kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, path: str = "Organization/o", method: str = "GET", who: str = "reader", **headers: str) -> None:
        """A request; `who` "" for nobody. Underscores of names are hyphens."""
        said = {"host": "x", **({"authorization": f"Bearer socle_{who}"} if who else {}), **headers}
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items())
        self.writer.write(f"{method} /sandbox/fhir/{path} HTTP/1.1\r\n{lines}\r\n".encode())

    async def answer(self, *, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, body."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:] if line)}
        length = int(headers.get("content-length", "0")) if body else 0
        return int(lines[0].split()[1]), headers, await self.reader.readexactly(length)

    async def ask(self, *args: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        self.send(*args, **headers)
        return await self.answer()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield Client(reader, writer)
    writer.close()


class Reads:
    """Counts the reads that come to the store."""

    def __init__(self, fhir: Fhir, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        store = fhir.database.store("sandbox")
        real = store.read

        async def read(resource_type: str, resource_id: str) -> Any:
            self.count += 1
            return await real(resource_type, resource_id)

        monkeypatch.setattr(store, "read", read)


@pytest.fixture
async def fhir(serve: Serve) -> Fhir:
    """A server that holds an Organization."""
    made = serve()
    assert (await made.put("Organization/o", ORGANIZATION)).status_code == 201
    return made


@pytest.fixture
async def port(fhir: Fhir) -> AsyncIterator[int]:
    async with running(wired(fhir)) as listening:
        yield listening


async def test_what_was_read_is_answered_again_without_the_store(
    fhir: Fhir, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Reads(fhir, monkeypatch)
    async with connected(port) as client:
        answers = [await client.ask() for _ in range(4)]
    assert reads.count == 1
    first, *others = [({k: v for k, v in h.items() if k not in ("date", "x-request-id")}, s, b) for s, h, b in answers]
    assert all(other == first for other in others)
    assert len({headers["x-request-id"] for _, headers, _ in answers}) == 4
    assert all("date" in headers for _, headers, _ in answers)


async def test_the_next_read_shows_what_another_worker_wrote(fhir: Fhir, port: int, rest_dsn: str) -> None:
    beside = await open_database(rest_dsn)
    try:
        async with connected(port) as client:
            for _ in range(2):
                assert b"CH de Test" in (await client.ask())[2]
            other = await fhir_on(beside)
            assert (await other.put("Organization/o", ORGANIZATION | {"name": "CH renommé"})).status_code == 200
            for _ in range(2):
                assert "CH renommé".encode() in (await client.ask())[2]
            assert (await other.delete("Organization/o")).status_code in (200, 204)
            assert (await client.ask())[0] == 410
    finally:
        await beside.close()


async def fhir_on(database: PostgresDatabase) -> Fhir:
    app = fhir_app(
        SANDBOX,
        Repository(SANDBOX.register, database.store("sandbox"), r4()),
        authenticator=ApiKeys(find_holder),
        clock=Clock(),
        secret=b"secret",
    )
    return Fhir(app, database)


async def test_who_may_not_read_is_not_answered_from_what_is_kept(serve: Serve) -> None:
    fhir = serve(replace(SANDBOX, read_public=READ))
    await fhir.put("Organization/o", ORGANIZATION)
    async with running(wired(fhir)) as port, connected(port) as client:
        statuses = [
            (await client.ask(who=who))[0]
            for who in ("reader", "reader", "nobody", "nobody", "", "", "unknown", "reader")
        ]
    assert statuses == [200, 200, 403, 403, 401, 401, 401, 200]


async def test_a_key_that_is_revoked_is_refused_at_once(serve: Serve) -> None:
    known = {"on": True}

    async def find(hashed: bytes) -> Any:
        return await find_holder(hashed) if known["on"] else None

    keys = ApiKeys(find)
    fhir = serve(authenticator=keys)
    await fhir.put("Organization/o", ORGANIZATION)
    async with running(wired(fhir)) as port, connected(port) as client:
        assert [(await client.ask())[0] for _ in range(2)] == [200, 200]
        known["on"] = False
        keys.forget()
        assert (await client.ask())[0] == 401


async def test_a_key_that_was_not_looked_at_for_long_is_looked_up_again(serve: Serve) -> None:
    now, asked = [0.0], []

    async def find(hashed: bytes) -> Any:
        asked.append(hashed)
        return await find_holder(hashed)

    fhir = serve(authenticator=ApiKeys(find, clock=lambda: now[0], ttl=5.0))
    await fhir.put("Organization/o", ORGANIZATION)
    asked.clear()
    async with running(wired(fhir)) as port, connected(port) as client:
        for moment in (0.0, 1.0, 4.0, 6.0, 7.0):
            now[0] = moment
            assert (await client.ask())[0] == 200
    assert len(asked) == 2


async def test_each_read_of_a_persons_data_leaves_its_trace(fhir: Fhir, port: int) -> None:
    await fhir.put("Patient/p", {"resourceType": "Patient", "id": "p"})
    before = len([event for event in await fhir.events() if event.action is Action.READ])
    async with connected(port) as client:
        for _ in range(3):
            status, headers, _ = await client.ask("Patient/p")
            assert (status, headers["cache-control"]) == (200, "no-store")
    assert len([event for event in await fhir.events() if event.action is Action.READ]) == before + 3


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"accept": "application/fhir+xml"}, "application/fhir+xml;charset=utf-8"),
        ({"accept": "application/json"}, "application/json;charset=utf-8"),
        ({"accept": "application/fhir+json"}, "application/fhir+json;charset=utf-8"),
    ],
)
async def test_each_format_is_kept_apart(port: int, headers: dict[str, str], expected: str) -> None:
    async with connected(port) as client, connected(port) as other:
        for _ in range(2):
            assert (await client.ask())[1]["content-type"] == "application/fhir+json;charset=utf-8"
            assert (await other.ask(**headers))[1]["content-type"] == expected


async def test_who_has_the_version_is_told_so(port: int) -> None:
    async with connected(port) as client:
        tag = (await client.ask())[1]["etag"]
        await client.ask()
        client.send(if_none_match=tag)
        assert (await client.answer())[0] == 304
        client.send(if_none_match='W/"9"')
        assert (await client.answer())[0] == 200


async def test_head_has_no_body(port: int) -> None:
    async with connected(port) as client:
        for method in ("GET", "GET", "HEAD", "HEAD", "GET"):
            client.send(method=method)
            status, headers, body = await client.answer(body=method == "GET")
            assert status == 200
            assert int(headers["content-length"]) > 0
            assert bool(body) is (method == "GET")


async def test_what_the_address_asks_beside_is_not_taken_from_what_is_kept(port: int) -> None:
    async with connected(port) as client:
        for _ in range(2):
            assert b"\n" not in (await client.ask())[2]
            assert b"\n" in (await client.ask("Organization/o?_pretty=true"))[2]
            assert (await client.ask("Organization/o?nothing=1"))[0] == 400


async def test_a_compressed_answer_is_kept_compressed(fhir: Fhir, port: int) -> None:
    await fhir.put("Organization/o", ORGANIZATION | {"alias": [f"CHT {n}" for n in range(500)]})
    async with connected(port) as plain, connected(port) as small:
        for _ in range(2):
            whole, packed = await plain.ask(), await small.ask(accept_encoding="gzip")
            assert "content-encoding" not in whole[1]
            assert packed[1]["content-encoding"] == "gzip"
            assert len(packed[2]) < len(whole[2])


async def test_requests_sent_together_are_answered_in_order(port: int) -> None:
    async with connected(port) as client:
        await client.ask()
        asked = [
            "Organization/o",
            "Organization/none",
            "Organization/o",
            "metadata",
            "Organization/o",
            "Organization/o",
        ]
        for path in asked:
            client.send(path)
        assert [(await client.answer())[0] for _ in asked] == [200, 404, 200, 200, 200, 200]


async def test_who_wants_the_connection_closed_has_it_closed(port: int) -> None:
    async with connected(port) as client:
        await client.ask(connection="close")
        assert await client.reader.read() == b""


async def test_a_reader_that_does_not_read_is_waited_for(fhir: Fhir, port: int) -> None:
    await fhir.put("Organization/o", ORGANIZATION | {"alias": ["x" * 30_000]})
    async with connected(port) as client:
        await client.ask()
        for _ in range(300):
            client.send()
        for _ in range(300):
            status, _, body = await client.answer()
            assert status == 200
            assert len(body) > 30_000


async def test_where_other_origins_may_ask_nothing_is_kept(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fhir = serve(settings=Settings(url="http://test", origins=frozenset({"https://app.example"})))
    await fhir.put("Organization/o", ORGANIZATION)
    reads = Reads(fhir, monkeypatch)
    async with running(wired(fhir)) as port, connected(port) as client:
        for _ in range(3):
            _, headers, _ = await client.ask(origin="https://app.example")
            assert headers["access-control-allow-origin"] == "https://app.example"
    assert reads.count == 3


async def test_what_is_kept_stays_within_its_room(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fhir = serve(answers=KeptAnswers(5_000))
    for rank in range(10):
        await fhir.put(f"Organization/o{rank}", ORGANIZATION | {"id": f"o{rank}"})
    reads = Reads(fhir, monkeypatch)
    async with running(wired(fhir)) as port, connected(port) as client:
        for rank in range(10):
            await client.ask(f"Organization/o{rank}")
        await client.ask("Organization/o9")
        assert reads.count == 10
        await client.ask("Organization/o0")
        assert reads.count == 11
