"""What every test may ask for: a real PostgreSQL, started once a run, and a fresh database on it for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from itertools import count
from typing import Any

import asyncpg
import pytest

from socle.kernel.store.embedded import EmbeddedPostgres, start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

# Nothing here survives the run: waiting for the disk would only make the tests slow.
FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", "autovacuum": "off"}

OpenDatabase = Callable[..., Awaitable[PostgresDatabase]]
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """An embedded PostgreSQL for the whole run."""
    with start(tmp_path_factory.mktemp("postgres"), settings=FAST) as server:
        yield server


async def _administer(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture
async def dsn(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a fresh, empty database; dropped after the test."""
    name = f"test_{next(_numbers)}"
    await _administer(postgres.dsn, f"CREATE DATABASE {name}")
    yield postgres.dsn.replace("/postgres?", f"/{name}?")
    await _administer(postgres.dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def open_house(dsn: str) -> AsyncIterator[OpenDatabase]:
    """Opens the test's database, migrated: `await open_house("sandbox", clock=…, modules=[("insi", "socle.…")])`.

    Called twice, it gives two workers on one database. Closed after the test.
    """
    async with AsyncExitStack() as stack:

        async def open_one(
            *registers: str,
            clock: Callable[[], datetime] | None = None,
            modules: Sequence[tuple[str, str]] = (),
            **options: Any,
        ) -> PostgresDatabase:
            if clock is not None:
                options["clock"] = clock
            database = await open_database(dsn, **options)
            stack.push_async_callback(database.close)
            await database.migrate(steps(registers or ("sandbox",), modules))
            return database

        yield open_one


@pytest.fixture
async def database(open_house: OpenDatabase) -> PostgresDatabase:
    """A database with one register, `sandbox`, at the version of the code; `database.store("sandbox")` is its store."""
    return await open_house("sandbox")
