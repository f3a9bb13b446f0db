"""A house with its portal, its login, its doctrine and its consultation, on a real database, at an hour that tests choose."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
from starlette.applications import Starlette

from socle.catalogue import MODULES
from socle.kernel.module import House, Settings
from socle.kernel.pages import Login, exception_handlers, login_routes, portal_routes
from socle.kernel.policy import Actor, Means
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.rest.demo_login import DemoLogin
from socle.kernel.store.postgres import open_database
from socle.support.consultation import pages
from socle.support.consultation.actions import Forum
from socle.support.consultation.module import MODULE
from socle.support.doctrine import pages as doctrine_pages

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # within the window of the demonstration
CLOSED = datetime(2026, 12, 20, 9, 0, tzinfo=UTC)
SECRET = b"a secret of the tests, 32 bytes!"
_numbers = count(1)


def person(short: str, name: str, *roles: str, structure: str = "") -> Actor:
    return Actor(f"demo-{short}", name, frozenset(roles), Means.DEMO, structure)


PEOPLE = {
    "anne": person("anne", "Anne Contributrice", "contributor"),
    "bruno": person("bruno", "Bruno Participant", "contributor", structure="Fédération de Test"),
    "maud": person("maud", "Maud Modératrice", "moderator"),
    "remi": person("remi", "Rémi Éditeur", "doctrine-editor"),
    "agent": person("agent", "Camille Sans Rôle", "identity-agent"),
}


@dataclass
class Clock:
    """An hour that tests may change."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Site:
    """An ASGI application that opens its house in the loop that serves it, and furnishes it."""

    dsn: str
    furnish: Callable[[Forum], Awaitable[None]]
    clock: Clock = field(default_factory=Clock)
    _app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        await receive()
        database = await open_database(self.dsn, clock=self.clock)
        try:
            here = house(database, self.clock)
            self._app = application(here)
            await self.furnish(Forum(here, here.settings.url))
            await send({"type": "lifespan.startup.complete"})
            await receive()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": repr(error)})
            raise
        finally:
            await database.close()
        await send({"type": "lifespan.shutdown.complete"})


def house(database: Any, clock: Clock) -> House:
    """The modules of the catalogue and the consultation."""
    others = [replace(one, jobs={}, health=None) for one in MODULES if one.name != MODULE.name]
    return House(
        settings=Settings(Path("/nowhere"), demo=True, population=0, url="http://house.example"),
        modules=(*others, replace(MODULE, jobs={}, health=None)),
        repositories={},
        database=database,
        clock=clock,
        authenticator=Authenticators([_login(clock)]),
        secret=SECRET,
    )


def application(here: House) -> Starlette:
    """The doors that these tests go through."""
    login = _login(here.clock)
    return Starlette(
        routes=[
            *portal_routes(here),
            *login_routes(here, Login(PEOPLE, login.log_in, login.log_out)),
            *doctrine_pages.routes(here),
            *pages.routes(here),
        ],
        exception_handlers=exception_handlers(here),
    )


def cookie(short: str, clock: Callable[[], datetime] = lambda: NOW) -> dict[str, str]:
    """The cookie of somebody who is logged in."""
    name, _, value = _login(clock).log_in(short).split(";")[0].partition("=")
    return {name: value}


def copied(dsn: str, template: str) -> str:
    """The address of a fresh copy of a database, made from a thread that may already have a loop."""
    name = f"public_{next(_numbers)}"

    async def make() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        await connection.close()

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(lambda: asyncio.run(make())).result()
    return dsn.replace("/postgres?", f"/{name}?")


def _login(clock: Callable[[], datetime]) -> DemoLogin:
    return DemoLogin(PEOPLE, SECRET, clock)
