"""The register of structures on a real PostgreSQL, empty before each test."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from tests.foundations.structures.support import NOW, URL, Nobody, Structures

from socle.foundations.structures.api import ENDPOINT
from socle.foundations.structures.permissions import REGISTER
from socle.kernel.fhir.definitions import r4
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database

TABLES = ("load", "stage", "fault", "structure", "part", "change", "shown", "owed")
KERNEL = ("resource", "history", "ix_str", "ix_num", "ix_date")


@pytest.fixture(scope="session")
def structures_dsn(postgres: EmbeddedPostgres) -> str:
    """A database with the tables of the register."""

    async def make() -> str:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE DATABASE structures_tests")
        await connection.close()
        own = postgres.dsn.replace("/postgres?", "/structures_tests?")
        database = await open_database(own)
        await database.migrate(steps([REGISTER], [(REGISTER, "socle.foundations.structures")]))
        await database.close()
        return own

    return asyncio.run(make())


@pytest.fixture
async def structures(structures_dsn: str, tmp_path: Path) -> AsyncIterator[Structures]:
    """The register, empty."""
    connection = await asyncpg.connect(structures_dsn)
    await connection.execute(";".join(f"DELETE FROM {REGISTER}.{table}" for table in (*TABLES, *KERNEL)))
    await connection.close()
    database = await open_database(structures_dsn, clock=lambda: NOW)
    repository = Repository(ENDPOINT.register, database.store(REGISTER), r4(), (URL,))
    app = fhir_app(ENDPOINT, repository, authenticator=Nobody(), clock=lambda: NOW, secret=b"secret of the test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL + "/") as client:
        yield Structures(database, repository, client, tmp_path)
    await database.close()
