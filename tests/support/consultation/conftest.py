"""A forum on a real PostgreSQL, with the editions that are shipped."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from tests.conftest import fresh_database
from tests.support.consultation.support import HouseOfTests, prepared

from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database
from socle.support.consultation.actions import Forum

SCHEMAS = (("doctrine", "socle.support.doctrine"), ("consultation", "socle.support.consultation"))


@pytest.fixture(scope="session")
def consultation_template(postgres: EmbeddedPostgres) -> str:
    """The name of a database with the tables of the doctrine and of consultations: copying it is fast."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE DATABASE template_consultation")
        await connection.close()
        database = await open_database(postgres.dsn.replace("/postgres?", "/template_consultation?"))
        await database.migrate(steps([schema for schema, _ in SCHEMAS], SCHEMAS))
        await database.close()

    asyncio.run(make())
    return "template_consultation"


@pytest.fixture
async def forum_dsn(postgres: EmbeddedPostgres, consultation_template: str) -> AsyncIterator[str]:
    """The address of an empty forum."""
    async with fresh_database(postgres, consultation_template) as dsn:
        yield dsn


@pytest.fixture
async def empty_forum(forum_dsn: str) -> AsyncIterator[Forum]:
    """A forum without any consultation."""
    database = await open_database(forum_dsn)
    yield Forum(HouseOfTests(database), "http://house.example")
    await database.close()


@pytest.fixture
async def forum(empty_forum: Forum) -> Forum:
    """A forum where the consultation "c26" on the edition 2026 is open."""
    await prepared(empty_forum)
    return empty_forum
