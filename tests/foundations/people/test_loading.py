"""An extraction comes in: whole or not at all, then by differences."""

from pathlib import Path
from typing import Any

import pytest
from tests.foundations.people.conftest import Directory
from tests.foundations.people.files import (
    COMPETENCE,
    DEGREE,
    DURAND,
    MARTIN,
    MARTIN_HOPITAL,
    PETIT,
    RPPS,
    archive,
)

from socle.foundations.people.model import Ecarts
from socle.foundations.people.store.building import first_of, together
from socle.kernel.store import Unit
from socle.kernel.store.postgres.switch import Switch


async def test_a_first_load_serves_people_situations_and_structures(directory: Directory, tmp_path: Path) -> None:
    done = await directory.load(archive(tmp_path, [MARTIN, MARTIN_HOPITAL, DURAND], [DEGREE], [COMPETENCE]))
    assert (done.ecarts, done.lignes, done.rejetes) == (Ecarts(0, 2), 5, 0)
    [person] = await directory.search("Practitioner", identifier=f"https://rpps.esante.gouv.fr|{RPPS[0]}")
    assert person["name"] == [
        {"use": "usual", "family": "MARTIN-LÉVY", "given": ["Hélène"], "prefix": ["MME"], "suffix": ["DR"]}
    ]
    codes = [[coding["code"] for coding in one["code"]["coding"]] for one in person["qualification"]]
    assert codes == [["DE", "DE09"], ["C", "10"], ["C", "C01"], ["S", "SM54"]]
    roles = await directory.search("PractitionerRole", practitioner=f"Practitioner/{person['id']}")
    assert {role["organization"]["reference"] for role in roles} == {
        "Organization/001-R10100000000017",
        "Organization/001-F690000017",
    }
    [hospital] = await directory.search("Organization", name="hopital")
    assert hospital["partOf"]["identifier"]["value"] == "690000025"
    assert await directory.count("situation") == 3


async def test_what_is_unchanged_keeps_its_version(directory: Directory, tmp_path: Path) -> None:
    await directory.load(archive(tmp_path, [MARTIN, DURAND]))
    moved = {**DURAND, "Prénom d'exercice": "Paul-Henri"}
    done = await directory.load(archive(tmp_path, [MARTIN, moved, PETIT], name="PS_LibreAcces_2.zip"))
    assert done.ecarts == Ecarts(2, 1, 1, 0)
    assert done.versions == 3  # Durand, Petit and her situation
    [martin] = await directory.search("Practitioner", family="martin")
    [durand] = await directory.search("Practitioner", family="durand")
    assert (martin["meta"]["versionId"], durand["meta"]["versionId"]) == ("1", "2")
    changed = await directory.search("Practitioner", _lastUpdated=f"ge{directory.now.isoformat()[:19]}Z")
    assert {one["name"][0]["family"] for one in changed} == {"DURAND", "PETIT"}


async def test_who_has_left_is_closed_and_only_identifiers_stay(directory: Directory, tmp_path: Path) -> None:
    await directory.load(archive(tmp_path, [MARTIN, DURAND]))
    done = await directory.load(archive(tmp_path, [MARTIN], name="PS_LibreAcces_2.zip"))
    assert done.ecarts.clos == 1
    [durand] = await directory.search("Practitioner", identifier=RPPS[1])
    assert set(durand) == {"resourceType", "id", "meta", "identifier", "active"}
    assert durand["active"] is False
    closed = await directory.search("PractitionerRole", active="false")
    assert [role["practitioner"]["reference"] for role in closed] == [f"Practitioner/{durand['id']}"]
    [pharmacy] = await directory.search("Organization", active="false")
    assert "name" not in pharmacy
    assert await directory.search("Practitioner", family="durand") == []


async def test_who_comes_back_is_open_again(directory: Directory, tmp_path: Path) -> None:
    for name, rows in (("1", [MARTIN, DURAND]), ("2", [MARTIN]), ("3", [MARTIN, DURAND])):
        await directory.load(archive(tmp_path, rows, name=f"PS_LibreAcces_{name}.zip"))
    [durand] = await directory.search("Practitioner", family="durand")
    assert (durand["active"], durand["meta"]["versionId"]) == (True, "3")
    assert await directory.search("PractitionerRole", active="false") == []


async def test_the_same_source_is_loaded_once(directory: Directory, tmp_path: Path) -> None:
    source = archive(tmp_path, [MARTIN])
    await directory.load(source)
    assert (await directory.load(source)).deja
    assert await directory.count("history") == 3


async def test_exchanging_tables_gives_what_changing_them_gives(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socle.foundations.people.actions.importing.EXCHANGE_FROM", 1)
    await directory.load(archive(tmp_path, [MARTIN, DURAND], [DEGREE]))
    moved = {**MARTIN, "Nom d'exercice": "MARTIN"}
    await directory.load(archive(tmp_path, [moved, PETIT], [DEGREE], name="PS_LibreAcces_2.zip"))
    assert [one["meta"]["versionId"] for one in await directory.search("Practitioner", family="martin")] == ["2"]
    assert [one["name"][0]["given"] for one in await directory.search("Practitioner", family="petit")] == [["Jeanne"]]
    assert len(await directory.search("Practitioner", active="false")) == 1
    assert await directory.search("Practitioner", family="durand") == []
    [row] = await directory.database.query("SELECT count(*) AS n, count(DISTINCT rid) AS d FROM annuaire.resource")
    assert row["n"] == row["d"] == 8
    names = await directory.database.query(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'annuaire' AND tablename IN ('resource', 'situation')"
    )
    assert {row["indexname"] for row in names} >= {"resource_key", "resource_toks", "resource_pkey", "situation_mots"}
    await directory.load(archive(tmp_path, [moved, PETIT, DURAND], name="PS_LibreAcces_3.zip"))
    assert len(await directory.search("Practitioner", active="true")) == 3


async def test_a_load_cut_while_indexes_are_built_goes_on(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socle.foundations.people.actions.importing.EXCHANGE_FROM", 1)
    await directory.load(archive(tmp_path, [MARTIN, DURAND], [DEGREE]))
    second = archive(tmp_path, [{**MARTIN, "Nom d'exercice": "MARTIN"}, PETIT], [DEGREE], name="PS_LibreAcces_2.zip")
    real = Switch._share

    async def cut(self: Switch, jobs: list[list[str]]) -> None:
        await real(self, jobs[:4])
        raise ConnectionError("the machine stops")

    monkeypatch.setattr(Switch, "_share", cut)
    with pytest.raises(ConnectionError):
        await directory.load(second)
    assert [one["name"][0]["family"] for one in await directory.search("Practitioner", family="durand")] == ["DURAND"]
    monkeypatch.setattr(Switch, "_share", real)
    assert (await directory.load(second)).repris
    assert await directory.search("Practitioner", family="durand") == []
    [row] = await directory.database.query(
        "SELECT count(*) AS n, count(DISTINCT (key, version)) AS d FROM annuaire.history"
    )
    [served] = await directory.database.query("SELECT sum(version) AS n FROM annuaire.resource")
    assert row["n"] == row["d"] == served["n"]


def test_lines_are_cut_between_two_persons() -> None:
    lines = bytearray(b"1\ta\n1\tb\n12\tc\n12\td\n3\te\n")
    assert [together(lines, size) for size in (1, 8, 9, 17)] == [8, 18, 18, 18]
    assert together(lines, 19) == 0  # the last one may go on
    assert together(lines[:17], 9) == 0
    assert together(bytearray(b"1\ta\n1"), 1) == 0
    assert first_of(bytes(lines)) == 3


async def test_connections_that_knew_the_old_tables_read_and_write_the_new_ones(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def renamed(person: dict[str, Any], given: str) -> None:
        person["name"][0]["given"] = [given]
        put = directory.repository.put(person, id=person["id"])
        await directory.repository.store.commit(Unit([put], directory.trace()))

    await directory.load(archive(tmp_path, [MARTIN, DURAND]))
    [martin] = await directory.search("Practitioner", family="martin")
    await renamed(martin, "Une")  # the writer and the reader have their statements ready
    assert await directory.repository.store.read("Practitioner", martin["id"])
    monkeypatch.setattr("socle.foundations.people.actions.importing.EXCHANGE_FROM", 1)
    moved = {**MARTIN, "Nom d'exercice": "MARTIN"}
    await directory.load(archive(tmp_path, [moved, PETIT], name="PS_LibreAcces_2.zip"), force=True)
    stored = await directory.repository.store.read("Practitioner", martin["id"])
    assert stored is not None
    assert stored.version == 3
    [martin] = await directory.search("Practitioner", family="martin")
    await renamed(martin, "Deux")
    stored = await directory.repository.store.read("Practitioner", martin["id"])
    assert stored is not None
    assert (stored.version, b"Deux" in stored.body) == (4, True)
