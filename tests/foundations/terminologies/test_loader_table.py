"""Tables with a mapping file: columns, encodings, delimiters; a wrong line is named and costs itself alone."""

from pathlib import Path

import pytest
from tests.foundations.terminologies.reading import Came, refusal

from socle.foundations.terminologies.model import Designation, Property
from socle.kernel.outcome import Problem

MAPPING = """
[system]
url = "https://exemple.fr/CodeSystem/actes"
version = "2026"
oid = "1.2.250.9.1"
[columns]
code = "CODE"
display = "LIBELLE"
parents = {column = "PERE", separator = "|"}
status = {column = "ETAT", inactive = ["F"]}
[[designations]]
column = "COURT"
language = "fr"
use = "court"
[[properties]]
column = "TARIF"
code = "tarif"
type = "decimal"
"""
TABLE = 'CODE;LIBELLE;PERE;ETAT;COURT;TARIF\nA;"Échographie ; du cœur";;O;écho;12.50\nB;Éte\u0301;A|Z;F;;\n'


def load(
    tmp_path: Path, table: bytes | str, mapping: str = MAPPING, *, name: str = "m.toml", keep_going: bool = False
) -> Came:
    (tmp_path / name).write_text(mapping)
    path = tmp_path / "actes.csv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    return Came(path, "csv", keep_going=keep_going, mapping=tmp_path / name)


def test_columns_become_concepts(tmp_path: Path) -> None:
    came = load(tmp_path, TABLE)
    assert (came.head.url, came.head.version, came.head.oids) == (
        "https://exemple.fr/CodeSystem/actes",
        "2026",
        ("1.2.250.9.1",),
    )
    a, b = came.concepts.values()
    assert a.display == "Échographie ; du cœur"
    assert a.designations == (Designation("écho", "fr", "court"),)
    assert a.properties == (Property("tarif", "12.50", "decimal"),)
    assert (b.parents, b.inactive) == (("A", "Z"), True)


def test_a_decimal_comma_is_read_when_it_is_said_and_what_to_say_is_told(tmp_path: Path) -> None:
    table = TABLE.replace("12.50", "12,50")
    said = MAPPING.replace('type = "decimal"', 'type = "decimal"\ndecimal = ","')
    assert load(tmp_path, table, said).concepts["A"].properties == (Property("tarif", "12.50", "decimal"),)
    unsaid = load(tmp_path, table, keep_going=True)
    assert unsaid.rules == [(2, 6, "csv-type")]
    assert 'decimal = ","' in unsaid.watch.faults[0].text.en
    with pytest.raises(Problem, match=r"properties\.decimal"):
        load(tmp_path, table, MAPPING.replace('type = "decimal"', 'type = "string"\ndecimal = ","'))


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8-sig", ""), ("cp1252", "cp1252"), ("utf-16", "UTF-16"), ("utf-8", "utf-8")]
)
def test_the_encoding_is_found_and_said(tmp_path: Path, encoding: str, said: str) -> None:
    came = load(tmp_path, TABLE.replace("e\u0301", "é").encode(encoding))
    assert came.concepts["A"].display == "Échographie ; du cœur"
    assert not said or any(said in note.fr for note in came.watch.notes)


def test_an_octet_that_no_encoding_of_french_files_has_is_named_not_guessed(tmp_path: Path) -> None:
    lines = [b"CODE;LIBELLE;PERE;ETAT;COURT;TARIF", b"A;\xe9cho;;O;;1", b"B;\x81;;O;;1"]
    came = load(tmp_path, b"\n".join(lines), keep_going=True)
    assert came.concepts["A"].display == "écho"
    assert came.rules == [(3, 3, "encoding")]


def test_wrong_lines_of_a_file_in_utf_8_are_counted_and_the_first_is_told(tmp_path: Path) -> None:
    lines = ["CODE;LIBELLE;PERE;ETAT;COURT;TARIF", "A;é;;O;;1", "B;è;;O;;1"]
    came = load(tmp_path, "\n".join(lines).encode() + b"\nC;\xe9;;O;;1", keep_going=True)
    assert "1 ligne(s) mal encodée(s), la première est la 4" in came.watch.notes[0].fr


@pytest.mark.parametrize("delimiter", ["\t", ",", "|"])
def test_the_delimiter_is_found_and_said(tmp_path: Path, delimiter: str) -> None:
    table = "CODE;LIBELLE;ETAT\nA;un;O\nB;deux;O\n".replace(";", delimiter)
    came = load(tmp_path, table, 'system.url = "http://x.example"\ncolumns = {code = "CODE", display = "LIBELLE"}')
    assert came.concepts["B"].display == "deux"


def test_a_mapping_in_yaml_says_the_same(tmp_path: Path) -> None:
    yaml = "system: {url: 'https://exemple.fr/CodeSystem/actes'}\ncolumns:\n  code: CODE\n  display: 2\n"
    assert load(tmp_path, TABLE, yaml, name="m.yaml").concepts["A"].display == "Échographie ; du cœur"


def test_columns_have_numbers_where_there_is_no_header(tmp_path: Path) -> None:
    mapping = 'system.url = "http://x.example"\nfile.header = false\ncolumns = {code = 1, display = 2}'
    assert list(load(tmp_path, "A;un\nB;deux\n", mapping).concepts) == ["A", "B"]


def test_every_wrong_line_is_named_and_the_others_kept(tmp_path: Path) -> None:
    lines = [
        b"CODE;LIBELLE;PERE;ETAT;COURT;TARIF",
        "É;é;;O;;1".encode(),
        "È;è;;O;;1".encode(),
        b"BAD\xe9;x;;O;;1",
        b";no code;;O;;1",
        b"C;two few;;O",
        b"D;tarif;;O;;cher",
        b'E;"never closed;;O;;1',
        b'F;"a" b;;O;;1',
        b"G;bon;;O;;2",
    ]
    came = load(tmp_path, b"\r\n".join(lines), keep_going=True)
    assert list(came.concepts) == ["É", "È", "G"]
    assert sorted(came.rules) == [
        (4, 4, "encoding"),
        (5, 1, "csv-code"),
        (6, 0, "columns"),
        (7, 6, "csv-type"),
        (8, 3, "csv-quotes"),
        (9, 0, "csv-quotes"),
    ]
    assert came.watch.rejected == 6


def test_without_keep_going_the_first_wrong_line_refuses_all(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(MAPPING)
    path = tmp_path / "actes.csv"
    path.write_text(TABLE + "X;trop;court\n")
    _, rule, sentence = refusal(path, "csv", mapping=tmp_path / "m.toml")
    assert rule == "columns"
    assert "actes.csv:4" in sentence


def test_a_quoted_value_may_span_lines(tmp_path: Path) -> None:
    came = load(tmp_path, 'CODE;LIBELLE;PERE;ETAT;COURT;TARIF\nA;"un\ndeux ""2""";;O;;\nB;x;;O;;\n')
    assert came.concepts["A"].display == 'un\ndeux "2"'
    assert "B" in came.concepts


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("columns.code = 'CODE'", "system.url"),
        ("system.url = 'u'", "columns.code"),
        ("system.url = 'u'\ncolumns.code = 'NOPE'", "NOPE"),
        ("system.url = 'u'\ncolumns.code = 'CODE'\ncolonnes = 1", "colonnes"),
        ("system.url = 'u'\ncolumns.code = 'CODE'\n[[properties]]\ncolumn = 'TARIF'\ncode='t'\ntype='money'", "money"),
        ("system.url = ", "illisible"),
        (MAPPING.replace('column = "COURT"', "column = {}"), "designations.column"),
        (MAPPING.replace('version = "2026"', 'version = ["2026"]'), "system.version"),
        (MAPPING.replace('version = "2026"', 'case_sensitive = "no"'), "system.case_sensitive"),
        (MAPPING + '[file]\nencoding = "rot13"', "file.encoding"),
    ],
)
def test_a_wrong_mapping_is_refused_by_the_key_that_is_wrong(tmp_path: Path, mapping: str, said: str) -> None:
    (tmp_path / "m.toml").write_text(mapping)
    (tmp_path / "a.csv").write_text(TABLE)
    _, rule, sentence = refusal(tmp_path / "a.csv", "csv", mapping=tmp_path / "m.toml")
    assert rule == "csv-mapping"
    assert said in sentence


def test_a_table_without_mapping_shows_the_shortest_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TABLE)
    assert "[columns]" in refusal(tmp_path / "a.csv")[2]
