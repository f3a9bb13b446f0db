"""Schemas come to the version of the code, from any version before, and from none after."""

import asyncio
from pathlib import Path

import pytest
from tests.kernel.store.things import NOON, Clock, patient, unit

from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.migrate import Step, steps
from socle.kernel.store.postgres import open_database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_people.sql").write_text("CREATE TABLE {schema}.person (name text);")
    return tmp_path


async def applied(dsn: str, plan: list[Step]) -> list[str]:
    database = await open_database(dsn, clock=Clock())
    try:
        return await database.migrate(plan)
    finally:
        await database.close()


async def rows(dsn: str, sql: str) -> list[tuple[object, ...]]:
    database = await open_database(dsn)
    try:
        return [tuple(row.values()) for row in await database.query(sql)]
    finally:
        await database.close()


async def test_an_empty_database_comes_to_the_version_of_the_code_once(empty_dsn: str) -> None:
    plan = steps(["sandbox", "ins"])
    first = await applied(empty_dsn, plan)
    assert "sandbox/register/0001_resources" in first
    assert "house/trace/0001_audit" in first
    assert await applied(empty_dsn, plan) == []
    assert await rows(empty_dsn, "SELECT DISTINCT applied FROM house.migration") == [(NOON,)]


async def test_a_database_of_the_previous_version_keeps_its_data(empty_dsn: str, folder: Path) -> None:
    plan = [*steps(["sandbox"]), Step("ins", "module", folder)]
    await applied(empty_dsn, plan)
    database = await open_database(empty_dsn)
    await database.store("sandbox").commit(unit(patient("1")))
    await database.query("INSERT INTO ins.person VALUES ('Léa')")
    await database.close()
    (folder / "0002_age.sql").write_text("ALTER TABLE {schema}.person ADD COLUMN age int NOT NULL DEFAULT 7;")
    assert await applied(empty_dsn, plan) == ["ins/module/0002_age"]
    assert await rows(empty_dsn, "SELECT * FROM ins.person") == [("Léa", 7)]
    assert await rows(empty_dsn, "SELECT fid FROM sandbox.resource") == [("1",)]


async def test_each_version_of_a_register_comes_to_the_latest_with_its_data(empty_dsn: str, tmp_path: Path) -> None:
    """From every version that ever was: made with the files up to it, filled, then brought up to date."""
    plan = steps(["sandbox"])
    [register] = [step for step in plan if step.part == "register"]
    files = sorted(file.name for file in register.folder.iterdir() if file.name.endswith(".sql"))
    for name in files[:-1]:
        (tmp_path / name).write_text((register.folder / name).read_text())
        await applied(empty_dsn, [Step("sandbox", "register", tmp_path) if step is register else step for step in plan])
        database = await open_database(empty_dsn)
        await database.store("sandbox").commit(unit(patient(name.removesuffix(".sql").replace("_", "-"))))
        await database.close()
    before = await rows(empty_dsn, "SELECT rid, fid, version, toks, body FROM sandbox.resource ORDER BY rid")
    assert await applied(empty_dsn, plan) == [f"sandbox/register/{files[-1].removesuffix('.sql')}"]
    assert await rows(empty_dsn, "SELECT rid, fid, version, toks, body FROM sandbox.resource ORDER BY rid") == before
    assert len(before) == len(files) - 1


async def test_a_house_of_the_previous_version_writes_again_once_it_is_brought_up_to_date(
    empty_dsn: str, tmp_path: Path
) -> None:
    plan = steps(["sandbox"])
    [house] = [step for step in plan if step.part == "house"]
    *before, last = sorted(file.name for file in house.folder.iterdir() if file.name.endswith(".sql"))
    for name in before:
        (tmp_path / name).write_text((house.folder / name).read_text())
    await applied(empty_dsn, [Step("house", "house", tmp_path) if step is house else step for step in plan])
    assert await applied(empty_dsn, plan) == [f"house/house/{last.removesuffix('.sql')}"]
    database = await open_database(empty_dsn)
    await database.store("sandbox").commit(unit(patient("1")))
    await database.close()
    assert await rows(empty_dsn, "SELECT fid FROM sandbox.resource") == [("1",)]


async def test_a_file_that_fails_leaves_nothing_and_can_be_corrected(empty_dsn: str, folder: Path) -> None:
    file = folder / "0002_wrong.sql"
    file.write_text("CREATE TABLE {schema}.half (x int); SELECT 1/0;")
    plan = [Step("ins", "module", folder)]
    with pytest.raises(Exception, match="division by zero"):
        await applied(empty_dsn, plan)
    assert await rows(empty_dsn, "SELECT to_regclass('ins.half')::text") == [(None,)]
    file.write_text("CREATE TABLE {schema}.half (x int);")
    assert await applied(empty_dsn, plan) == ["ins/module/0002_wrong"]


async def test_a_database_of_a_later_version_is_refused(empty_dsn: str, folder: Path) -> None:
    plan = [Step("ins", "module", folder)]
    later = folder / "0002_later.sql"
    later.write_text("SELECT 1;")
    await applied(empty_dsn, plan)
    later.unlink()
    with pytest.raises(Problem) as caught:
        await applied(empty_dsn, plan)
    assert caught.value.kind is Kind.CONFLICT
    assert "version plus récente" in str(caught.value)


async def test_a_migration_that_changed_after_it_was_applied_is_refused(empty_dsn: str, folder: Path) -> None:
    plan = [Step("ins", "module", folder)]
    await applied(empty_dsn, plan)
    (folder / "0001_people.sql").write_text("CREATE TABLE {schema}.person (name text, age int);")
    with pytest.raises(Problem) as caught:
        await applied(empty_dsn, plan)
    assert "a changé" in str(caught.value)


async def test_workers_that_start_together_migrate_once(empty_dsn: str) -> None:
    answers = await asyncio.gather(*(applied(empty_dsn, steps(["sandbox"])) for _ in range(3)))
    assert sorted(map(len, answers))[:2] == [0, 0]


async def test_a_schema_name_is_never_taken_from_text(empty_dsn: str, folder: Path) -> None:
    with pytest.raises(ValueError, match="not a schema name"):
        await applied(empty_dsn, [Step("x; DROP", "module", folder)])
