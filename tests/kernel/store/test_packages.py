"""Packages in the database: whole or not at all, side by side, traced, not removed from under others."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.kernel.fhir.packages.making import archive, package, resource

from socle.kernel.audit import Action, Trace
from socle.kernel.fhir.packages import Package
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import packages, traces
from socle.kernel.store.postgres import PostgresDatabase

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TRACE = Trace("console", "console", "operator", "", "console", "house.operate", AT, "house", "package:install")
VALUE_SETS = [resource("ValueSet", f"http://a/ValueSet/{n}", version="1.0", name=f"V{n}") for n in range(150)]


async def install(database: PostgresDatabase, path: Path) -> packages.Installed:
    return await packages.install(database, Package.open(path), trace=TRACE)


async def kept(database: PostgresDatabase) -> int:
    [row] = await database.query("SELECT count(*) AS n FROM house.package_resource")
    return int(row["n"])


async def test_a_package_is_kept_with_what_it_defines(database: PostgresDatabase, tmp_path: Path) -> None:
    path = package(tmp_path, "a", resources=VALUE_SETS, dependencies={"b": "1"}, canonical="http://a", title="A")
    seen: list[int] = []
    made = await packages.install(database, Package.open(path), trace=TRACE, progress=seen.append)
    assert (made.id, made.resources, made.dependencies, made.canonical) == ("a#1.0.0", 150, {"b": "1"}, "http://a")
    assert (made.who, made.at) == ("console", AT)
    assert seen == [64, 128, 150]
    assert await packages.list_all(database) == [made]
    found = await packages.entries(database, made, ["ValueSet"])
    assert {entry.canonical for entry in found} == {f"http://a/ValueSet/{n}|1.0" for n in range(150)}
    assert await packages.entries(database, made, ["CodeSystem"]) == []


async def test_bodies_are_as_they_were_written(database: PostgresDatabase, tmp_path: Path) -> None:
    path = package(tmp_path, "a", resources=VALUE_SETS)
    made = await install(database, path)
    written = {entry.id: body for entry, body in Package.open(path).resources()}
    assert {entry.id: body async for entry, body in packages.bodies(database, made, ["ValueSet"])} == written


async def test_installing_again_changes_nothing(database: PostgresDatabase, tmp_path: Path) -> None:
    path = package(tmp_path, "a", resources=VALUE_SETS)
    assert await install(database, path) == await install(database, path)
    assert await kept(database) == 150


async def test_the_same_version_with_other_contents_is_refused(database: PostgresDatabase, tmp_path: Path) -> None:
    await install(database, package(tmp_path, "a", resources=VALUE_SETS))
    with pytest.raises(Problem) as caught:
        await install(database, package(tmp_path, "a", resources=VALUE_SETS[1:]))
    assert caught.value.kind is Kind.CONFLICT
    assert await kept(database) == 150


async def test_versions_live_side_by_side(database: PostgresDatabase, tmp_path: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        await install(database, package(tmp_path, "a", version, VALUE_SETS[:2]))
    assert [one.id for one in await packages.list_all(database)] == ["a#1.0.0", "a#2.0.0"]


async def test_a_package_with_one_wrong_file_leaves_nothing(database: PostgresDatabase, tmp_path: Path) -> None:
    whole = package(tmp_path, "a", resources=VALUE_SETS)
    members = {"package/package.json": b'{"name": "a", "version": "1.0.0"}'}
    members |= {f"package/{entry.id}.json": body for entry, body in Package.open(whole).resources()}
    broken = archive(tmp_path / "broken.tgz", {**members, "package/zz.json": b"{"})
    with pytest.raises(Problem, match=r"zz\.json"):
        await install(database, broken)
    assert await packages.list_all(database) == []
    assert await kept(database) == 0
    await install(database, whole)  # and nothing of it is in the way


async def test_what_a_crash_left_is_never_seen_and_goes_away(database: PostgresDatabase, tmp_path: Path) -> None:
    begun = (
        "INSERT INTO house.package (id, name, version, canonical, title, fhir_versions, dependencies, begun, who, who_name)"
        " VALUES (nextval('house.package_id'), 'a', '1.0.0', '', '', '{}', '{}', '2026-02-01', '', '')"
    )
    await database.write("house", [(begun, ())], TRACE)
    assert await packages.list_all(database) == []
    await install(database, package(tmp_path, "a"))
    [row] = await database.query("SELECT count(*) AS n FROM house.package")
    assert row["n"] == 1


async def test_removal_is_refused_while_others_depend(database: PostgresDatabase, tmp_path: Path) -> None:
    await install(database, package(tmp_path, "base", resources=VALUE_SETS[:1]))
    await install(database, package(tmp_path, "user", dependencies={"base": "0.9.0"}))
    with pytest.raises(Problem, match=r"user#1\.0\.0") as caught:
        await packages.remove(database, [("base", "1.0.0")], trace=TRACE)
    assert caught.value.kind is Kind.RULE_VIOLATED
    gone = await packages.remove(database, [("base", ""), ("user", "")], trace=TRACE)
    assert {one.id for one in gone} == {"base#1.0.0", "user#1.0.0"}
    assert await kept(database) == 0


async def test_the_version_that_nobody_uses_may_go(database: PostgresDatabase, tmp_path: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        await install(database, package(tmp_path, "base", version))
    await install(database, package(tmp_path, "user", dependencies={"base": "1.0.0"}))
    await packages.remove(database, [("base", "2.0.0")], trace=TRACE)
    assert [one.id for one in await packages.list_all(database)] == ["base#1.0.0", "user#1.0.0"]


async def test_which_package_must_be_said_when_there_are_several(database: PostgresDatabase, tmp_path: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        await install(database, package(tmp_path, "a", version))
    for name, version in (("a", ""), ("a", "3.0.0"), ("b", "")):
        with pytest.raises(Problem) as caught:
            await packages.remove(database, [(name, version)], trace=TRACE)
        assert caught.value.kind is Kind.NOT_FOUND


async def test_each_change_leaves_its_trace(database: PostgresDatabase, tmp_path: Path) -> None:
    await install(database, package(tmp_path, "a"))
    await packages.remove(database, [("a", "")], trace=TRACE)
    page = await traces.page(database, traces.Wanted(matches=lambda event: bool(event.entities)), 10)
    said = [(one.event.action, one.event.entities) for one in page.found]
    assert said == [(Action.DELETE, ("package/a#1.0.0",)), (Action.CREATE, ("package/a#1.0.0",))]
