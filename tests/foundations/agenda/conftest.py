"""Agendas on a real PostgreSQL: the two servers as they are in the house, over one register that each test finds empty."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from tests.foundations.agenda.support import AgendasUnderTest, Clock

from socle.foundations.care_offer.agenda.adapters import line_of
from socle.foundations.care_offer.agenda.api import REGISTER
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.fhir.definitions import r4
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database

BASES = ("http://socle.test/agenda/fhir", "http://socle.test/sas/fhir")


@pytest.fixture(scope="session")
def agenda_dsn(postgres: EmbeddedPostgres) -> str:
    """A database with the register, made once."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE DATABASE agenda_tests")
        await connection.close()
        database = await open_database(dsn)
        await database.migrate(steps(("agenda",), [("agenda", "socle.foundations.care_offer.agenda")]))
        await database.close()

    dsn = postgres.dsn.replace("/postgres?", "/agenda_tests?")
    asyncio.run(make())
    return dsn


@pytest.fixture
async def house(agenda_dsn: str) -> AsyncIterator[AgendasUnderTest]:
    """Empty agendas, a clock, and a client for each server."""
    connection = await asyncpg.connect(agenda_dsn)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'agenda'")
    named = ", ".join(f"agenda.{row['tablename']}" for row in tables)
    await connection.execute(f"TRUNCATE {named} RESTART IDENTITY")
    await connection.close()
    clock = Clock()
    database = await open_database(agenda_dsn, clock=clock)
    repository = Repository(REGISTER, database.store("agenda"), r4(), BASES)
    async with AgendasUnderTest.over(Agendas(repository), database, clock) as made:
        yield made
    await line_of(repository).hooks.close()
    await database.close()
