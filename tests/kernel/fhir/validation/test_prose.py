"""What R4 says in its text and no invariant states: attachments, systems, identifiers, units, references, narratives."""

import base64
import hashlib
from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import found, judged, profile

Json = dict[str, Any]
DATA = base64.b64encode(b"bonjour").decode()
SHA1 = base64.b64encode(hashlib.sha1(b"bonjour").digest()).decode()


def patient(**members: Any) -> Json:
    return {"resourceType": "Patient", **members}


def observation(**members: Any) -> Json:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "poids"}, **members}


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"size": 7, "hash": SHA1}, ""),
        ({"size": 5}, "Patient.photo[0].size"),
        ({"hash": base64.b64encode(b"0" * 20).decode()}, "Patient.photo[0].hash"),
    ],
)
def test_an_attachment_tells_the_size_and_the_hash_of_its_data(said: Json, place: str) -> None:
    told = found(judged(patient(photo=[{"contentType": "image/png", "data": DATA, **said}])))
    assert told == ([(place, "attachment")] if place else [])


@pytest.mark.parametrize(
    ("system", "good"),
    [
        ("urn:oid:1.2.250.1.213.1.4.8", True),
        ("https://exemple.fr/ipp", True),
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", True),
        ("1.2.250.1.213.1.4.8", False),
        ("urn:oid:1.2.03", False),
        ("urn:uuid:0c3151bd", False),
        ("ipp", False),
    ],
)
def test_a_system_is_named_by_an_absolute_address(system: str, good: bool) -> None:
    told = found(judged(patient(identifier=[{"system": system, "value": "1"}])))
    assert told == ([] if good else [("Patient.identifier[0].system", "identifier")])
    coded = found(judged(observation(category=[{"coding": [{"system": system}]}])))
    assert coded == ([] if good else [("Observation.category[0].coding[0].system", "coding")])


@pytest.mark.parametrize(
    ("value", "good"), [("urn:oid:1.2.250.1", True), ("https://a.fr/1", True), ("1.2.250.1", False), ("x", False)]
)
def test_an_identifier_that_is_said_to_be_a_uri_is_one(value: str, good: bool) -> None:
    told = found(judged(patient(identifier=[{"system": "urn:ietf:rfc:3986", "value": value}])))
    assert told == ([] if good else [("Patient.identifier[0].value", "identifier")])


@pytest.mark.parametrize(("code", "good"), [("mg/L", True), ("mm[Hg]", True), ("{score}", True), ("mEq", False)])
def test_a_unit_of_ucum_is_one(code: str, good: bool) -> None:
    told = found(judged(observation(valueQuantity={"value": 1, "system": "http://unitsofmeasure.org", "code": code})))
    assert told == ([] if good else [("Observation.value.code", "quantity")])


def test_the_type_of_a_reference_agrees_with_where_it_leads() -> None:
    def told(type_: str, reference: str) -> list[tuple[str, str]]:
        return found(judged(patient(managingOrganization={"type": type_, "reference": reference})))

    assert told("Organization", "Organization/1") == told("Organization", "https://a.fr/fhir/Organization/1") == []
    assert told("Patient", "Organization/1") == [("Patient.managingOrganization.type", "Reference")]


def narrated(div: str, **more: Any) -> list[tuple[str, str]]:
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{div}</div>'}
    return found(judged(patient(text=text, **more)), "error", "warning")


def test_a_narrative_says_something() -> None:
    assert narrated("Zoé") == narrated('<img src="a.png" alt="Zoé"/>') == []
    assert narrated(" <p> </p>&#160;") == [("Patient.text.div", "txt-2")]


@pytest.mark.parametrize(("text", "good"), [("A&amp;B &lt; &#233;", True), ("A&nbsp;B", False), ("&eacute;", False)])
def test_a_narrative_knows_no_entity_of_html(text: str, good: bool) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'
    assert found(judged(patient(text={"status": "generated", "div": div}))) == (
        [] if good else [("Patient.text.div", "xhtml")]
    )


def test_a_link_of_a_narrative_leads_somewhere() -> None:
    assert narrated('<a href="#n">Zoé</a>', name=[{"id": "n", "family": "A"}]) == []
    assert narrated('<a href="#p">Zoé</a><p id="p">.</p>') == []
    assert narrated('<a href="#rien">Zoé</a>') == [("Patient.text.div", "id")]


def test_the_url_of_an_extension_is_absolute_except_within_another() -> None:
    complex_ = {"url": "https://a.fr/x", "extension": [{"url": "partie", "valueString": "b"}]}
    assert found(judged(patient(extension=[complex_]))) == []
    assert found(judged(patient(extension=[{"url": "partie", "valueString": "b"}]))) == [
        ("Patient.extension[0].url", "FHIR R4 extensibility.html")
    ]


def test_a_full_url_that_is_a_urn_is_well_formed() -> None:
    def told(url: str) -> list[tuple[str, str]]:
        return found(
            judged(
                {
                    "resourceType": "Bundle",
                    "type": "collection",
                    "entry": [{"fullUrl": url, "resource": patient(active=True)}],
                }
            )
        )

    assert told("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0") == []
    assert told("urn:uuid:NON") == [("Bundle.entry[0].fullUrl", "references")]


def test_a_rule_stated_in_words_alone_is_told_once_and_never_passed_over() -> None:
    words = {"key": "mot-1", "severity": "error", "human": "Le nom est celui de l'état civil."}
    asks = profile("Patient", {"id": "Patient.name", "constraint": [words]})
    report = judged(patient(name=[{"family": "A"}, {"family": "B"}]), asks)
    [issue] = [one for one in report.issues if one.rule.endswith("#mot-1")]
    assert (issue.severity, issue.expression) == ("information", ("Patient.name[0]", "Patient.name[1]"))
    assert "état civil" in issue.text.fr
    assert report.valid


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://exemple.test/vs", True),
        ("urn:uuid:5a9d3b76-6a2e-4f0e-9d6c-0c4a3a1f2b10", True),
        ("ValueSet/vs", False),
        ("urn:uuid:5a9d3b76", False),
    ],
)
def test_the_url_of_what_is_published_is_absolute(url: str, good: bool) -> None:
    value_set = {"resourceType": "ValueSet", "status": "draft", "url": url}
    assert found(judged(value_set)) == ([] if good else [("ValueSet.url", "canonical")])


def test_the_url_of_a_device_may_be_any() -> None:
    assert found(judged({"resourceType": "Device", "url": "capteur/3"})) == []
