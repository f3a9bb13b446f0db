"""An identity desk on a real PostgreSQL, calling the house's own INSi over the published persons and a small
population."""

from dataclasses import replace

import pytest
from tests.conftest import OpenDatabase
from tests.foundations.ins.support import DeskUnderTest, Watched, trace

from socle.foundations.ins.actions import Desk
from socle.foundations.ins.adapters import Connection, connect
from socle.foundations.ins.api import ENDPOINT
from socle.foundations.ins.insi.actions import INSi
from socle.foundations.ins.insi.port import Teleservice
from socle.foundations.ins.insi.seed import seed
from socle.kernel.fhir.definitions import r4
from socle.kernel.search.repository import Repository

POPULATION = 200


@pytest.fixture
async def house(open_house: OpenDatabase) -> DeskUnderTest:
    """A desk that works."""
    database = await open_house(
        "ins", "insi", modules=[("ins", "socle.foundations.ins"), ("insi", "socle.foundations.ins.insi")]
    )
    await seed(database, POPULATION, trace=replace(trace(), register="insi"))
    repository = Repository(ENDPOINT.register, database.store("ins"), r4())
    insi = Watched(Teleservice(INSi(database, b"secret")))
    connect(repository, Connection(insi))
    return DeskUnderTest(Desk.at(repository), database, insi)
