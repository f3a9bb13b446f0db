"""When the statistics of a register are made: after it has grown much, compared with what it holds."""

import pytest
from tests.kernel.store.things import patient, trace

from socle.kernel.store.postgres import PostgresDatabase, maintenance
from socle.kernel.store.postgres.maintenance import MIDST, SHARE, Maintenance

PRESENT = 1_000


@pytest.fixture
async def kept(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> Maintenance:
    """The maintenance of a house that opens on a register of a thousand resources, whose statistics are there."""
    monkeypatch.setattr(maintenance, "GROWTH", 10)
    await database.store("sandbox").load((patient(str(n)) for n in range(PRESENT)), trace())
    await database.tidy("sandbox")
    return Maintenance(database._maintenance._open)


async def told(database: PostgresDatabase) -> float:
    """Resources, as the statistics tell them."""
    [row] = await database.query("SELECT reltuples FROM pg_class WHERE oid = 'sandbox.resource'::regclass")
    return float(row["reltuples"])


@pytest.mark.parametrize(("more", "share", "made"), [
    (150, SHARE, False), (250, SHARE, True), (400, MIDST, False), (600, MIDST, True),
])  # fmt: skip
async def test_statistics_are_made_when_the_register_has_grown_by_that_share(
    database: PostgresDatabase, kept: Maintenance, more: int, share: float, made: bool
) -> None:
    await database.store("sandbox").load((patient(f"new-{n}") for n in range(more)), trace())
    kept._grown["sandbox"] = more
    await kept.tidy("sandbox", share)
    await kept.close()
    assert await told(database) == (PRESENT + more if made else PRESENT)
