"""The plans that PostgreSQL chooses: no search of the kinds below reads a whole table, whatever it is asked about.

Times prove nothing on a busy machine; plans do. A few thousand resources, names as unequal as real ones, fresh statistics.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio
from tests.kernel.search.conftest import REGISTER, SECRET, Clock, Finder

from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Problem
from socle.kernel.search import ordering, plan
from socle.kernel.search.parameter import Context
from socle.kernel.search.repository import Repository
from socle.kernel.search.sql import Writer
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database

FAMILIES = ["Martin"] * 40 + ["Bernard"] * 20 + ["Thomas"] * 10 + [f"Nom{n}" for n in range(100)]


def resources(count: int) -> list[dict[str, Any]]:
    """`count` patients and as many observations."""
    patients: list[dict[str, Any]] = [
        {
            "resourceType": "Patient",
            "id": f"p{n}",
            "identifier": [{"system": "urn:oid:1.2", "value": str(n)}],
            "name": [{"family": FAMILIES[n % len(FAMILIES)], "given": [f"Prenom{n % 50}"]}],
            "birthDate": f"{1930 + n % 90}-{n % 12 + 1:02}-{n % 28 + 1:02}",
            "gender": "male" if n % 4 else "female",
        }
        for n in range(count)
    ]
    observations: list[dict[str, Any]] = [
        {
            "resourceType": "Observation",
            "id": f"o{n}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": f"c{n % 10}"}]},
            "subject": {"reference": f"Patient/p{n % count}"},
            "effectiveDateTime": f"20{n % 25:02}-{n % 12 + 1:02}-{n % 28 + 1:02}T10:00:00Z",
            "valueQuantity": {"value": n % 200, "unit": "mm"},
        }
        for n in range(count)
    ]
    return patients + observations


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowd(postgres: EmbeddedPostgres) -> AsyncIterator[Finder]:
    """One register for the whole module: nothing here writes."""
    administrator = await asyncpg.connect(postgres.dsn)
    await administrator.execute("CREATE DATABASE search_plans")
    clock = Clock()
    database = await open_database(postgres.dsn.replace("/postgres?", "/search_plans?"), clock=clock)
    await database.migrate(steps(("sandbox",)))
    finder = Finder(Repository(REGISTER, database.store("sandbox"), r4()), database, clock)
    await finder.load([finder.repository.put(one, id=one["id"], fresh=True) for one in resources(4_000)])
    yield finder
    await database.close()
    await administrator.execute("DROP DATABASE search_plans WITH (FORCE)")
    await administrator.close()


async def plans(
    finder: Finder, of: str, *pairs: tuple[str, str], shared: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Every node of every statement that a search executes (its first page and the next), planned for what is asked; in `shared`,
    those of the plans made once for all.
    """
    nodes: list[dict[str, Any]] = []
    query, settled = finder.repository.store.query, finder.repository.store.settled

    async def spied(sql: str, *args: Any) -> Any:
        if not sql.startswith("SELECT c.reltuples"):
            [row] = await query(f"EXPLAIN (FORMAT JSON) {sql}", *args)
            _walk(orjson.loads(row["QUERY PLAN"])[0]["Plan"], nodes)
        return await query(sql, *args)

    async def once(sql: str, *args: Any) -> Any:
        async with finder.database._settled.take() as connection:
            await connection.execute(f"PREPARE asked AS {sql}")
            row = await connection.fetchrow(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({', '.join(map(_literal, args))})")
            await connection.execute("DEALLOCATE asked")
        _walk(orjson.loads(row["QUERY PLAN"])[0]["Plan"], shared if shared is not None else [])
        await spied(sql, *args)
        return await settled(sql, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finder.repository.store, "query", spied)
        patch.setattr(finder.repository.store, "settled", once)
        page = await finder.repository.search(pairs, of, now=finder.clock.now, secret=SECRET)
        if page.next:
            await finder.follow(page.next)
    return nodes


def _literal(value: Any) -> str:
    """An argument as SQL."""
    text = "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)
    return "'" + text.replace("'", "''") + "'"


def _walk(node: dict[str, Any], into: list[dict[str, Any]]) -> None:
    into.append(node)
    for child in node.get("Plans", ()):
        _walk(child, into)


ASKED: list[tuple[str, list[tuple[str, str]]]] = [
    ("Patient", [("identifier", "urn:oid:1.2|17")]),
    ("Patient", [("identifier", "17")]),
    ("Patient", [("_id", "p17")]),
    ("Patient", [("family", "Martin"), ("birthdate", "1950-09-21")]),
    ("Patient", [("family", "Nom7"), ("birthdate", "1950-09-21"), ("gender", "male")]),
    ("Patient", [("family", "Nom7")]),
    ("Patient", [("_lastUpdated", "gt2024-04-30"), ("_sort", "_lastUpdated"), ("_count", "10")]),
    ("Patient", [("_lastUpdated", "lt2024-06-01"), ("_sort", "-_lastUpdated"), ("_count", "10")]),
    ("Patient", [("_sort", "family"), ("_count", "10")]),
    ("Patient", [("_sort", "-birthdate"), ("_count", "10")]),
    ("Patient", [("_count", "10")]),
    ("Observation", [("subject", "Patient/p17"), ("_sort", "-date"), ("_count", "10")]),
    ("Observation", [("subject:Patient.identifier", "urn:oid:1.2|17")]),
    ("Observation", [("patient.family", "Nom7"), ("code", "c3")]),
    ("Observation", [("code", "c3"), ("date", "2011-08-12")]),
    ("Observation", [("date", "ge2011-08-12"), ("date", "lt2011-08-13")]),
    ("Patient", [("_has:Observation:subject:date", "2011-08-12")]),
    ("Observation", [("subject", "Patient/p17"), ("_include", "Observation:subject")]),
    ("Patient", [("_id", "p17"), ("_revinclude", "Observation:subject")]),
]


async def test_no_search_reads_a_whole_table(crowd: Finder) -> None:
    for of, pairs in ASKED:
        read = [node["Relation Name"] for node in await plans(crowd, of, *pairs) if node["Node Type"] == "Seq Scan"]
        assert read == [], (of, pairs)


async def test_a_plan_made_once_begins_as_one_made_for_what_is_asked(crowd: Finder) -> None:
    seen = 0
    for of, pairs in ASKED:
        shared: list[dict[str, Any]] = []
        nodes = await plans(crowd, of, *pairs, shared=shared)
        if not shared:
            continue
        seen += 1
        assert "Seq Scan" not in {node["Node Type"] for node in shared}, (of, pairs)
        indexes = [{node["Index Name"] for node in of_these if "Index Name" in node} for of_these in (nodes, shared)]
        assert indexes[1] <= indexes[0], (of, pairs)
        assert indexes[1] & {"resource_toks", "resource_key", "ix_str_value"}, (of, pairs)
    assert seen >= 5


async def test_a_range_of_dates_is_read_between_its_bounds(crowd: Finder) -> None:
    """What lasts has no bound on its beginning, but hardly anything lasts: the few that do are marked."""
    nodes = await plans(crowd, "Observation", ("date", "ge2011-08-12"), ("date", "lt2011-08-13"))
    [walk, *_] = [node for node in nodes if node.get("Index Name") == "resource_type_dlo"]
    assert "dlo >" in walk["Index Cond"]
    assert "dlo <" in walk["Index Cond"]


async def test_an_identifier_is_looked_up_among_tokens(crowd: Finder) -> None:
    nodes = await plans(crowd, "Patient", ("identifier", "urn:oid:1.2|17"), ("_sort", "-birthdate"))
    assert any(node.get("Index Name") == "resource_toks" for node in nodes)


async def test_a_rare_token_is_never_found_by_walking_an_order(crowd: Finder) -> None:
    """The trap of a thousand times: "one patient's observations, latest first" walking every date."""
    for sort in ("-date", "-_lastUpdated", "value-quantity"):
        nodes = await plans(crowd, "Observation", ("subject", "Patient/p17"), ("_sort", sort), ("_count", "5"))
        assert any(node.get("Index Name") == "resource_toks" for node in nodes), sort


async def test_a_frequent_token_is_checked_on_the_rows_that_a_rare_one_finds(crowd: Finder) -> None:
    nodes = await plans(crowd, "Patient", ("identifier", "urn:oid:1.2|17"), ("gender", "male"))
    [lookup] = [node for node in nodes if node.get("Index Name") == "resource_toks"]
    assert lookup["Index Cond"].count("@>") == 1
    assert "," not in lookup["Index Cond"].split("{")[-1]


async def test_the_latest_resources_are_read_from_the_end_of_their_index(crowd: Finder) -> None:
    nodes = await plans(crowd, "Patient", ("_sort", "-_lastUpdated"), ("_count", "5"))
    [walk] = [node for node in nodes if node.get("Index Name") == "resource_type_updated"][:1]
    assert walk["Scan Direction"] == "Backward"


async def test_references_are_followed_first_when_few_lead_there(crowd: Finder) -> None:
    asked = crowd.repository.parser.parse([("patient.family", "Nom7")], "Observation", _context(crowd)).query
    followed = await plan.plan(asked, crowd.repository.store, _writer(crowd), crowd.repository.statistics)
    assert [type(one).__name__ for one in followed.conditions] == ["HasToken"]
    asked = crowd.repository.parser.parse([("patient.family", "Martin")], "Observation", _context(crowd)).query
    followed = await plan.plan(asked, crowd.repository.store, _writer(crowd), crowd.repository.statistics)
    assert [type(one).__name__ for one in followed.conditions] == ["RefersTo"]


def _context(finder: Finder) -> Any:
    return Context(finder.clock.now)


def _writer(finder: Finder) -> Any:
    repository = finder.repository
    return lambda: Writer("sandbox", repository.definitions.type_code, repository.statistics)


async def test_many_tokens_are_still_looked_up(crowd: Finder) -> None:
    """Beyond twenty, PostgreSQL would read every row, comparing long arrays with each."""
    codes = ",".join(f"urn:oid:1.2|{n}" for n in range(300))
    nodes = await plans(crowd, "Patient", ("identifier", codes), ("_count", "400"))
    assert any(node.get("Index Name") == "resource_toks" for node in nodes)
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan"]


async def test_an_order_that_follows_the_history_is_walked_from_its_end(crowd: Finder) -> None:
    """A page of the order by code, reference or worth reads its rows and no more, whatever the register holds."""
    for of, sort in (("Patient", "-identifier"), ("Observation", "subject"), ("Observation", "-value-quantity")):
        with suppress(Problem):
            await crowd.ids(of, f"_sort={sort}&_count=1")
        await ordering.keep_up(crowd.repository)
        nodes = await plans(crowd, of, ("_sort", sort), ("_count", "10"))
        walks = [node for node in nodes if str(node.get("Index Name")).startswith("ix_order_")]
        assert walks, (of, sort)
        assert not [node for node in walks if node["Node Type"] == "Bitmap Index Scan"], (of, sort)
