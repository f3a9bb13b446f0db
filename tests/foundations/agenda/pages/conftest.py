"""The house with its care offer and its demonstration, served to a real browser."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from tests.browser import browser, context, served

from socle.assembly.application import application
from socle.assembly.house import at_work, open_house
from socle.foundations.actor_identity.module import MODULE as ACTOR_IDENTITY
from socle.foundations.care_offer.module import MODULE as CARE_OFFER
from socle.kernel.module import Settings
from socle.kernel.store.embedded import EmbeddedPostgres

__all__ = ["browser"]


class ServedHouse:
    """An ASGI application that opens its house in the loop that serves it."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        self._settings, self._dsn = settings, dsn
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        async with AsyncExitStack() as stack:
            await receive()
            modules = (ACTOR_IDENTITY, CARE_OFFER)
            opened = await stack.enter_async_context(open_house(self._settings, self._dsn, modules=modules))
            await stack.enter_async_context(at_work(opened, lambda fr, en: None))
            self._app = application(opened)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def _create(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


@pytest.fixture(scope="module")
def house(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a house with agendas."""
    data: Path = tmp_path_factory.mktemp("agendas")
    name = f"agenda_pages_{data.name.replace('-', '_')}"
    with ThreadPoolExecutor(1) as elsewhere:  # the browser has its own event loop in this thread
        elsewhere.submit(lambda: asyncio.run(_create(postgres.dsn, name))).result()
    settings = Settings(data, demo=True, population=0, url="http://127.0.0.1")
    dsn = postgres.dsn.replace("/postgres?", f"/{name}?")
    with served(ServedHouse(settings, dsn)) as url:
        yield url


@pytest.fixture
def visit(browser: Any, house: str) -> Iterator[Any]:
    """Opens a page as somebody of the demonstration: `visit("/agenda", "Salomé Vautrin", phone=True)`; "" for nobody."""
    opened: list[Any] = []

    def open_page(path: str, who: str = "", **look: Any) -> Any:
        here = context(browser, **look)
        opened.append(here)
        page = here.new_page()
        if who:
            page.goto(f"{house}/connexion?next={quote(path)}")
            page.get_by_role("button", name=who).click()
            page.wait_for_url(house + path)
        else:
            page.goto(house + path)
        return page

    yield open_page
    for here in opened:
        here.close()
