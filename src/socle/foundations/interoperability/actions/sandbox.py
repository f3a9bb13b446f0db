"""The sandbox: empty it; exports, in the background."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from socle.foundations.interoperability.permissions import RESET, SANDBOX
from socle.kernel.audit import Trace
from socle.kernel.bulk import desk, files
from socle.kernel.bulk import export as exporting
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.store.database import Database

TABLES = ("resource", "ix_date", "ix_num", "ix_str", "history", "outbox")


async def reset_sandbox(database: Database, *, by: Actor, trace: Trace) -> None:
    """Empty the sandbox: resources, their history and their index go; the traces stay.

    Raises: Problem(FORBIDDEN) when `by` may not.
    """
    decide(by, RESET).or_raise(Kind.FORBIDDEN)
    tables = ", ".join(f"{SANDBOX}.{table}" for table in TABLES)
    await database.write(SANDBOX, [(f"TRUNCATE {tables}", ())], trace)


async def export(house: House, arguments: Mapping[str, Any]) -> None:
    """The job of an export: begin it (again, after a crash), write its files, keep what came of it."""
    await _work(house, arguments["id"])


async def sweep(house: House, arguments: Mapping[str, Any]) -> None:
    """Remove the files of exports and imports whose time is over."""
    ids = await desk.expired(house.database, house.clock())
    for id in ids:
        await asyncio.to_thread(files.remove, files.folder_of(house.settings.data, id))
    await desk.forget(house.database, ids)


async def _work(house: House, id: str) -> None:
    turn = await desk.begin(house.database, id)
    if turn is None:
        return
    folder = files.folder_of(house.settings.data, id)
    try:
        if turn.attempts > desk.MOST_ATTEMPTS:
            raise Problem.of(
                Kind.INTERNAL,
                "Ce travail a été interrompu trop souvent ; redemandez-le, ou demandez-en moins à la fois.",
                "This work was interrupted too often; ask for it again, or for less at a time.",
            )
        repository = house.repositories[turn.register]
        result = await exporting.run(turn, house.database, repository, house.settings.data, house.clock)
        await desk.finish(house.database, turn, result, house.clock())
    except desk.Stopped:
        now = await desk.find(house.database, id)
        if now is None or now.state == "cancelled":  # else another turn at it has begun: the files are its own
            await asyncio.to_thread(files.remove, folder)
    except Problem as problem:
        if problem.kind is Kind.UNAVAILABLE and turn.attempts < desk.MOST_ATTEMPTS:
            raise  # the job is tried again later
        await asyncio.to_thread(files.remove, folder)
        with suppress(desk.Stopped):
            await desk.fail(house.database, turn, problem, house.clock())
