"""FHIR JSON: heads, hierarchy, properties; large files read in pieces give what small ones do."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.foundations.terminologies.reading import NOW, Came, refusal, zipped

from socle.foundations.terminologies.loaders import fhir, fhir_concepts, json_feed
from socle.foundations.terminologies.model import Designation, Property

SYSTEM: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "url": "https://mos.esante.gouv.fr/NOS/TRE_R22-GenreActivite/FHIR/TRE-R22-GenreActivite",
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.1.213.1.6.1.19"}],
    "version": "1.1.0",
    "status": "active",
    "content": "complete",
    "concept": [
        {
            "code": "A",
            "display": "Premier",
            "designation": [{"language": "en", "use": {"system": "s", "code": "u"}, "value": "First"}],
            "property": [
                {"code": "rang", "valueInteger": 1},
                {"code": "poids", "valueDecimal": 1.10},
                {"code": "notSelectable", "valueBoolean": True},
            ],
            "concept": [{"code": "B", "concept": [{"code": "C", "property": [{"code": "parent", "valueCode": "A"}]}]}],
        },
        {"code": "D", "property": [{"code": "status", "valueCode": "retired"}]},
        {"code": "E", "property": [{"code": "dateFin", "valueDateTime": "2020-06-26T12:00:00+01:00"}]},
        {"code": "F", "property": [{"code": "dateFin", "valueDateTime": "2030-06-26T12:00:00+01:00"}]},
    ],
}


def written(path: Path, resource: Any) -> Path:
    path.write_text(json.dumps(resource, indent=1))
    return path


def test_a_code_system_is_read_with_its_oid_hierarchy_and_properties(tmp_path: Path) -> None:
    came = Came(written(tmp_path / "a.json", SYSTEM))
    assert (came.head.url, came.head.version, came.head.oids) == (SYSTEM["url"], "1.1.0", ("1.2.250.1.213.1.6.1.19",))
    assert "concept" not in came.head.resource
    assert came.totals == [6]
    a = came.concepts["A"]
    assert a.designations == (Designation("First", "en", "u", "s"),)
    assert a.properties[:2] == (Property("rang", "1", "integer"), Property("poids", "1.1", "decimal"))
    assert a.abstract
    assert came.concepts["C"].parents == ("B", "A")
    assert {code for code, concept in came.concepts.items() if concept.inactive} == {"D", "E"}


def test_read_in_small_pieces_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.json", SYSTEM)
    whole = Came(path)
    monkeypatch.setattr(json_feed, "_CHUNK", 7)
    monkeypatch.setattr(fhir, "_SMALL", 60)
    pieces = Came(path)
    assert pieces.concepts == whole.concepts
    assert pieces.totals == whole.totals
    assert pieces.head == whole.head


URI = "http://hl7.org/fhir/concept-properties#"
RENAMED: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "url": "http://x.example/pets",
    "status": "active",
    "content": "complete",
    "property": [
        {"code": code, "type": "code", "uri": URI + meant}
        for code, meant in {"over": "child", "under": "parent", "ended": "inactive", "state": "status"}.items()
    ],
    "concept": [
        {"code": "cat", "property": [{"code": "subsumedBy", "valueCode": "pet"}]},
        {"code": "dog", "property": [{"code": "under", "valueCode": "pet"}, {"code": "ended", "valueBoolean": True}]},
        {"code": "pet", "property": [{"code": "over", "valueCode": "cat"}, {"code": "over", "valueCode": "hen"}]},
        {"code": "hen", "property": [{"code": "state", "valueCode": "deprecated"}]},
        {"code": "cow", "property": [{"code": "state", "valueCode": "retired"}]},
    ],
}


@pytest.mark.parametrize("pieces", [False, True])
@pytest.mark.parametrize("form", ["json", "ndjson", "xml"])
def test_properties_are_what_they_mean_and_a_child_may_be_said_before_or_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, pieces: bool
) -> None:
    from socle.kernel.fhir.xml import write

    if pieces:
        monkeypatch.setattr(json_feed, "_CHUNK", 7)
        monkeypatch.setattr(fhir, "_SMALL", 20)
    path = tmp_path / f"a.{form}"
    path.write_bytes(write(RENAMED) if form == "xml" else json.dumps(RENAMED).encode())
    came = Came(path)
    parents = {code: concept.parents for code, concept in came.concepts.items()}
    assert parents == {"cat": ("pet",), "dog": ("pet",), "pet": (), "hen": ("pet",), "cow": ()}
    assert {code for code, concept in came.concepts.items() if concept.inactive} == {"dog", "cow"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(_JSON, st.integers(1, 9), st.sampled_from([None, 1, "\t"]))
def test_any_json_read_in_pieces_is_what_the_standard_library_reads(value: Any, chunk: int, indent: Any) -> None:
    import io

    text = json.dumps(value, indent=indent, ensure_ascii=False)
    feed = json_feed.JsonFeed(io.BytesIO(text.encode()), "x")  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_feed, "_CHUNK", chunk)
        assert feed.value() == value
        feed.end()


def test_a_concept_without_code_is_named_and_the_rest_kept_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '{"resourceType":"CodeSystem","url":"u","concept":[\n{"code":"A"},\n  {"display":"x"},\n{"code":"B"}]}'
    )
    assert refusal(path)[1] == "concept-code"
    came = Came(path, keep_going=True)
    assert list(came.concepts) == ["A", "B"]
    assert came.rules == [(3, 3, "concept-code")]


def test_a_property_without_a_value_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    concept = '{"code":"A","property":[{"code":"p"}]}'
    path.write_text(f'{{"resourceType":"CodeSystem","url":"u","concept":[\n{concept}]}}')
    _, rule, sentence = refusal(path)
    assert (rule, sentence) == (
        "concept",
        "a.json:2:1 : le concept A n'est pas écrit comme un concept FHIR ('value[x]').",
    )


def test_what_is_wrong_in_ndjson_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    wrong = {"resourceType": "CodeSystem", "url": "u", "concept": [{"display": "x"}]}
    path.write_text(json.dumps(SYSTEM) + "\n" + json.dumps(wrong) + "\n")
    assert refusal(path)[2].startswith("a.ndjson:2 : un concept n'a pas de code")


def test_a_code_system_without_url_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "a.json", {"resourceType": "CodeSystem"}))[1] == "codesystem-url"


def test_bundles_ndjson_folders_and_zips_give_all_that_is_a_terminology(tmp_path: Path) -> None:
    other = {"resourceType": "ValueSet", "url": "v"}
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": SYSTEM}, {"resource": other}, {"resource": {"resourceType": "Patient"}}],
    }
    came = Came(written(tmp_path / "b.json", bundle))
    assert came.head.url == SYSTEM["url"]
    assert len(came.concepts) == 6
    assert came.resources == [other]
    assert any("Patient" in note.fr for note in came.watch.notes)
    lines = tmp_path / "c.ndjson"
    lines.write_text(json.dumps(SYSTEM) + "\n{broken\n\n" + json.dumps(other) + "\n")
    kept = Came(lines, keep_going=True)
    assert (len(kept.concepts), kept.resources, [rule for *_, rule in kept.rules]) == (6, [other], ["json"])
    archive = zipped(
        tmp_path / "d.zip", {"x/a.json": json.dumps(SYSTEM), "y/v.json": json.dumps(other), "z/readme.md": "…"}
    )
    assert Came(archive).resources == [other]


def test_ends_are_compared_by_day() -> None:
    assert fhir_concepts.ended("20260115000000", NOW)
    assert not fhir_concepts.ended("2026-01-16", NOW)


def test_xml_gives_what_json_gives(tmp_path: Path) -> None:
    from socle.kernel.fhir.xml import write

    in_json = Came(written(tmp_path / "a.json", SYSTEM))
    (tmp_path / "a.xml").write_bytes(write(json.loads(json.dumps(SYSTEM))))
    in_xml = Came(tmp_path / "a.xml")
    assert in_xml.head == in_json.head
    assert in_xml.concepts == in_json.concepts
    assert in_xml.totals == in_json.totals


def test_value_sets_and_bundles_come_from_xml_too(tmp_path: Path) -> None:
    path = tmp_path / "v.xml"
    path.write_text('<ValueSet xmlns="http://hl7.org/fhir"><url value="v"/><status value="active"/></ValueSet>')
    assert Came(path).resources == [{"resourceType": "ValueSet", "url": "v", "status": "active"}]


def test_a_wrong_head_in_xml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.xml"
    path.write_text('<CodeSystem xmlns="http://hl7.org/fhir">\n<url value="v"/>\n <wrong value="1"/></CodeSystem>')
    kind, _, sentence = refusal(path, "fhir")
    assert (kind.status, sentence[:33]) == (400, "c.xml : CodeSystem, ligne 3, colo")
