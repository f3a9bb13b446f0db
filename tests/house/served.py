"""A house with its demonstration, opened in the loop of the server that a real browser talks to."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

import asyncpg

from socle.assembly.application import application
from socle.assembly.house import at_work, open_house
from socle.catalogue import MODULES
from socle.kernel.module import Module, Settings
from socle.kernel.store.embedded import EmbeddedPostgres


class ServedHouse:
    """An ASGI application that opens its house in the loop that serves it."""

    def __init__(self, settings: Settings, dsn: str, modules: Sequence[Module] = MODULES) -> None:
        self._settings, self._dsn, self._modules = settings, dsn, modules
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        async with AsyncExitStack() as stack:
            await receive()
            opened = await stack.enter_async_context(open_house(self._settings, self._dsn, modules=self._modules))
            await stack.enter_async_context(at_work(opened, lambda fr, en: None))
            self._app = application(opened)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def database_of(postgres: EmbeddedPostgres, name: str) -> str:
    """A new database of this name; where it is reached."""

    async def create() -> None:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    with ThreadPoolExecutor(1) as elsewhere:  # the browser has its own event loop in this thread
        elsewhere.submit(lambda: asyncio.run(create())).result()
    return postgres.dsn.replace("/postgres?", f"/{name}?")
