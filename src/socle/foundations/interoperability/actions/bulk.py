"""Exports and imports, in the background, and the end of their files."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from socle.kernel.audit import Trace
from socle.kernel.bulk import desk, files
from socle.kernel.bulk import export as exporting
from socle.kernel.bulk import load as loading
from socle.kernel.bulk.reading import Import
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Means
from socle.kernel.rest.bulk import Admitting, making_of
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.search import learn
from socle.kernel.subscription import desk as queues

Run = Callable[[desk.Asked], Awaitable[Mapping[str, Any]]]


async def export(house: House, arguments: Mapping[str, Any]) -> None:
    """The job of an export: begin it (again, after a crash), write its files, keep what came of it."""

    async def run(turn: desk.Asked) -> Mapping[str, Any]:
        repository = house.repositories[turn.register]
        return await exporting.run(turn, house.database, repository, house.settings.data, house.clock)

    await _work(house, arguments["id"], run)


async def load(house: House, arguments: Mapping[str, Any]) -> None:
    """The job of an import: begin it, or go on from where a crash left it. The file that was sent goes, the report stays."""
    folder = files.folder_of(house.settings.data, arguments["id"])

    async def run(turn: desk.Asked) -> Mapping[str, Any]:
        repository = house.repositories[turn.register]
        endpoint = server_of(house, turn.register)
        rules, making = Admitting(endpoint, repository), making_of(endpoint, repository)
        result = await loading.run(
            turn, house.database, repository, rules, folder, house.clock, lambda: str(uuid4()), making=making
        )
        for source in Import.from_json(turn.asked).sources:
            await asyncio.to_thread(Path(source.path).unlink, missing_ok=True)
        return result

    await _work(house, arguments["id"], run)


def server_of(house: House, register: str) -> Endpoint:
    """The FHIR server of a register. Raises: Problem(NOT_FOUND) naming those that there are."""
    servers = [one for module in house.modules for one in module.endpoints]
    of_it = [one for one in servers if one.register.name == register]
    found = next((one for one in of_it if one.imports is not None), of_it[0] if of_it else None)
    if found is None:
        names = ", ".join(sorted({one.register.name for one in servers}))
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Cette maison n'a pas de serveur FHIR « {register} » ; elle a : {names}.",
            f"This house has no FHIR server “{register}”; it has: {names}.",
            rule="SOCLE-BULK-SERVER",
        )
    return found


async def rebuild(house: House, arguments: Mapping[str, Any]) -> None:
    """The job that gives what a register held the keys of a search parameter that it has learnt."""
    repository = house.repositories[arguments["register"]]
    trace = Trace("house", "Socle", "", "", Means.SYSTEM, "house", house.clock(), arguments["register"], learn.JOB)
    await learn.rebuild(repository, arguments, trace)


async def cancel(house: House, asked: desk.Asked, trace: Trace) -> None:
    """The work stops, the files go."""
    await desk.cancel(house.database, asked, trace)
    await asyncio.to_thread(files.remove, files.folder_of(house.settings.data, asked.id))


async def sweep(house: House, arguments: Mapping[str, Any]) -> None:
    """Remove what has had its time: files of exports and imports, events of subscriptions that are settled."""
    ids = await desk.expired(house.database, house.clock())
    for id in ids:
        await asyncio.to_thread(files.remove, files.folder_of(house.settings.data, id))
    await desk.forget(house.database, ids)
    await queues.sweep(house.database, house.clock())


async def _work(house: House, id: str, run: Run) -> None:
    """Take a turn at a request, and keep how it ended."""
    turn = await desk.begin(house.database, id)
    if turn is None:
        return
    folder = files.folder_of(house.settings.data, id)
    try:
        if turn.attempts > desk.MOST_ATTEMPTS[turn.kind]:
            raise Problem.of(
                Kind.INTERNAL,
                "Ce travail a été interrompu trop souvent ; redemandez-le, ou demandez-en moins à la fois.",
                "This work was interrupted too often; ask for it again, or for less at a time.",
            )
        await desk.finish(house.database, turn, await run(turn), house.clock())
    except desk.Stopped:
        now = await desk.find(house.database, id)
        if now is None or now.state == "cancelled":  # else another turn at it has begun: the files are its own
            await asyncio.to_thread(files.remove, folder)
    except Problem as problem:
        if problem.kind is Kind.UNAVAILABLE and turn.attempts < desk.MOST_ATTEMPTS[turn.kind]:
            raise  # the job is tried again later
        await asyncio.to_thread(files.remove, folder)
        with suppress(desk.Stopped):
            await desk.fail(house.database, turn, problem, house.clock())
