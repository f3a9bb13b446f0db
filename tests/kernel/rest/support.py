"""A FHIR server asked in process, people who may do different things, and a few resources."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from socle.kernel.audit import Event
from socle.kernel.audit.chain import decode
from socle.kernel.fhir import json
from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Text
from socle.kernel.policy import Permission
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.rest.pipeline import FhirApp
from socle.kernel.search.register import Register
from socle.kernel.store.actors import Holder, key_hash
from socle.kernel.store.audit_trail import unpack
from socle.kernel.store.postgres import PostgresDatabase

BASE = "/sandbox/fhir"
HOST = "http://test"
URL = HOST + BASE
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
REGISTER = Register(
    "sandbox", r4().resource_types, frozenset(name for name in r4().resource_types if r4().is_personal(name))
)
READ = Permission("sandbox.read", Text("Lire", "Read"), frozenset({"publisher", "reader"}))
WRITE = Permission("sandbox.write", Text("Écrire", "Write"), frozenset({"publisher"}))
OPEN = Permission("sandbox.read-public", Text("Lire ce qui est public", "Read what is public"), public=True)
SANDBOX = Endpoint(REGISTER, BASE, Text("Bac à sable", "Sandbox"), READ, WRITE, OPEN)

PEOPLE = {
    "socle_writer": Holder("a-writer", "Éditeur", frozenset({"publisher"}), "Éditions Test", START),
    "socle_reader": Holder("a-reader", "Lectrice", frozenset({"reader"}), "Cabinet Test", START),
    "socle_nobody": Holder("a-nobody", "Personne", frozenset({"other"}), "", START),
}


class Clock:
    """A clock that goes one second forward each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


async def find_holder(hashed: bytes) -> Holder | None:
    return {key_hash(key): holder for key, holder in PEOPLE.items()}.get(hashed)


class Fhir:
    """A client of the server under test. `as_("reader")` asks as somebody else; nobody when "" is given."""

    def __init__(self, app: FhirApp, database: PostgresDatabase, who: str = "writer") -> None:
        self.app = app
        self.database = database
        headers = {"authorization": f"Bearer socle_{who}"} if who else {}
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL, headers=headers)

    def as_(self, who: str) -> "Fhir":
        return Fhir(self.app, self.database, who)

    async def __call__(
        self, method: str, path: str, resource: Any = None, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        sent = dict(headers or {})
        if resource is not None:
            more["content"] = resource if isinstance(resource, bytes) else json.serialise(resource)
            sent.setdefault("content-type", "application/fhir+json")
        return await self.http.request(method, f"{URL}/{path}" if path else URL, headers=sent, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self("GET", path, **more)

    async def post(self, path: str, resource: Any = None, **more: Any) -> httpx.Response:
        return await self("POST", path, resource, **more)

    async def put(self, path: str, resource: Any, **more: Any) -> httpx.Response:
        return await self("PUT", path, resource, **more)

    async def patch(self, path: str, operations: Any, **more: Any) -> httpx.Response:
        headers = {"content-type": "application/json-patch+json", **more.pop("headers", {})}
        return await self("PATCH", path, operations, headers=headers, **more)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        return await self("DELETE", path, **more)

    async def events(self) -> list[Event]:
        """Every event kept, oldest first."""
        rows = await self.database.query("SELECT body FROM sandbox.audit ORDER BY chain, n")
        return [decode(unpack(row["body"])) for row in rows]

    async def versions(self) -> int:
        """How many versions the store keeps: 0 when nothing was ever written."""
        rows = await self.database.query("SELECT count(*) AS n FROM sandbox.history")
        return int(rows[0]["n"])


def issue(response: httpx.Response) -> dict[str, Any]:
    """The first issue of an OperationOutcome."""
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome", outcome
    first: dict[str, Any] = outcome["issue"][0]
    return first


PATIENT = {"resourceType": "Patient", "name": [{"family": "Dupont", "given": ["Zoé"]}], "birthDate": "1980-02-29"}
ORGANIZATION = {
    "resourceType": "Organization",
    "name": "Clinique des Lilas",
    "identifier": [{"system": "urn:f", "value": "1"}],
}
