"""A directory on a real PostgreSQL, empty at the beginning of each test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from tests.foundations.people.files import DURAND, MARTIN, MARTIN_HOPITAL, PETIT, archive

from socle.foundations.people.actions import importing
from socle.foundations.people.actions.charge import Charge
from socle.foundations.people.api import ENDPOINT
from socle.foundations.structures.permissions import REGISTER as STRUCTURES
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.policy import Actor, Means
from socle.kernel.rest.api_keys import ApiKeys
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.search.repository import Repository
from socle.kernel.store.actors import KEY_PREFIX, Holder, key_hash
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

NOW = datetime(2026, 5, 4, 9, 12, 45, tzinfo=UTC)
KEY = KEY_PREFIX + "0123456789"
PUBLISHER = Holder(
    "publisher", "Éditeur", frozenset({"publisher"}), "Éditions de Démonstration", datetime(2026, 1, 1, tzinfo=UTC)
)


OPERATOR = Actor("test-operator", "Exploitant", frozenset({"operator"}), Means.CONSOLE)


class Directory:
    """What tests do with a directory; its clock moves a minute at each load."""

    def __init__(self, database: PostgresDatabase, repository: Repository) -> None:
        self.database = database
        self.repository = repository
        self.now = NOW

    def clock(self) -> datetime:
        return self.now

    def trace(self, by: Actor = OPERATOR) -> Trace:
        return Trace(
            by.id, by.name, " ".join(sorted(by.roles)), by.structure, by.means, "test", self.now, "annuaire", "test"
        )

    async def load(self, source: Path, **more: Any) -> Charge:
        self.now += timedelta(minutes=1)
        return await importing.import_extraction(
            self.repository, self.database, source, clock=self.clock, by=OPERATOR, trace=self.trace(), **more
        )

    async def search(self, kind: str, **parameters: str) -> list[dict[str, Any]]:
        """The resources that a search finds."""
        from socle.kernel.fhir.json import parse

        pairs = [(name.replace("__", ":").replace("_of_", "."), value) for name, value in parameters.items()]
        pairs = [(name.replace("-", "-"), value) for name, value in pairs]
        page = await self.repository.search(pairs, kind, now=self.now, secret=b"secret")
        return [parse(one.body) for one in page.matches]

    async def count(self, table: str) -> int:
        [row] = await self.database.query(f"SELECT count(*) AS n FROM annuaire.{table}")
        return int(row["n"])


@pytest.fixture(scope="session")
def annuaire_dsn(postgres: EmbeddedPostgres) -> str:
    """A database with the tables of the directory, made once."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE DATABASE annuaire_tests")
        await connection.close()
        database = await open_database(dsn)
        modules = [("annuaire", "socle.foundations.people"), (STRUCTURES, "socle.foundations.structures")]
        await database.migrate(steps(("annuaire", STRUCTURES), modules))
        await database.close()

    dsn = postgres.dsn.replace("/postgres?", "/annuaire_tests?")
    asyncio.run(make())
    return dsn


@pytest.fixture
async def directory(annuaire_dsn: str) -> AsyncIterator[Directory]:
    """An empty directory."""
    connection = await asyncpg.connect(annuaire_dsn)
    tables = [
        row["tablename"]
        for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'annuaire'")
    ]
    for left in [one for one in tables if one.startswith(("next_", "lot_"))]:
        await connection.execute(f"DROP TABLE annuaire.{left}")
    kept = [one for one in tables if not one.startswith(("next_", "lot_"))]
    kept = [f"annuaire.{one}" for one in kept] + [
        f"{STRUCTURES}.{one}" for one in ("load", "structure", "part", "change")
    ]
    await connection.execute("TRUNCATE " + ", ".join(kept) + " RESTART IDENTITY")
    await connection.close()
    database = await open_database(annuaire_dsn)
    repository = Repository(ENDPOINT.register, database.store("annuaire"), r4())
    yield Directory(database, repository)
    await database.close()


async def _holder(hashed: bytes) -> Holder | None:
    return PUBLISHER if hashed == key_hash(KEY) else None


def asked(
    directory: Directory, endpoint: Any = ENDPOINT, clock: Callable[[], datetime] | None = None
) -> httpx.AsyncClient:
    """A client of the server over this directory, without a key."""
    app = fhir_app(
        endpoint,
        directory.repository,
        authenticator=Authenticators([ApiKeys(_holder)]),
        clock=clock or directory.clock,
        secret=b"0" * 32,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://socle.test/annuaire/fhir/v2")


@pytest.fixture
async def api(directory: Directory, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The server over three persons, asked with a key."""
    await directory.load(archive(tmp_path, [MARTIN, MARTIN_HOPITAL, DURAND, PETIT]))
    async with asked(directory) as client:
        client.headers["ESANTE-API-KEY"] = KEY
        yield client
