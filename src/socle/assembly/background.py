"""Work that nobody waits for: jobs, deliveries of the outbox, anchors of the traces. Each goes on whatever befalls the others."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from socle.kernel.audit import Trace
from socle.kernel.module import House, Reaction
from socle.kernel.outcome import Problem
from socle.kernel.policy import Means
from socle.kernel.search import fulltext, learn, ordering
from socle.kernel.search.repository import Repository
from socle.kernel.store import anchors
from socle.kernel.store.jobs import Handler, Jobs
from socle.kernel.store.outbox import Outbox
from socle.kernel.store.postgres import PostgresDatabase
from socle.kernel.store.postgres.leader import Leader

ANCHOR_EVERY: Final = 60.0  # seconds
FIRST_PAUSE: Final = 1.0  # seconds before a task that failed is taken up again; doubles up to the longest
LONGEST_PAUSE: Final = 60.0

log = structlog.get_logger("socle.background")


async def run_background(house: House, database: PostgresDatabase) -> None:
    """Run until cancelled."""
    short = {name: partial(job, house) for module in house.modules for name, job in module.jobs.items()}
    long = {name: partial(job, house) for module in house.modules for name, job in module.long_jobs.items()}
    periods = {name: every for module in house.modules for name, every in module.periods.items()}
    async with asyncio.TaskGroup() as group:
        for repository in house.repositories.values():
            work = partial(_index_for_ever, repository)
            group.create_task(_lasting(f"indexes that follow {repository.register.name}", work))
            if repository.register.learns:
                group.create_task(keep_learning(house, repository))
        group.create_task(_lasting("anchors", lambda: _anchor_for_ever(house, database)))
        for name, handlers, repeated in (("jobs", short, periods), ("long jobs", long, {})):
            group.create_task(_lasting(name, partial(_work_for_ever, house, database, handlers, repeated)))
        for module in house.modules:
            for reaction in module.reactions:
                work = partial(_react_for_ever, house, database, reaction)
                group.create_task(_lasting(f"reaction {reaction.register} {reaction.consumer}", work))
        if house.subscriptions is not None:
            group.create_task(_lasting("subscriptions", partial(_deliver_for_ever, house, database)))


async def _work_for_ever(
    house: House, database: PostgresDatabase, handlers: Mapping[str, Handler], periods: Mapping[str, timedelta]
) -> None:
    jobs = Jobs(database, clock=house.clock)
    await jobs.run_forever(handlers, periods, lambda name: system_trace(house.clock(), name))


async def keep_learning(house: House, repository: Repository) -> None:
    """Follow what the register learns, until cancelled."""
    await _lasting(f"search parameters {repository.register.name}", partial(_learn_for_ever, house, repository))


async def _learn_for_ever(house: House, repository: Repository) -> None:
    """Every worker looks for itself: what it writes must have the keys of what the register has learnt."""
    while True:
        await learn.follow(repository, system_trace(house.clock(), "search:learn"))
        await asyncio.sleep(learn.EVERY.total_seconds())


async def _index_for_ever(repository: Repository) -> None:
    while True:
        if repository.register.full_text:
            await fulltext.keep_up(repository)
        await ordering.keep_up(repository)
        await asyncio.sleep(learn.EVERY.total_seconds())


async def _react_for_ever(house: House, database: PostgresDatabase, reaction: Reaction) -> None:
    outbox = Outbox(database, reaction.register, reaction.consumer, partial(reaction.react, house), house.clock)
    await outbox.run_forever()


async def _deliver_for_ever(house: House, database: PostgresDatabase) -> None:
    """Of several workers, one delivers to subscribers; another takes over when it dies."""
    assert house.subscriptions is not None
    leader = Leader(database.dsn, "subscriptions")
    try:
        while not await leader.leads():  # noqa: ASYNC110 - nobody tells when the other worker dies
            await asyncio.sleep(1)
        await house.subscriptions.run_forever()
    finally:
        await leader.close()


async def drop_last_anchor(house: House, database: PostgresDatabase) -> None:
    """At a clean stop: nothing written is left unanchored."""
    await anchors.drop_anchor(database, house.settings.data, trace=system_trace(house.clock()))


async def _anchor_for_ever(house: House, database: PostgresDatabase) -> None:
    while True:
        await asyncio.sleep(ANCHOR_EVERY)
        await anchors.drop_anchor(database, house.settings.data, trace=system_trace(house.clock()))


async def _lasting(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` for ever, again after each failure, ever more patiently while it fails at once.

    What failed is told by its kind alone: the words of a Problem may hold what belongs to somebody.
    """
    pause = FIRST_PAUSE
    now = asyncio.get_running_loop().time
    while True:
        begun = now()
        try:
            await work()
        except Exception as error:
            what = f"Problem {error.kind.name}" if isinstance(error, Problem) else type(error).__qualname__
            log.error("background work failed", work=name, error=what, pause=pause)
        if now() - begun > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def system_trace(at: datetime, what: str = "audit:anchor") -> Trace:
    """Why the house itself does something."""
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
