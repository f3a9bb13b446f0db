"""Consumers get what they asked for: at least once, in order, later when they fail."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from tests.conftest import OpenDatabase
from tests.kernel.store.things import NOON, Clock, patient, unit

from socle.kernel.store import Delete, Stored
from socle.kernel.store.outbox import Outbox, delay
from socle.kernel.store.postgres import PostgresDatabase


class Consumer:
    """Remembers what it got; breaks when told to."""

    def __init__(self) -> None:
        self.got: list[tuple[str, int, bool]] = []
        self.calls: list[int] = []
        self.broken = False
        self.refused = ""

    async def __call__(self, versions: Sequence[Stored]) -> None:
        self.calls.append(len(versions))
        if self.broken or any(stored.id == self.refused for stored in versions):
            raise RuntimeError("secret of a person")
        self.got += [(stored.id, stored.version, stored.deleted) for stored in versions]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(open_house: OpenDatabase, clock: Clock) -> PostgresDatabase:
    return await open_house(clock=clock, interests={("sandbox", "Patient"): ["billing"], ("sandbox", "*"): ["mirror"]})


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


@pytest.fixture
def outbox(database: PostgresDatabase, clock: Clock, consumer: Consumer) -> Outbox:
    return Outbox(database, "sandbox", "billing", consumer, clock)


async def test_versions_are_delivered_in_order_and_once_when_all_goes_well(
    database: PostgresDatabase, outbox: Outbox, consumer: Consumer
) -> None:
    await database.store("sandbox").commit(unit(patient("1"), patient("2"), patient("1")))
    await database.store("sandbox").commit(unit(Delete("Patient", "1")))
    assert (await outbox.deliver()).handled == 4
    assert (await outbox.deliver()).handled == 0
    assert consumer.got == [("1", 1, False), ("2", 1, False), ("1", 2, False), ("1", 3, True)]


async def test_a_consumer_gets_only_the_types_it_asked_for(
    database: PostgresDatabase, outbox: Outbox, clock: Clock
) -> None:
    basic = patient("1")
    basic.type = "Basic"
    basic.resource["resourceType"] = "Basic"
    await database.store("sandbox").commit(unit(basic))
    everything = Outbox(database, "sandbox", "mirror", Consumer(), clock)
    assert (await outbox.deliver()).handled == 0
    assert (await everything.deliver()).handled == 1


async def test_a_refused_unit_posts_nothing(database: PostgresDatabase, outbox: Outbox) -> None:
    late = patient("2")
    late.expect = 9
    with pytest.raises(Exception, match="version 9"):
        await database.store("sandbox").commit(unit(patient("1"), late))
    assert (await outbox.deliver()).handled == 0


async def test_a_failed_delivery_waits_and_holds_back_what_follows(
    database: PostgresDatabase, outbox: Outbox, consumer: Consumer, clock: Clock
) -> None:
    consumer.broken = True
    await database.store("sandbox").commit(unit(patient("1"), patient("2")))
    assert (await outbox.deliver()).due == NOON + timedelta(seconds=1)
    consumer.broken = False
    assert (await outbox.deliver()).handled == 0
    clock.move(1)
    assert (await outbox.deliver()).handled == 2
    assert [id for id, _, _ in consumer.got] == ["1", "2"]


async def test_versions_that_wait_are_given_together_and_one_that_fails_is_found_alone(
    database: PostgresDatabase, outbox: Outbox, consumer: Consumer
) -> None:
    await database.store("sandbox").commit(unit(patient("1"), patient("2"), patient("3")))
    await outbox.deliver()
    assert consumer.calls == [3]
    consumer.refused = "5"
    await database.store("sandbox").commit(unit(patient("4"), patient("5"), patient("6")))
    assert (await outbox.deliver()).handled == 1
    assert consumer.calls == [3, 3, 1, 1]
    assert [id for id, _, _ in consumer.got] == ["1", "2", "3", "4"]


async def test_an_error_is_kept_by_its_kind_never_by_its_words(
    database: PostgresDatabase, outbox: Outbox, consumer: Consumer
) -> None:
    consumer.broken = True
    await database.store("sandbox").commit(unit(patient("1")))
    await outbox.deliver()
    [row] = await database.query("SELECT attempts, error FROM sandbox.outbox WHERE consumer = 'billing'")
    assert tuple(row.values()) == (1, "RuntimeError")


async def test_how_far_a_consumer_has_gone_is_known(database: PostgresDatabase, outbox: Outbox) -> None:
    [stored] = await database.store("sandbox").commit(unit(patient("1")))
    await outbox.deliver()
    [row] = await database.query("SELECT seq FROM house.delivery WHERE consumer = 'billing'")
    assert row["seq"] == stored.seq


async def test_what_was_emptied_is_not_delivered(
    database: PostgresDatabase, outbox: Outbox, consumer: Consumer
) -> None:
    await database.store("sandbox").commit(unit(patient("1")))
    await database.query("DELETE FROM sandbox.history")
    assert (await outbox.deliver()).handled == 1
    assert consumer.got == []


def test_patience_doubles_up_to_ten_minutes() -> None:
    assert [delay(n).total_seconds() for n in (1, 2, 3, 10, 11, 500)] == [1, 2, 4, 512, 600, 600]
