"""Wrong files are wrong in the way that is told, and in that way only."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from socle.foundations.country import Country
from socle.foundations.country.files import faults as wrong
from socle.foundations.country.files.plan import Parameters
from socle.foundations.country.files.write import Generation
from socle.foundations.country.numbers import is_luhn

FAULTS = {fault.name: fault for fault in wrong.faults(Country(scale=0.0002))}


def activities(name: str) -> list[list[str]]:
    """Fields of the lines of the first member of a wrong zip."""
    with zipfile.ZipFile(BytesIO(FAULTS[name].octets)) as archive:
        return [line.split("|") for line in archive.read(archive.namelist()[0]).decode("utf-8").splitlines()]


def test_every_fault_says_what_an_importer_should_do() -> None:
    assert len(FAULTS) >= 25
    assert {fault.expected for fault in FAULTS.values()} == {
        wrong.REFUSED,
        wrong.REJECTED,
        wrong.REMARKED,
        wrong.LOADED,
    }
    assert all(fault.told for fault in FAULTS.values())


def test_truncated_files_do_not_read() -> None:
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(BytesIO(FAULTS["annuaire-zip-tronque.zip"].octets))
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(FAULTS["finess-tronque.xml"].octets)
    with pytest.raises(json.JSONDecodeError):
        json.loads(FAULTS["finess-plus-tronque.json"].octets)


@pytest.mark.parametrize("name", ["annuaire-ligne-coupee.zip", "annuaire-champ-manquant.zip"])
def test_one_line_has_not_the_columns_of_the_others(name: str) -> None:
    rows = activities(name)
    short = [at for at, fields in enumerate(rows, 1) if len(fields) != len(rows[0])]
    assert short == [FAULTS[name].line]


def test_a_wrong_key_is_on_the_line_that_is_told() -> None:
    rows = activities("annuaire-cle-fausse.zip")
    assert [at for at, fields in enumerate(rows[1:], 2) if not is_luhn(fields[1])] == [
        FAULTS["annuaire-cle-fausse.zip"].line
    ]


def test_mixed_encodings_are_neither_one_nor_the_other() -> None:
    octets = FAULTS["finess-encodages-meles.csv"].octets
    with pytest.raises(UnicodeDecodeError):
        octets.decode("utf-8")
    assert "Ã©" in octets.decode("latin-1")


def test_an_orphan_has_a_parent_with_a_right_key_that_no_file_has() -> None:
    fault = FAULTS["finess-parent-inconnu.csv"]
    row = fault.octets.decode().splitlines()[fault.line - 1].split(";")
    assert is_luhn(row[2])
    assert fault.octets.decode().count(row[2]) == 1


def test_they_are_written_with_their_list(tmp_path: Path) -> None:
    generation = Generation(tmp_path, Parameters(0, 0.0002, 1, 0.01, ("finess-csv",)))
    wrong.write(generation)
    told = json.loads((tmp_path / "faults" / "faults.json").read_text("utf-8"))
    assert {one["name"] for one in told} == FAULTS.keys()
    assert all((tmp_path / "faults" / one["name"]).stat().st_size == one["octets"] for one in told)
