"""The official formats: headings, columns, elements and encodings are those that the registers publish."""

import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from socle.foundations.country import Country
from socle.foundations.country.files import annuaire, differences, finess_csv, finess_plus, finess_xml, rass, write
from socle.foundations.country.files.plan import FORMATS, Parameters
from socle.foundations.country.files.write import Generation
from socle.kernel.outcome import Problem

COUNTRY = Country(scale=0.0006)  # three territories
PEOPLE = COUNTRY.practitioner_count
SITES = COUNTRY.establishment_count
REGISTERS = tuple(name for name in FORMATS if name != "identities")


def lines(text: str) -> list[list[str]]:
    """Fields of each line; the pipe that ends it gives an empty one."""
    return [line.split("|") for line in text.splitlines()]


@pytest.mark.parametrize(
    ("heading", "maker", "columns"),
    [
        (annuaire.ACTIVITE, annuaire.activities, 56),
        (annuaire.DIPLOME, annuaire.degrees, 13),
        (annuaire.SAVOIR_FAIRE, annuaire.skills, 13),
        (rass.HEADINGS, rass.activities, 50),
    ],
)
def test_each_line_has_the_columns_of_its_heading_and_a_pipe_at_the_end(
    heading: str, maker: write.Any, columns: int
) -> None:
    text, count = maker(COUNTRY, 0, PEOPLE)
    read = lines(text)
    assert len(read) == count > 0
    assert {len(fields) for fields in (heading.split("|"), *read)} == {columns + 1}
    assert {fields[-1] for fields in read} == {""}


def test_codes_of_an_activity_stand_under_their_headings() -> None:
    names = annuaire.ACTIVITE.split("|")
    read = [dict(zip(names, fields, strict=True)) for fields in lines(annuaire.activities(COUNTRY, 0, PEOPLE)[0])]
    employed = [one for one in read if one["Numéro FINESS site"]]
    assert employed
    for one in employed:
        assert one["Identification nationale PP"] == "8" + one["Identifiant PP"]
        assert one["Numéro SIRET site"].startswith(one["Numéro SIREN site"])
        assert re.fullmatch(r"\d{5}", one["Code postal (coord. structure)"])
        assert one["Code secteur d'activité"].startswith("SA")
        assert one["Code genre activité"].startswith("GENR")
    assert any(not one["Code mode exercice"] for one in read)  # who has no situation has one line


def test_the_fifty_columns_have_birth_in_days_first_and_given_names_with_apostrophes() -> None:
    read = lines(rass.activities(COUNTRY, 0, PEOPLE)[0])
    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", fields[5]) for fields in read)
    assert any("'" in fields[4] for fields in read)
    assert {fields[9] for fields in read} == {"M", "F"}
    assert all(fields[49].startswith("GENR") or not fields[20] for fields in read)


def test_open_files_of_finess_have_a_line_of_metadata_and_their_fields() -> None:
    assert re.fullmatch(r"finess;etalab;\d+;\d{4}-\d\d-\d\d\n", finess_csv.metadata(COUNTRY))
    for maker, tag, fields, count in (
        (finess_csv.entities, "structureej", 22, COUNTRY.entity_count),
        (finess_csv.establishments, "structureet", 31, SITES),
        (finess_csv.positions, "geolocalisation", 5, SITES),
    ):
        text, found = maker(COUNTRY, 0, count)
        rows = [line.split(";") for line in text.splitlines()]
        assert found == len(rows) == count
        assert {row[0] for row in rows} == {tag}
        assert {len(row) - 1 for row in rows} == {fields}


XSD = {  # of the fields that are always there, V4.1
    "nofinesset": r"[0-9][0-9A-Z][0-9]{7}", "nofiness": r"[0-9][0-9A-Z][0-9]{7}", "rs": r".{1,38}", "voie": r".{1,27}",
    "typvoie": r"[A-Z]{1,4}", "numvoie": r"[0-9]{1,4}", "commune": r"[0-9]{3}", "ligneacheminement": r"[0-9]{5} .{1,26}",
    "departement": r"[0-9][0-9A-Z]", "libdepartement": r".{1,24}", "categetab": r"[0-9]{3}", "siret": r"[0-9]{14}",
    "categagretab": r"[0-9]{4}", "codemft": r"[0-9]{2}", "codesph": r"[0-9]", "telephone": r"[0-9]{10}",
    "libcategetab": r".{1,60}", "libcourtcategetab": r".{1,20}", "libcategagretab": r".{1,60}", "libmft": r".{1,60}",
    "libcourtcategagretab": r".{1,20}", "libcourtmft": r".{1,20}", "libsph": r".{1,60}", "libcourtsph": r".{1,20}",
    "codeape": r"[0-9]{4}[A-Z]", "typeet": "[PS]", "dateouv": r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "statutjuridique": r"[0-9]{2}",
    "libcourtstatutjuridique": r".{1,20}", "libstatutjuridique": r".{1,60}", "siren": r"[0-9]{9}", "activite": r"..",
    "noautor": r"[0-9]{1,9}", "indnatlien": "[FJ]",
}  # fmt: skip


@pytest.mark.parametrize(
    ("maker", "tag", "order"),
    [
        (finess_xml.entities, "structureej", finess_xml.EJ),
        (finess_xml.establishments, "structureet", finess_xml.ET),
        (finess_xml.care, "activiteoffresoin", finess_xml.CARE),
        (finess_xml.equipment, "equipmateriellourd", finess_xml.EQUIPMENT),
        (finess_xml.social, "equipementsocial", finess_xml.WELCOME),
        (finess_xml.positions, "geolocalisation", finess_xml.POSITION),
    ],
)
def test_feeds_have_the_elements_of_the_schemas_in_order(maker: write.Any, tag: str, order: list[str]) -> None:
    text, _ = maker(COUNTRY, 0, 33)
    root = etree.fromstring((finess_xml.beginning(COUNTRY) + text + finess_xml.END).encode())
    assert [child.tag for child in root[0]] == ["emetteur", "destinataire", "versionmessage", "fluxnum", "datemaj"]
    found = root.findall(tag)
    assert found
    for element in found:
        assert [child.tag for child in element] == list(order)
        for child in element:
            assert child.text is not None or child.get(f"{{{child.nsmap['xsi']}}}nil") == "true"
            assert child.text is None or re.fullmatch(XSD.get(child.tag, ".*"), child.text), (child.tag, child.text)


def test_finess_plus_nests_establishments_in_legal_persons_and_exchanges_x_and_y() -> None:
    text, count = finess_plus.structures(COUNTRY, 0, COUNTRY.entity_count)
    document = json.loads(finess_plus.beginning(COUNTRY, structures=True) + text + finess_plus.END)
    assert count == SITES == sum(len(person["ege"]) for person in document["pmej"])
    place = document["pmej"][0]["adresse"][0]["coordonneesGeographique"]
    assert float(place["coordonneeX"]) > 6_000_000 > 1_300_000 > float(place["coordonneeY"])
    text, count = finess_plus.activities(COUNTRY, 0, COUNTRY.entity_count)
    document = json.loads(finess_plus.beginning(COUNTRY, structures=False) + text + finess_plus.END)
    assert count == sum(len(site["activitesExercees"]) for person in document["pmej"] for site in person["ege"]) > 0


def test_a_generation_writes_every_format_and_a_manifest_that_is_true(tmp_path: Path) -> None:
    generation = Generation(tmp_path / "country", Parameters(0, 0.0006, 1, 0.01, REGISTERS, "latin-1"))
    done: list[int] = []
    work = generation.ranks
    generation.write(1, lambda ranks, name: done.append(ranks))
    assert sum(done) == work
    manifest = json.loads(generation.finish().read_text("utf-8"))
    assert {one["format"] for one in manifest["files"]} == set(REGISTERS)
    for one in manifest["files"]:
        octets = (tmp_path / "country" / one["name"]).read_bytes()
        assert one["octets"] == len(octets)
        assert one["sha256"] == hashlib.sha256(octets).hexdigest()
    stock = next(one for one in manifest["files"] if "cs1100507" in one["name"])
    text = (tmp_path / "country" / stock["name"]).read_text("latin-1")
    assert stock["encoding"] == "latin-1"
    assert stock["count"] == 2 * SITES == text.count("\n") - 1
    assert "Régionaux" in text
    archive = zipfile.ZipFile(next((tmp_path / "country" / "annuaire").glob("PS_LibreAcces_*.zip")))
    assert [name.split("_2")[0] for name in archive.namelist()] == [
        "PS_LibreAcces_Personne_activite",
        "PS_LibreAcces_Dipl_AutExerc",
        "PS_LibreAcces_SavoirFaire",
    ]
    assert archive.testzip() is None
    assert not [path for path in (tmp_path / "country").rglob("*") if path.name.endswith(".part")]


def test_several_processes_write_the_same_octets_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "_SMALL", 0)
    asked = Parameters(3, 0.0006, 1, 0.01, ("rass", "finess-plus"))
    files = []
    for processes in (1, 2):
        generation = Generation(tmp_path / str(processes), asked)
        generation.write(processes)
        files.append({name: one["sha256"] for name, one in generation.done.items()})
    assert files[0] == files[1]


def test_an_interrupted_generation_is_taken_up_again(tmp_path: Path) -> None:
    asked = Parameters(0, 0.0002, 1, 0.01, ("rass", "finess-csv"))
    first = Generation(tmp_path, asked)

    class Stop(Exception):
        pass

    def stop(ranks: int, name: str) -> None:
        if "cs1100502" in name:
            raise Stop

    with pytest.raises(Stop):
        first.write(1, stop)
    kept = next((tmp_path / "rass").iterdir())
    before = kept.stat().st_mtime_ns
    assert not list(tmp_path.rglob("*.part"))
    again = Generation(tmp_path, asked)
    assert set(again.done) == {"rass/" + kept.name, "finess-csv/etalab-cs1100501-stock-20260105-0339.csv"}
    again.write(1)
    assert kept.stat().st_mtime_ns == before
    assert len(json.loads(again.finish().read_text())["files"]) == 4
    assert not (tmp_path / write.STATE).exists()


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    asked = Parameters(0, 0.0002, 1, 0.01, ("finess-csv",))
    Generation(tmp_path / "a", asked)
    with pytest.raises(Problem, match="autrement"):
        Generation(tmp_path / "a", Parameters(1, 0.0002, 1, 0.01, ("finess-csv",)))
    generation = Generation(tmp_path / "a", asked)
    generation.write(1)
    generation.finish()
    with pytest.raises(Problem, match="complète"):
        Generation(tmp_path / "a", asked)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letter.txt").write_text("mine")
    with pytest.raises(Problem, match="pas vide"):
        Generation(tmp_path / "b", asked)
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["letter.txt"]


def test_a_disk_without_room_is_said_before_anything_is_written(tmp_path: Path) -> None:
    generation = Generation(tmp_path, Parameters(0, 0.0002, 1, 0.01, ("finess-csv",)))
    generation.check_room()
    with pytest.raises(Problem, match="Go et le disque"):
        generation.check_room(10**18)


@pytest.mark.parametrize(
    ("maker", "registers"), [(rass.activities, "rass annuaire"), (annuaire.activities, "annuaire")]
)
def test_the_differences_of_a_day_are_those_of_the_two_extractions(maker: write.Any, registers: str) -> None:
    first, second = Country(scale=0.001), Country(scale=0.001, day=2, changes=0.1)
    was: dict[str, set[str]] = {}
    now: dict[str, set[str]] = {}
    for found, country in ((was, first), (now, second)):
        for line in maker(country, 0, country.practitioner_count)[0].splitlines():
            found.setdefault(line.split("|")[2], set()).add(line)
    expected = {
        **dict.fromkeys(now.keys() - was.keys(), differences.CREATED),
        **dict.fromkeys(was.keys() - now.keys(), differences.CLOSED),
        **{key: differences.CHANGED for key in was.keys() & now.keys() if was[key] != now[key]},
    }
    text, count = differences.people(second, 0, second.practitioner_count)
    rows = [line.split(";") for line in text.splitlines()]
    told = {row[1]: row[2] for row in rows if row[0] in registers.split()}
    assert count == len(rows) > 100
    assert {key: kind for key, kind in told.items() if expected.get(key) != kind} == {}
    assert expected.keys() == told.keys()


def test_what_closed_leaves_the_open_file_and_stays_dated_in_the_feeds() -> None:
    second = Country(scale=0.01, day=2, changes=0.1)
    closed = [site for site in second.establishments() if site.closed]
    assert closed
    site = closed[0]
    text = finess_csv.establishments(second, site.rank, site.rank + 1)[0]
    assert text == ""
    feed = finess_xml.establishments(second, site.rank, site.rank + 1)[0]
    assert f"<datefermeture>{site.closed}</datefermeture>" in feed
    assert "<typefermeture>DEF</typefermeture>" in feed
