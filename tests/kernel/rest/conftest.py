"""Fixtures: a FHIR server in process, over a real store."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import asyncpg
import pytest
from tests.kernel.rest.support import HOST, SANDBOX, Clock, Fhir, find_holder

from socle.kernel.fhir.definitions import r4
from socle.kernel.rest.api_keys import ApiKeys
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.rest.settings import Settings
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

Serve = Callable[..., Fhir]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def rest_dsn(postgres: EmbeddedPostgres) -> str:
    """A database with the register `sandbox`, made once: these tests are many, and each starts by emptying it."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE DATABASE rest_tests")
        await connection.close()
        database = await open_database(dsn)
        await database.migrate(steps(("sandbox",)))
        await database.close()

    dsn = postgres.dsn.replace("/postgres?", "/rest_tests?")
    asyncio.run(make())
    return dsn


async def empty(dsn: str) -> None:
    """Forget everything in the register `sandbox`, traces and counters too."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'sandbox'")
    tables = ", ".join(f"sandbox.{row['tablename']}" for row in rows)
    await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    await connection.close()


@pytest.fixture
async def database(rest_dsn: str, clock: Clock) -> AsyncIterator[PostgresDatabase]:
    """That database, empty."""
    await empty(rest_dsn)
    opened = await open_database(rest_dsn, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def serve(database: PostgresDatabase, clock: Clock) -> Serve:
    """Makes a server: `serve(endpoint, settings)`."""

    def make(endpoint: Endpoint = SANDBOX, settings: Settings | None = None, **more: Any) -> Fhir:
        repository = Repository(endpoint.register, database.store("sandbox"), r4(), (f"{HOST}{endpoint.base}",))
        ids = count(1)
        options: dict[str, Any] = {
            "authenticator": ApiKeys(find_holder),
            "clock": clock,
            "secret": b"secret of the test",
            "new_id": lambda: f"id-{next(ids)}",
            **more,
        }
        return Fhir(fhir_app(endpoint, repository, settings=settings, **options), database)

    return make


@pytest.fixture
async def fhir(serve: Serve) -> Fhir:
    """The sandbox, asked by an actor who may read and write."""
    return serve()
