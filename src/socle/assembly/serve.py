"""Open the house and serve it until told to stop: what `socle up` does."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from socle.assembly.application import application
from socle.assembly.house import at_work, open_house
from socle.assembly.workers import Order, company
from socle.kernel.module import Module, Settings
from socle.kernel.rest.serve import listen, serve_until_stopped
from socle.kernel.store import embedded

DEFAULT_PORT: Final = 8000
_LOOK: Final = 1.0  # seconds between two looks at the embedded database
_LONGEST: Final = 60.0  # when it does not hold

Say = Callable[[str, str], None]


@dataclass(slots=True)
class Opening:
    """How the house is to be opened; `modules` is filled once it is."""

    data: Path
    demo: bool
    population: int
    host: str
    port: int
    say: Say
    workers: int = 1
    modules: tuple[Module, ...] = field(default=())

    @property
    def shift(self) -> int:
        """How far this house is from the default ports: one option moves all the doors."""
        return self.port - DEFAULT_PORT

    @property
    def url(self) -> str:
        """Where a browser of this machine finds the house."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - a name, not a bind
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}"


async def serve(
    opening: Opening, listener: socket.socket, *, database_url: str, ready: Callable[[Opening, float], None]
) -> None:
    """Start the database (embedded unless `database_url`), open the house, listen, and close everything in order.

    Returns after SIGINT or SIGTERM. Raises: Problem when the folder is in use or unusable, or the database cannot be started.
    """
    begun = time.monotonic()
    if database_url:
        with embedded.FolderLock(opening.data):
            await _serve(opening, listener, database_url, ready, begun)
        return
    opening.say("base de données…", "database…")
    with embedded.start(opening.data, progress=lambda text: opening.say(text.fr, text.en)) as postgres:
        watching = asyncio.create_task(_keep_alive(postgres, opening.say), name="database")
        try:
            await _serve(opening, listener, postgres.dsn, ready, begun)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _keep_alive(postgres: embedded.EmbeddedPostgres, say: Say) -> None:
    """Launch the embedded database again when it ends by itself, sooner or later as it holds."""
    pause = _LOOK
    while True:
        await asyncio.sleep(pause)
        if postgres.alive:
            pause = _LOOK
            continue
        say(
            "la base de données s'est arrêtée d'elle-même (postgres.log dit pourquoi) : elle repart…",
            "the database ended by itself (postgres.log says why): it starts again…",
        )
        with suppress(OSError):  # no memory for a process: later
            postgres.revive()
        pause = min(2 * pause, _LONGEST)


async def _serve(
    opening: Opening, listener: socket.socket, dsn: str, ready: Callable[[Opening, float], None], begun: float
) -> None:
    settings = Settings(opening.data, opening.demo, opening.population, opening.url, opening.shift)
    async with open_house(settings, dsn, say=opening.say) as opened, at_work(opened, opening.say):
        opening.modules = opened.house.modules
        _leave_card(opening)
        app = application(opened)

        def open_to_all() -> None:
            ready(opening, time.monotonic() - begun)

        if opening.workers == 1:
            await serve_until_stopped(app, listener, ready=open_to_all)
        else:
            with listen("127.0.0.1", 0, shared=False) as private:
                order = _order(opening, dsn, private.getsockname()[1])
                opening.say(f"{opening.workers} processus…", f"{opening.workers} processes…")
                async with company(order, opening.workers - 1):
                    await serve_until_stopped(app, listener, private, ready=open_to_all)
        opening.say("fermeture…", "closing…")


def _order(opening: Opening, dsn: str, private: int) -> Order:
    return Order(
        data=str(opening.data),
        demo=opening.demo,
        population=opening.population,
        url=opening.url,
        dsn=dsn,
        host=opening.host,
        port=opening.port,
        private=private,
    )


def _leave_card(opening: Opening) -> None:
    """`house.json` in the data folder: there is a house here, and where it last listened."""
    card = opening.data / "house.json"
    fresh = card.with_suffix(".new")
    fresh.write_text(json.dumps({"url": opening.url, "pid": os.getpid(), "demo": opening.demo}) + "\n")
    fresh.replace(card)


__all__ = ["Opening", "serve"]
