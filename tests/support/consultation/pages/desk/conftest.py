"""A house whose clock the test holds, served to a real browser, with nobody in a hurry."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.browser import browser, context, served

from socle.assembly.application import application
from socle.assembly.house import at_work, open_house
from socle.catalogue import MODULES
from socle.kernel.module import House, Settings
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.support.consultation.module import MODULE as CONSULTATION

__all__ = ["browser"]

WORKING = ("foundations.actor_identity", "support.doctrine")


class Clock:
    """The hour of the house: the test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class ServedHouse:
    """An ASGI application that opens its house in the loop that serves it; the consultation starts empty or shown."""

    def __init__(self, data: Path, dsn: str, clock: Clock, *, shown: bool) -> None:
        self._settings = Settings(data, demo=True, population=0, url="http://house")
        self._dsn, self._clock, self._shown = dsn, clock, shown
        self._app: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.house: House | None = None
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        consultation = CONSULTATION if self._shown else replace(CONSULTATION, start=None)
        modules = [*(module for module in MODULES if module.name in WORKING), consultation]
        async with AsyncExitStack() as stack:
            await receive()
            opened = await stack.enter_async_context(
                open_house(self._settings, self._dsn, modules=modules, clock=self._clock)
            )
            await stack.enter_async_context(at_work(opened, lambda fr, en: None))
            self._app, self.house, self._loop = application(opened), opened.house, asyncio.get_running_loop()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def run(self, work: Any) -> Any:
        """What a coroutine answers, run where the house lives."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


async def _create(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


def a_house(postgres: EmbeddedPostgres, data: Path, clock: Clock, *, shown: bool) -> ServedHouse:
    """A house on a database of its own."""
    name = f"desk_{data.name.replace('-', '_')}"
    with ThreadPoolExecutor(1) as elsewhere:  # the browser has its own event loop in this thread
        elsewhere.submit(lambda: asyncio.run(_create(postgres.dsn, name))).result()
    return ServedHouse(data, postgres.dsn.replace("/postgres?", f"/{name}?"), clock, shown=shown)


class Visitor:
    """Opens pages of one house in browsers of their own, as a person of the demonstration."""

    def __init__(self, browser: Any, url: str) -> None:
        self._browser, self.url = browser, url
        self._opened: list[Any] = []

    def __call__(self, person: str, path: str, **look: Any) -> Any:
        here = context(self._browser, **look)
        self._opened.append(here)
        page = here.new_page()
        if person:
            page.goto(f"{self.url}/connexion?next={path}")
            page.get_by_role("button", name=person).click()
            page.wait_for_url(self.url + path)
        else:
            page.goto(self.url + path)
        return page

    def close(self) -> None:
        """Close every browser."""
        for here in self._opened:
            here.close()
        self._opened.clear()


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def demonstration(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory, clock: Clock
) -> Iterator[tuple[ServedHouse, str]]:
    """A house with the contributions of the demonstration, and its address."""
    house = a_house(postgres, tmp_path_factory.mktemp("shown"), clock, shown=True)
    with served(house) as url:
        yield house, url


@pytest.fixture
def desk(browser: Any, demonstration: tuple[ServedHouse, str]) -> Iterator[Visitor]:
    """Opens pages of the house with the demonstration: `desk("Maud Lestrade", "/concertation/redaction")`."""
    visitor = Visitor(browser, demonstration[1])
    yield visitor
    visitor.close()
