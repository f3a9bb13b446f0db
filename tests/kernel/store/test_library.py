"""Definitions of installed packages, for a check: noted, fetched in one question, remembered, forgotten when packages change."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.kernel.fhir.packages.making import package
from tests.kernel.fhir.packages.test_library import least, shelf
from tests.kernel.store.test_packages import TRACE, install

from socle.kernel.store import packages
from socle.kernel.store.contract import Row
from socle.kernel.store.library import PackagedDefinitions
from socle.kernel.store.postgres import PostgresDatabase

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Counting:
    """The database, with the questions that it was asked."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def query(self, sql: str, *args: Any) -> Sequence[Row]:
        self.asked.append(sql)
        return await self._database.query(sql, *args)


async def found(definitions: PackagedDefinitions, *canonicals: str) -> list[dict[str, Any] | None]:
    """What a check asks, as it asks it."""
    library = definitions.library()
    while True:
        answers = [library.structure(canonical) for canonical in canonicals]
        if not await library.fetch():
            return answers


async def test_what_is_noted_is_fetched_then_given(database: PostgresDatabase, tmp_path: Path) -> None:
    for path in sorted(shelf(tmp_path).iterdir()):
        await install(database, path)
    definitions = PackagedDefinitions(database, lambda: NOW)
    library = definitions.library()
    assert library.structure("http://a/user") is None
    assert await library.fetch()
    assert library.structure("http://a/user") is None  # its base is noted now
    assert await library.fetch()
    assert least(library.structure("http://a/user")) == 1
    assert not await library.fetch()


async def test_a_second_check_asks_the_database_nothing(database: PostgresDatabase, tmp_path: Path) -> None:
    for path in sorted(shelf(tmp_path).iterdir()):
        await install(database, path)
    counting = Counting(database)
    definitions = PackagedDefinitions(counting, lambda: NOW)  # type: ignore[arg-type] # it hands the rest on
    names = ("http://a/user", "http://a/base|2.0.0", "http://a/absent")
    first = await found(definitions, *names)
    counting.asked.clear()
    assert await found(definitions, *names) == first
    assert counting.asked == []
    assert first[2] is None


async def test_two_checks_do_not_take_each_other_s_notes(database: PostgresDatabase, tmp_path: Path) -> None:
    for path in sorted(shelf(tmp_path).iterdir()):
        await install(database, path)
    definitions = PackagedDefinitions(database, lambda: NOW)
    one, other = definitions.library(), definitions.library()
    one.structure("http://a/base")
    other.structure("http://a/user")
    assert await other.fetch()
    assert await one.fetch()


async def test_packages_that_change_are_seen(database: PostgresDatabase, tmp_path: Path) -> None:
    now = [NOW]
    definitions = PackagedDefinitions(database, lambda: now[0])
    assert await found(definitions, "http://a/base") == [None]
    await install(database, shelf(tmp_path) / "base-1.0.0.tgz")
    now[0] += timedelta(seconds=3)
    [seen] = await found(definitions, "http://a/base")
    assert least(seen) == 1
    await packages.remove(database, [("base", "")], trace=TRACE)
    now[0] += timedelta(seconds=3)
    assert await found(definitions, "http://a/base") == [None]


async def test_an_installation_under_way_is_not_seen(database: PostgresDatabase, tmp_path: Path) -> None:
    await install(database, package(tmp_path, "x"))
    await database.write("house", [("UPDATE house.package SET ready = false", ())], TRACE)
    assert await packages.list_all(database) == []
