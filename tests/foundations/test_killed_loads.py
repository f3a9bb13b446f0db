"""PostgreSQL is killed (SIGKILL) in the middle of a load: what was served is served, and the same load goes on."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.conftest import FAST
from tests.foundations.people.conftest import Directory
from tests.foundations.people.files import DURAND, MARTIN, PETIT, archive
from tests.foundations.structures.support import EJ1, EJ2, ET1, METADATA, NOW, OPERATOR, ej_line, et_line

from socle.foundations.people.api import ENDPOINT as ANNUAIRE
from socle.foundations.people.store.staging import Staging
from socle.foundations.structures import actions as structures
from socle.foundations.structures.api import ENDPOINT as STRUCTURES
from socle.foundations.structures.store import settling
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

REGISTERS = ("annuaire", "structures")
MODULES = [("annuaire", "socle.foundations.people"), ("structures", "socle.foundations.structures")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the cluster of these tests is: nobody else's may be killed."""
    return tmp_path_factory.mktemp("killed")


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[PostgresDatabase, Callable[[], Awaitable[None]]]]:
    """A database on its server, and how to kill that one."""
    with start(folder, settings=FAST) as server:

        async def kill() -> None:
            """Once all that was done is on disk: what a load gives back is not waited for, and may be done again."""
            connection = await asyncpg.connect(server.dsn)
            await connection.execute("CHECKPOINT")
            await connection.close()
            os.kill(server.pid, signal.SIGKILL)

        database = await open_database(server.dsn)
        await database.migrate(steps(REGISTERS, MODULES))
        try:
            yield database, kill
        finally:
            with suppress(Problem, OSError):
                await database.close()


async def test_professionals_stay_served_and_their_load_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socle.foundations.people.actions.importing.PIECE", 1)
    after = archive(tmp_path, [MARTIN, {**DURAND, "Prénom d'exercice": "Luc"}, PETIT], name="PS_LibreAcces_2.zip")
    real, built = Staging.built, 0

    async with running(folder) as (database, kill):
        directory = Directory(database, Repository(ANNUAIRE.register, database.store("annuaire"), r4()))
        await directory.load(archive(tmp_path, [MARTIN, DURAND]))

        async def killed(self: Staging, *args: Any, **point: Any) -> None:
            nonlocal built
            built += 1
            if built == 2:
                await kill()
            await real(self, *args, **point)

        monkeypatch.setattr(Staging, "built", killed)
        with pytest.raises(Problem) as caught:
            await directory.load(after)
        assert caught.value.kind is Kind.UNAVAILABLE
    monkeypatch.setattr(Staging, "built", real)

    async with running(folder) as (database, _):
        directory = Directory(database, Repository(ANNUAIRE.register, database.store("annuaire"), r4()))
        assert await _given(directory) == {"Hélène", "Paul"}
        done = await directory.load(after)
        assert (done.repris, done.ecarts.crees, done.ecarts.modifies) == (True, 1, 1)
        assert await _given(directory) == {"Hélène", "Luc", "Jeanne"}


async def _given(directory: Directory) -> set[str]:
    return {one["name"][0]["given"][0] for one in await directory.search("Practitioner", active="true")}


async def test_structures_stay_served_and_their_load_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written(*lines: str) -> Path:
        file = tmp_path / "cs1100501.csv"
        file.write_text("\n".join([METADATA, *lines]) + "\n", "utf-8")
        return file

    async def load(database: PostgresDatabase, file: Path) -> structures.Report:
        by = OPERATOR
        trace = Trace(by.id, by.name, "operator", "", by.means, "test", NOW, "structures", "finess:import")
        repository = Repository(STRUCTURES.register, database.store("structures"), r4())
        return await structures.import_finess(database, repository, [file], by=by, trace=trace)

    async with running(folder) as (database, kill):
        await load(database, written(ej_line(EJ1, "AVANT")))
        real = settling._show

        async def killed(*args: Any) -> None:
            await kill()
            await real(*args)

        monkeypatch.setattr(settling, "_show", killed)
        after = written(ej_line(EJ1, "APRES"), ej_line(EJ2), et_line(ET1))
        with pytest.raises(Problem) as caught:
            await load(database, after)
        assert caught.value.kind is Kind.UNAVAILABLE
    monkeypatch.setattr(settling, "_show", real)

    async with running(folder) as (database, _):
        before = await structures.look(database, EJ1, by=OPERATOR)
        assert before.structure.name == "AVANT"
        done = await load(database, after)
        assert (done.resumed, done.counts["ej-created"], done.counts["et-created"]) == (3, 1, 1)
        assert (await structures.look(database, EJ1, by=OPERATOR)).structure.name == "APRES"
