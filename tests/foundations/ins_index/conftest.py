"""A master index on a real PostgreSQL, empty at the start of each test."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from tests.foundations.ins_index.support import IndexUnderTest

from socle.foundations.ins.index.actions import REGISTER, MasterIndex
from socle.foundations.ins.index.api import ENDPOINT
from socle.kernel.fhir.definitions import r4
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database


@pytest.fixture(scope="session")
def index_dsn(postgres: EmbeddedPostgres) -> str:
    """A database with the tables of the index, made once."""
    dsn = postgres.dsn.replace("/postgres?", "/index_tests?")

    async def make() -> None:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE DATABASE index_tests")
        await connection.close()
        database = await open_database(dsn)
        await database.migrate(steps((REGISTER,), [(REGISTER, "socle.foundations.ins.index")]))
        await database.close()

    asyncio.run(make())
    return dsn


@pytest.fixture
async def house(index_dsn: str) -> AsyncIterator[IndexUnderTest]:
    """An index that works, and is empty."""
    connection = await asyncpg.connect(index_dsn)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", REGISTER)
    names = ", ".join(f"{REGISTER}.{row['tablename']}" for row in tables)
    await connection.execute(f"TRUNCATE {names} RESTART IDENTITY")
    await connection.close()
    database = await open_database(index_dsn)
    repository = Repository(ENDPOINT.register, ENDPOINT.register.keep(database.store(REGISTER)), r4())
    yield IndexUnderTest(MasterIndex(repository), database)
    await database.close()
