"""Exports to a folder and imports of files, done here and now: what `socle export` and `socle import ndjson` ask of a console.

Of any FHIR server of the house that offers it, named by the path of its base: `/sandbox/fhir`.
"""

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from socle.kernel.audit import Trace
from socle.kernel.bulk import desk, export, files, load
from socle.kernel.bulk.asked import Level, understood
from socle.kernel.bulk.reading import Import, Source
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Language, Problem, system_said
from socle.kernel.policy import Actor, decide
from socle.kernel.rest.bulk import Admitting, check_may_import, draw_id, making_of
from socle.kernel.rest.endpoint import Endpoint

Progress = Callable[[int, int], None]
LoadProgress = Callable[[int, int, load.Place], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote: (file, type, resources) and the moment that it shows."""

    at: str
    files: list[tuple[Path, str, int]]


async def export_to(
    house: House,
    server: str,
    out: Path,
    level: Level,
    group: str,
    parameters: Mapping[str, Sequence[str]],
    progress: Progress,
    *,
    by: Actor,
    trace: Trace,
) -> Exported:
    """Export the register of a server to the folder `out`, which must be empty or absent.

    Raises: Problem(FORBIDDEN | INVALID | NOT_FOUND | CONFLICT).
    """
    endpoint = server_at(house, server)
    if endpoint.export is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"{endpoint.base} n'offre pas d'export en masse.",
            f"{endpoint.base} offers no export in bulk.",
            rule="SOCLE-BULK-SERVER",
        )
    decide(by, endpoint.export).or_raise(Kind.FORBIDDEN)
    repository = house.repositories[endpoint.register.name]
    if await asyncio.to_thread(lambda: out.exists() and any(out.iterdir())):
        raise Problem.of(
            Kind.CONFLICT,
            f"Le dossier {out} n'est pas vide : choisissez-en un autre.",
            f"The folder {out} is not empty: choose another.",
        )
    if group and not await repository.store.read_many([("Group", group)]):
        raise Problem.of(Kind.NOT_FOUND, f"Le groupe {group} n'existe pas.", f"The group {group} does not exist.")
    asked = understood(level, group, parameters, None, repository, trace.at)
    turn = await _begun(house, endpoint.register.name, "export", asked.to_json(), trace)
    folder = files.folder_of(house.settings.data, turn.id)
    try:
        found = await export.run(turn, house.database, repository, house.settings.data, house.clock, progress)
        moved = await asyncio.to_thread(_moved, folder, out)
    finally:
        await asyncio.to_thread(files.remove, folder)
        await desk.forget(house.database, [turn.id])
    written = [(moved / name, kind, count) for name, kind, count in (*found["output"], *found["deleted"])]
    return Exported(found["at"], written)


async def import_files(
    house: House,
    server: str,
    paths: Sequence[Path],
    whole: bool,
    language: Language,
    progress: LoadProgress,
    *,
    by: Actor,
    trace: Trace,
) -> tuple[Mapping[str, Any], Path]:
    """Load files into a server: (counts, the report of wrong lines). The same files again, after a crash, go on from there.

    Each line is judged as a write by REST is. Subscribers are told of what is loaded.
    Raises: Problem(FORBIDDEN | NOT_FOUND).
    """
    endpoint = server_at(house, server)
    check_may_import(by, endpoint)
    register = endpoint.register.name
    if house.subscriptions is not None:
        await house.subscriptions.load(register)
    what = Import(tuple(await asyncio.to_thread(_sources, paths)), whole, language).to_json()
    id = await desk.unfinished(house.database, by.id, register, what)
    turn = await _begun(house, register, "import", what, trace, id=id)
    folder = files.folder_of(house.settings.data, turn.id)
    repository = house.repositories[register]
    rules, making = Admitting(endpoint, repository), making_of(endpoint, repository)
    found = await load.run(
        turn, house.database, repository, rules, folder, house.clock, lambda: str(uuid4()), progress, making
    )
    await desk.finish(house.database, turn, found, house.clock())
    return found["extension"], folder / load.REPORT


def server_at(house: House, path: str) -> Endpoint:
    """The FHIR server whose base is at a path. Raises: Problem(NOT_FOUND) naming those that there are."""
    servers = {one.base: one for module in house.modules for one in module.endpoints}
    found = servers.get(f"/{path.strip('/')}")
    if found is None:
        names = ", ".join(sorted(servers))
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Cette maison n'a pas de serveur FHIR à « {path} » ; elle a : {names}.",
            f"This house has no FHIR server at “{path}”; it has: {names}.",
            rule="SOCLE-BULK-SERVER",
        )
    return found


async def _begun(
    house: House, register: str, kind: str, what: Mapping[str, Any], trace: Trace, *, id: str | None = None
) -> desk.Asked:
    """A request on the desk, and our turn at it."""
    if id is None:
        id = draw_id()
        rows, event = desk.place(id, kind, register, f"socle {kind}", what, trace, later=False)
        await house.database.write(register, rows, trace, notes=[event])
    turn = await desk.begin(house.database, id)
    assert turn is not None
    return turn


def _moved(folder: Path, out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    for file in sorted(folder.iterdir()):
        shutil.move(file, out / file.name)
    return out


def _sources(paths: Sequence[Path]) -> list[Source]:
    found = []
    for path in paths:
        try:
            facts = path.stat()
        except OSError as error:
            raise Problem.of(
                Kind.NOT_FOUND,
                f"{path} : lecture impossible ({system_said(error).fr}).",
                f"{path}: cannot be read ({system_said(error).en}).",
            ) from error
        found.append(Source(str(path.resolve()), path.name, f"{facts.st_size}:{facts.st_mtime_ns}"))
    return found
