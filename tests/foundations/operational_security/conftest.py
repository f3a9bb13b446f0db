"""A small house: the traces, the login, the sandbox; its doors reached without a network."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from socle.foundations.actor_identity.module import MODULE as ACTOR_IDENTITY
from socle.foundations.actor_identity.people import PEOPLE
from socle.foundations.interoperability.module import MODULE as INTEROPERABILITY
from socle.foundations.operational_security.module import MODULE as OPERATIONAL_SECURITY
from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.module import House, Settings
from socle.kernel.pages import exception_handlers, portal_routes
from socle.kernel.rest.api_keys import ApiKeys
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.rest.demo_login import DemoLogin
from socle.kernel.store import actors, traces
from socle.kernel.store.postgres import PostgresDatabase

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def event(number: int, **changes: Any) -> Event:
    """The `number`-th access: one a minute from eight o'clock (UTC), persons Patient/0 to Patient/2 in turn."""
    person = changes.pop("person", f"Patient/{number % 3}")
    trace = Trace(
        **{
            "who": "actor-a",
            "name": "Camille Durand",
            "role": "identity-agent",
            "structure": "CHU de Brest",
            "means": "api-key",
            "ground": "sandbox.read as identity-agent; purpose TREAT",
            "at": START + timedelta(minutes=number),
            "register": "sandbox",
            "interaction": "read",
            "request": f"r{number}",
            "source": "192.0.2.7",
            **changes.pop("trace", {}),
        }
    )
    return Event(
        **{
            "trace": trace,
            "action": Action.READ,
            "entities": (f"{person}/_history/1",),
            "concerns": (person,),
            **changes,
        }
    )


@dataclass
class Desk:
    """What a test does with the house."""

    house: House
    database: PostgresDatabase
    app: Starlette
    keys: dict[str, str]

    def client(self, role: str = "auditor", **headers: str) -> httpx.AsyncClient:
        """Software with the key of a role; "" for nobody."""
        if role:
            headers["authorization"] = f"Bearer {self.keys[role]}"
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://socle.test", headers=headers)

    async def get(self, url: str, role: str = "auditor", **headers: str) -> httpx.Response:
        """One request."""
        async with self.client(role, **headers) as client:
            return await client.get(url)

    async def recorded(self, matches: Callable[[Event], bool] | None = None) -> list[Event]:
        """The traces of the house's own chain, latest first."""
        wanted = traces.Wanted(schemas=frozenset({"house"}), matches=matches)
        return [written.event for written in (await traces.page(self.database, wanted, 100)).found]


@pytest.fixture
async def desk(database: PostgresDatabase, tmp_path: Path) -> Desk:
    """The house with nine accesses recorded in the sandbox, r1 to r9."""
    modules = (ACTOR_IDENTITY, OPERATIONAL_SECURITY, INTEROPERABILITY)
    settings = Settings(tmp_path, demo=True, population=0, url="http://socle.test")
    secret = b"0" * 32
    authenticator = Authenticators([ApiKeys(partial(actors.find, database)), DemoLogin(PEOPLE, secret, lambda: NOW)])
    house = House(settings, modules, {}, database, lambda: NOW, authenticator, secret)
    routes = [route for module in modules if module.routes for route in module.routes(house)]
    app = Starlette(routes=[*portal_routes(house), *routes], exception_handlers=exception_handlers(house))
    trace = Trace("console", "console", "operator", "", "console", "test", NOW, "house", "actor:create")
    keys = {}
    for role in ("auditor", "operator", "publisher"):
        _, keys[role] = await actors.create(database, name=role, roles=[role], trace=trace)
    for number in range(1, 10):
        changes: dict[str, Any] = {}
        if number == 4:
            changes = {"outcome": Outcome.REFUSED, "detail": "403 FORBIDDEN SOCLE-POLICY", "trace": {"who": "actor-b"}}
        if number == 5:
            changes = {"action": Action.EXECUTE, "query": "name=é", "trace": {"interaction": "search-type"}}
        await database.record("sandbox", event(number, **changes))
    return Desk(house, database, app, keys)
