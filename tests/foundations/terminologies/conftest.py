"""Terminology services on a real PostgreSQL: `zoo` is made once and only read, `terms` is emptied before each test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest
from tests.foundations.terminologies.support import NOW, URL, Keys, Service, animals

from socle.foundations.terminologies.actions import service
from socle.foundations.terminologies.api import ENDPOINT
from socle.foundations.terminologies.permissions import CONCEPTS, REGISTER
from socle.kernel.fhir.definitions import r4
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database


async def _made(dsn: str, name: str) -> str:
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    own = dsn.replace("/postgres?", f"/{name}?")
    database = await open_database(own)
    await database.migrate(steps((REGISTER, CONCEPTS), [(CONCEPTS, "socle.foundations.terminologies")]))
    await database.close()
    return own


@asynccontextmanager
async def _service(dsn: str) -> AsyncIterator[Service]:
    database = await open_database(dsn)
    register = Repository(ENDPOINT.register, database.store(REGISTER), r4())
    held = register.terminology = service(database, register)
    app = fhir_app(ENDPOINT, register, authenticator=Keys(), clock=lambda: NOW, secret=b"secret of the test")
    headers = {"authorization": "Bearer librarian", "content-type": "application/fhir+json", "accept-language": ""}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL, headers=headers) as client:
        yield Service(client, held, register)
    await database.close()


@pytest.fixture(scope="session")
def terms_dsn(postgres: EmbeddedPostgres) -> str:
    """A database with the tables of terminologies."""
    return asyncio.run(_made(postgres.dsn, "terms_tests"))


@pytest.fixture(scope="session")
def zoo_dsn(postgres: EmbeddedPostgres) -> str:
    """A database where the animals are, which tests only read."""

    async def make() -> str:
        dsn = await _made(postgres.dsn, "zoo_tests")
        async with _service(dsn) as one:
            await one.put(animals())
        return dsn

    return asyncio.run(make())


@pytest.fixture
async def zoo(zoo_dsn: str) -> AsyncIterator[Service]:
    """A terminology service that holds the animals; only to be read."""
    async with _service(zoo_dsn) as one:
        yield one


@pytest.fixture
async def terms(terms_dsn: str) -> AsyncIterator[Service]:
    """A terminology service that holds nothing but what FHIR itself publishes."""
    connection = await asyncpg.connect(terms_dsn)
    tables = await connection.fetch(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables "
        "WHERE schemaname = ANY($1) AND tablename <> 'generation'",
        [REGISTER, CONCEPTS],
    )
    await connection.execute("; ".join(f"DELETE FROM {row['name']}" for row in tables))
    await connection.close()
    async with _service(terms_dsn) as one:
        yield one
