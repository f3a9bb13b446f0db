"""An identity desk on a real PostgreSQL, calling the house's own INSi over the published persons and a small
population."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
from tests.foundations.ins.support import DeskUnderTest, Watched, trace

from socle.foundations.ins.actions import Desk
from socle.foundations.ins.adapters import Connection, connect
from socle.foundations.ins.api import ENDPOINT
from socle.foundations.ins.insi.actions import INSi
from socle.foundations.ins.insi.port import Teleservice
from socle.foundations.ins.insi.seed import seed
from socle.kernel.fhir.definitions import r4
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database

POPULATION = 200


@pytest.fixture(scope="session")
def ins_dsn(postgres: EmbeddedPostgres) -> str:
    """A database with the national base in it, made once: these tests are many, and each starts by emptying the
    desk."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE DATABASE ins_tests")
        await connection.close()
        database = await open_database(dsn)
        await database.migrate(
            steps(("ins", "insi"), [("ins", "socle.foundations.ins"), ("insi", "socle.foundations.ins.insi")])
        )
        await seed(database, POPULATION, trace=replace(trace(), register="insi"))
        await database.close()

    dsn = postgres.dsn.replace("/postgres?", "/ins_tests?")
    asyncio.run(make())
    return dsn


@pytest.fixture
async def house(ins_dsn: str) -> AsyncIterator[DeskUnderTest]:
    """A desk that works, and is empty."""
    connection = await asyncpg.connect(ins_dsn)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'ins'")
    await connection.execute("TRUNCATE " + ", ".join(f"ins.{row['tablename']}" for row in tables) + " RESTART IDENTITY")
    await connection.close()
    database = await open_database(ins_dsn)
    repository = Repository(ENDPOINT.register, database.store("ins"), r4())
    insi = Watched(Teleservice(INSi(database, b"secret")))
    connect(repository, Connection(insi))
    yield DeskUnderTest(Desk.at(repository), database, insi)
    await database.close()
