"""A care offer on a real PostgreSQL: the first establishments of the synthetic country, put in once and copied."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.clock import Clock
from tests.conftest import _administer, _of
from tests.foundations.care_offer.support import NOW, Offer, opened

from socle.assembly.house import schemas
from socle.foundations.care_offer import demo
from socle.foundations.care_offer.actions import communes, offers
from socle.foundations.care_offer.api.endpoint import ENDPOINT
from socle.foundations.care_offer.module import MODULE
from socle.foundations.care_offer.synthetic import resources
from socle.foundations.country import Country
from socle.foundations.interoperability.module import MODULE as INTEROPERABILITY
from socle.kernel.fhir.definitions import r4
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database

MODULES = (INTEROPERABILITY, MODULE)
_made: list[int] = []


@pytest.fixture(scope="session")
def care_template(postgres: EmbeddedPostgres) -> str:
    """A database with the offers of a few establishments."""

    async def make() -> None:
        await _administer(postgres.dsn, "CREATE DATABASE template_care")
        database = await open_database(_of(postgres.dsn, "template_care"))
        own = [(schema, package) for module in MODULES for schema, package in module.schemas.items()]
        await database.migrate(steps(schemas(MODULES), own))
        trace = demo.trace_at(NOW)
        await communes.ship(database, trace=trace)
        repository = Repository(ENDPOINT.register, database.store("care_offer"), r4())
        some = resources(Country.demo(), NOW, establishments=62, practitioners=40)
        await offers.put(repository, some, by=demo.HOUSE, trace=trace)
        await database.close()

    asyncio.run(make())
    return "template_care"


@pytest.fixture
async def offer(postgres: EmbeddedPostgres, care_template: str, tmp_path: Path) -> AsyncIterator[Offer]:
    """A house with those offers, of one's own."""
    _made.append(1)
    name = f"care_{len(_made)}"
    await _administer(postgres.dsn, f"CREATE DATABASE {name} TEMPLATE {care_template}")
    async with opened(_of(postgres.dsn, name), tmp_path, Clock(NOW), MODULES) as made:
        yield made
    await _administer(postgres.dsn, f"DROP DATABASE {name} WITH (FORCE)")
