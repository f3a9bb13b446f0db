"""The module in a house: what it puts there at start, what it does by itself."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.support.consultation.support import ANNE, CLOSES, ID, LATER, NOW, as_, filed, prepared

from socle.catalogue import MODULES
from socle.kernel.module import House, Settings
from socle.kernel.outcome import Problem
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.store.jobs import Jobs
from socle.kernel.store.postgres import open_database
from socle.support.consultation import actions
from socle.support.consultation.actions import Forum
from socle.support.consultation.model import Author, AuthorKind, Step
from socle.support.consultation.module import MODULE


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(forum_dsn: str, tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    database = await open_database(forum_dsn)
    settings = Settings(tmp_path, demo=True, population=0, url="http://house.example")
    yield House(settings, MODULES, {}, database, clock, Authenticators([]), b"secret")
    await database.close()


async def work(house: House) -> int:
    """Run the jobs that are due, as the house does; how many there were."""
    handlers = {name: lambda said, job=job: job(house, said) for name, job in MODULE.jobs.items()}
    jobs, done = Jobs(house.database, house.clock), 0
    while await jobs.run_one(handlers):
        done += 1
    return done


def test_it_is_in_the_catalogue() -> None:
    assert MODULE in MODULES
    assert MODULE.path == "/concertation"


async def test_a_demonstration_house_opens_with_its_consultation_and_keeps_it(house: House) -> None:
    assert MODULE.start is not None
    await MODULE.start(house)
    await MODULE.start(house)
    [one] = await actions.consultations(Forum(house))
    assert (one.synthetic, one.step) == (True, Step.OPEN)


async def test_a_mail_server_badly_configured_stops_the_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCLE_SMTP_URL", "mail.example")
    assert MODULE.start is not None
    with pytest.raises(Problem):
        await MODULE.start(house)


async def test_the_house_closes_the_window_and_empties_the_outbox_by_itself(house: House, clock: Clock) -> None:
    forum = Forum(house)
    await prepared(forum)
    await actions.register(forum, Author(AuthorKind.PERSON, "Anne"), "anne@test.example", **as_(ANNE))
    await filed(forum, "Prévenez-moi.")
    assert await work(house) == 1  # the notice; the closing is not due
    assert (await actions.consultation(forum, ID)).step is Step.OPEN
    clock.now = CLOSES
    assert await work(house) == 1
    assert (await actions.consultation(forum, ID)).step is Step.TREATMENT
    clock.now = LATER
    assert await work(house) == 0
