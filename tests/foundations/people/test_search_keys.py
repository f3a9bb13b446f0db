"""What a house that was loaded before has: the migration gives it the keys that a load of today makes."""

from importlib.resources import files
from pathlib import Path

import asyncpg
from tests.foundations.people.conftest import Directory
from tests.foundations.people.files import COMPETENCE, DEGREE, DURAND, MARTIN, MARTIN_HOPITAL, PETIT, archive

from socle.foundations.people.store.building import RECURRING
from socle.foundations.people.store.register import REGISTER_OF
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import parse
from socle.kernel.search.index import Indexer
from socle.kernel.search.types.string import BEGUN, begun
from socle.kernel.store.compression import unpack

_SQL = "SELECT rid, toks FROM annuaire.resource ORDER BY rid"
_NAMES = "SELECT rid, param, value FROM annuaire.ix_str ORDER BY rid, param, value"


async def test_what_was_loaded_before_receives_the_keys_of_a_load_of_today(
    directory: Directory, tmp_path: Path, annuaire_dsn: str
) -> None:
    await directory.load(archive(tmp_path, [MARTIN, MARTIN_HOPITAL, DURAND, PETIT]))
    rows = await directory.database.query(_SQL)
    today = {row["rid"]: set(row["toks"]) for row in rows}
    names = await directory.database.query(_NAMES)
    parameters = directory.repository.indexer.parameters.of("Practitioner")
    new = {
        begun(row["param"], row["value"], size)
        for row in names
        for size in BEGUN
        if row["param"] in {parameters[name].key for name in ("name", "family", "given")} and len(row["value"]) >= size
    }
    connection = await asyncpg.connect(annuaire_dsn)
    await connection.execute(
        "UPDATE annuaire.resource SET toks = ARRAY(SELECT t FROM unnest(toks) AS u(t) WHERE t <> ALL($1::bigint[]))",
        list(new),
    )
    await connection.execute("DELETE FROM annuaire.ix_str WHERE param = $1 OR value LIKE '%|%'", parameters["town"].key)
    before = {row["rid"]: set(row["toks"]) for row in await connection.fetch(_SQL)}
    assert before != today
    assert [row["value"] for row in await connection.fetch(_NAMES) if "|" in row["value"]] == []
    for step in ("0005_search_keys", "0007_pairs"):
        text = (files("socle.foundations.people") / "migrations" / f"{step}.sql").read_text()
        await connection.execute(text.replace("{schema}", "annuaire"))
    await connection.close()
    assert {row["rid"]: set(row["toks"]) for row in await directory.database.query(_SQL)} == today
    assert await directory.database.query(_NAMES) == names
    assert {"hele|mart", "lyon|10"} <= {row["value"] for row in names}


async def test_what_a_load_remembers_of_members_gives_the_keys_of_each_resource(
    directory: Directory, tmp_path: Path
) -> None:
    await directory.load(archive(tmp_path, [MARTIN, MARTIN_HOPITAL, DURAND, PETIT], [DEGREE], [COMPETENCE]))
    rows = await directory.database.query("SELECT body FROM annuaire.resource ORDER BY rid")
    resources = [parse(unpack(row["body"])) for row in rows]
    remembering, plain = Indexer(REGISTER_OF, r4(), recurring=RECURRING), Indexer(REGISTER_OF, r4())
    for resource in resources * 2:
        told, expected = remembering.keys(resource), plain.keys(resource)
        for keys in (told, expected):
            keys.toks.sort()
            keys.strings.sort()
        assert told == expected
