"""Work that nobody waits for: jobs, deliveries of the outbox, anchors of the traces. Each goes on whatever befalls the others."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from socle.kernel.audit import Trace
from socle.kernel.module import House
from socle.kernel.policy import Means
from socle.kernel.store import anchors
from socle.kernel.store.jobs import Jobs
from socle.kernel.store.postgres import PostgresDatabase

ANCHOR_EVERY: Final = 60.0  # seconds
FIRST_PAUSE: Final = 1.0  # seconds before a task that failed is taken up again; doubles up to the longest
LONGEST_PAUSE: Final = 60.0

log = structlog.get_logger("socle.background")


async def run_background(house: House, database: PostgresDatabase) -> None:
    """Run until cancelled."""
    handlers = {name: partial(job, house) for module in house.modules for name, job in module.jobs.items()}
    jobs = Jobs(database, clock=house.clock)
    async with asyncio.TaskGroup() as group:
        group.create_task(_lasting("anchors", lambda: _anchor_for_ever(house, database)))
        group.create_task(
            _lasting("jobs", lambda: jobs.run_forever(handlers, {}, lambda name: _trace(house.clock(), name)))
        )


async def drop_last_anchor(house: House, database: PostgresDatabase) -> None:
    """At a clean stop: nothing written is left unanchored."""
    await anchors.drop_anchor(database, house.settings.data, trace=_trace(house.clock()))


async def _anchor_for_ever(house: House, database: PostgresDatabase) -> None:
    while True:
        await asyncio.sleep(ANCHOR_EVERY)
        await anchors.drop_anchor(database, house.settings.data, trace=_trace(house.clock()))


async def _lasting(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` for ever, again after each failure, ever more patiently."""
    pause = FIRST_PAUSE
    while True:
        try:
            await work()
        except Exception as error:
            log.error("background work failed", work=name, error=type(error).__qualname__, pause=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _trace(at: datetime, what: str = "audit:anchor") -> Trace:
    return Trace(
        who="house",
        name="Socle",
        role="",
        structure="",
        means=Means.SYSTEM,
        ground="house",
        at=at,
        register="house",
        interaction=what,
    )
