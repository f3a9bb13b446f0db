"""Files that would harm: archives that climb or swell, XML that declares, lines without end."""

import zipfile
from pathlib import Path

import pytest
from tests.foundations.terminologies.reading import Came, refusal, zipped

from socle.foundations.terminologies.loaders.source import opened
from socle.kernel.outcome import Kind, Problem

SVS = (
    '<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><ValueSet id="1.2.3" displayName="x"><ConceptList>{}'
    "</ConceptList></ValueSet></RetrieveValueSetResponse>"
)


@pytest.mark.parametrize("name", ["../out.json", "/etc/x.json", "a/../../b.json", "C:\\x.json", "..\\x.json"])
def test_a_member_that_climbs_out_of_its_zip_is_refused(tmp_path: Path, name: str) -> None:
    kind, rule, _ = refusal(zipped(tmp_path / "a.zip", {name: "{}"}))
    assert (kind, rule) == (Kind.INVALID, "path-traversal")


def test_a_link_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    assert refusal(folder)[1] == "path-traversal"


def test_a_zip_that_swells_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("Loinc.csv", b"0" * (40 << 20))
    kind, rule, _ = refusal(path)
    assert (kind, rule) == (Kind.TOO_LARGE, "zip-bomb")


def test_a_damaged_zip_is_said(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"Loinc.csv": "LOINC_NUM,COMPONENT,STATUS,LONG_COMMON_NAME\n" * 4000})
    raw = bytearray(path.read_bytes())
    raw[60:90] = b"\xff" * 30
    path.write_bytes(raw)
    assert refusal(path)[1] == "zip"


def test_a_zip_that_was_cut_is_said(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"Loinc.csv": "LOINC_NUM,COMPONENT,STATUS,LONG_COMMON_NAME\n"})
    path.write_bytes(path.read_bytes()[:60])
    _, rule, sentence = refusal(path)
    assert (rule, sentence) == ("zip", "a.zip : zip illisible (il est coupé, ou abîmé). Téléchargez-le de nouveau.")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught, opened(tmp_path / "no.zip"):
        pass
    assert caught.value.kind is Kind.NOT_FOUND


@pytest.mark.parametrize(
    ("prolog", "rule"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]>', "xml-dtd"),
        ('<!DOCTYPE RetrieveValueSetResponse SYSTEM "http://x.example/x.dtd">', "xml-dtd"),
    ],
)
def test_xml_that_declares_a_dtd_is_refused(tmp_path: Path, prolog: str, rule: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(prolog + SVS.format(""))
    kind, said, sentence = refusal(path, "svs")
    assert (kind, said) == (Kind.MALFORMED, rule)
    assert sentence.startswith("a.xml:1:")


def test_an_entity_hidden_in_utf_16_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]>' + SVS.format("")).encode("utf-16")
    )
    assert refusal(path, "svs")[1] == "xml-dtd"


def test_xml_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(SVS.format("<a>" * 5000))
    assert refusal(path, "svs")[1] == "xml-depth"


def test_xml_that_is_cut_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        SVS.format("\n<Concept code='1' codeSystem='1.2.3'/>\n<Concept code=")[
            : -len("</ConceptList></ValueSet></RetrieveValueSetResponse>")
        ]
    )
    _, rule, sentence = refusal(path, "svs")
    assert (rule, "le texte s'arrête trop tôt" in sentence) == ("xml", True)
    assert "a.xml:3:" in sentence


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"resourceType":"CodeSystem",\n "url": "u" "x"}', 2),
        ("[1,\n2]", 1),
        ('{"a":"\\q"}', 1),
        ('{"a": {"b": \n[1, ]}}', 2),
    ],
)
def test_json_that_is_malformed_names_the_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    kind, _, sentence = refusal(path, "fhir")
    assert kind in (Kind.MALFORMED, Kind.TOO_LARGE)
    assert f"a.json:{line}:" in sentence


def test_json_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a":' + "[" * 200_000)
    assert refusal(path, "fhir")[0] is Kind.MALFORMED


def test_a_format_that_nobody_knows_is_said_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x00\x01")
    _, rule, sentence = refusal(tmp_path / "a.bin")
    assert rule == "format"
    assert "rf2" in sentence


def test_a_line_without_end_costs_itself_alone(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('system.url = "http://x.example"\ncolumns.code = "c"\nfile.delimiter = ";"\n')
    path = tmp_path / "a.csv"
    path.write_text("c;d\nA;1\nB;" + "x" * (3 << 20) + "\nC;2\n")
    came = Came(path, "csv", keep_going=True, mapping=mapping)
    assert list(came.concepts) == ["A", "C"]
    assert [(line, rule) for line, _, rule in came.rules] == [(3, "line-length")]


def test_what_macos_adds_to_an_archive_or_a_folder_is_not_read(tmp_path: Path) -> None:
    concept = SVS.format('<Concept code="A" codeSystem="9.9" displayName="a"/>')
    files = {"__MACOSX/NOS/._JDV.xml": "\0\5\x16\7", "NOS/.DS_Store": "\0\0\0\1Bud1", "NOS/JDV.xml": concept}
    (resource,) = Came(zipped(tmp_path / "nos.zip", files)).resources
    assert resource["resourceType"] == "ValueSet"
    folder = tmp_path / "nos"
    folder.mkdir()
    (folder / "._JDV.xml").write_bytes(b"\0\5\x16\7")
    (folder / "JDV.xml").write_text(concept)
    assert len(Came(folder).resources) == 1
