"""A file of identities judged whole: its columns recognised, its wrong lines told, its duplicates found and explained."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.house.running import typed

from socle.foundations.ins.index.dedupe import Reject, Row, layout, rows
from socle.kernel.outcome import Problem

HEAD = "enregistrement;nom_naissance;prenoms;sexe;date_naissance;matricule;statut\n"


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "patients.csv"
    file.write_text(text, encoding=encoding)
    return file


def read(file: Path, **named: str) -> list[Row | Reject]:
    return list(rows(file, layout(file, named)))


def test_a_record_is_spelled_plainly(tmp_path: Path) -> None:
    [row] = read(written(tmp_path, HEAD + "7;D'Été-Martin;Anne-Lise Zoé;f;29/02/1980;277010115400329;QUAL\n"))
    assert isinstance(row, Row)
    assert (row.record, row.family, row.given, row.sex, row.born, row.ins) == (
        "7",
        "D ETE MARTIN",
        "ANNE LISE ZOE",
        "F",
        "1980-02-29",
        "2770101154003",
    )


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_separators_and_encodings_are_recognised(tmp_path: Path, separator: str, encoding: str) -> None:
    text = "NOM;PRENOM;DDN\nGarcía;José;1980-01-02\n".replace(";", separator)
    [row] = read(written(tmp_path, text, encoding))
    assert isinstance(row, Row)
    assert (row.family, row.first) == ("GARCIA", "JOSE")


def test_a_header_is_read_without_its_marks_spaces_and_case(tmp_path: Path) -> None:
    text = 'N° IPP;"Nom de naissance";Prénom;Né(e) le;Code postal\n12;Noël;Zoé;02/01/1980;29000\n'
    [row] = read(written(tmp_path, text, "cp1252"))
    assert isinstance(row, Row)
    assert (row.record, row.family, row.first, row.born, row.postcode) == ("12", "NOEL", "ZOE", "1980-01-02", "29000")


def test_a_column_is_named_as_its_header_is_written(tmp_path: Path) -> None:
    [row] = read(written(tmp_path, "Patronyme;Prénom;DDN\nNoël;Zoé;1980\n"), nom_naissance="patronyme")
    assert isinstance(row, Row)
    assert row.family == "NOEL"


def test_every_missing_column_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read(written(tmp_path, "patronyme;petit nom;naissance\n"))
    assert [one.expression for one in caught.value.issues] == [("nom_naissance",), ("prenoms",), ("date_naissance",)]


def test_an_ins_that_is_not_qualified_is_not_compared(tmp_path: Path) -> None:
    [row] = read(written(tmp_path, HEAD + "7;A;B;F;1980;277010115400329;RECUP\n"))
    assert isinstance(row, Row)
    assert row.ins == ""


def test_a_missing_column_is_named_with_the_names_that_it_may_have(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read(written(tmp_path, "patronyme;prenoms;date_naissance\n"))
    assert caught.value.issues[0].expression == ("nom_naissance",)
    assert "patronyme" in caught.value.issues[0].text.fr


def test_a_column_may_be_said_by_the_caller(tmp_path: Path) -> None:
    [row] = read(written(tmp_path, "patronyme;prenoms;date_naissance\nA;B;1980\n"), nom_naissance="PATRONYME")
    assert isinstance(row, Row)
    assert row.family == "A"


def test_wrong_lines_are_told_by_their_number(tmp_path: Path) -> None:
    text = HEAD + "1;A;B;F;1980-01-01;;\n2;A;B;F;31-12-80;;\n3;;;F;1980-01-01;;\n4;A\n"
    found = read(written(tmp_path, text))
    assert [one.line for one in found if isinstance(one, Reject)] == [3, 4, 5]


@given(st.binary(max_size=300))
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, tail: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "patients.csv"
    file.write_bytes(HEAD.encode() + tail)
    assert all(isinstance(one, Row | Reject) for one in read(file))


def test_the_duplicates_of_a_file_are_found_and_explained(tmp_path: Path) -> None:
    country = ("--formats", "identities", "--people", "1500", "--duplicates", "30%", "--out", str(tmp_path / "country"))
    assert typed("generate", "country", *country).returncode == 0
    file = tmp_path / "country" / "identities" / "identites-doublons.csv"
    done = typed("ins", "dedupe", str(file), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    precision, recall = (float(part.split()[-1]) for part in done.stdout.splitlines()[-1].split(","))
    assert precision > 0.97
    assert recall > 0.9
    with (tmp_path / "out" / "paires.csv").open(encoding="utf-8") as lines:
        pairs = list(csv.DictReader(lines, delimiter=";"))
    assert pairs
    assert all(one["pourquoi"] for one in pairs)
    with (tmp_path / "out" / "groupes.csv").open(encoding="utf-8") as lines:
        groups = {one["enregistrement"]: one["groupe"] for one in csv.DictReader(lines, delimiter=";")}
    sure = [one for one in pairs if one["meme_personne"] == "oui"]
    assert all(groups[one["enregistrement_1"]] == groups[one["enregistrement_2"]] for one in sure)


def test_a_file_too_short_to_learn_from_is_refused(tmp_path: Path) -> None:
    done = typed("ins", "dedupe", str(written(tmp_path, HEAD + "1;A;B;F;1980-01-01;;\n")))
    assert done.returncode == 1
    assert "cent au moins" in done.stderr
    assert not (tmp_path / "patients-doublons").exists()
