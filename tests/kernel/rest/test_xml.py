"""FHIR XML over HTTP: every interaction takes it and answers it. Source: FHIR R4 http.html#mime-type, xml.html."""

from typing import Any

import httpx
import pytest
from lxml import etree
from tests.kernel.rest.support import PATIENT, Fhir

from socle.kernel.fhir import xml

XML = "application/fhir+xml"
ASK = {"accept": XML}
SEND = {"content-type": XML, "accept": XML}


def resource(answer: httpx.Response) -> dict[str, Any]:
    """The resource in an XML answer."""
    assert answer.headers["content-type"] == f"{XML};charset=utf-8"
    return xml.read(answer.content).resource


async def test_a_resource_written_in_xml_is_read_in_both_forms(fhir: Fhir) -> None:
    sent = {
        **PATIENT,
        "id": "p",
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">é</div>'},
    }
    created = await fhir.put("Patient/p", xml.write(sent), headers=SEND)
    assert (created.status_code, resource(created)["name"]) == (201, PATIENT["name"])
    in_json, in_xml = await fhir.get("Patient/p"), await fhir.get("Patient/p", headers=ASK)
    assert in_json.json() == resource(in_xml)
    assert in_json.json()["text"] == sent["text"]


@pytest.mark.parametrize("media", ["application/xml", "text/xml; charset=UTF-8", "application/xml+fhir"])
async def test_other_names_of_xml_are_understood(fhir: Fhir, media: str) -> None:
    answer = await fhir.post("Patient", xml.write(PATIENT), headers={"content-type": media})
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/fhir+json;charset=utf-8")


@pytest.mark.parametrize("value", ["xml", "application/fhir%2Bxml", "application/fhir+xml"])
async def test_format_in_the_url_wins(fhir: Fhir, value: str) -> None:
    await fhir.put("Patient/p", {**PATIENT, "id": "p"})
    answer = await fhir.get(f"Patient/p?_format={value}&_pretty=true")
    assert resource(answer)["birthDate"] == PATIENT["birthDate"]
    assert b'\n  <birthDate value="1980-02-29"/>' in answer.content


async def test_searches_histories_and_capabilities_in_xml(fhir: Fhir) -> None:
    await fhir.put("Patient/p", {**PATIENT, "id": "p"})
    found = resource(await fhir.get("Patient?family=Dupont", headers=ASK))
    assert found["entry"][0]["resource"]["name"] == PATIENT["name"]
    assert resource(await fhir.get("Patient/p/_history", headers=ASK))["entry"][0]["request"]["method"] == "PUT"
    assert resource(await fhir.get("Patient/p/_history/1", headers=ASK))["id"] == "p"
    assert "application/fhir+xml" in resource(await fhir.get("metadata", headers=ASK))["format"]


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_bundles_in_xml(fhir: Fhir, kind: str) -> None:
    reference = {"reference": "urn:uuid:aaaaaaaa-0000-4000-8000-000000000001"}
    entries = [
        {"fullUrl": reference["reference"], "resource": PATIENT, "request": {"method": "POST", "url": "Patient"}},
        {
            "resource": {"resourceType": "Basic", "code": {"text": "x"}, "subject": reference},
            "request": {"method": "POST", "url": "Basic"},
        },
    ]
    sent = {"resourceType": "Bundle", "type": kind, "entry": entries[: 2 if kind == "transaction" else 1]}
    text = xml.write(sent).replace(b"urn:uuid", b"&#117;rn:uuid")  # a reference may be written in any way
    answer = resource(await fhir.post("", text, headers=SEND))
    assert [entry["response"]["status"] for entry in answer["entry"]] == ["201 Created"] * len(sent["entry"])
    if kind == "transaction":
        basic = (await fhir.get("Basic")).json()["entry"][0]["resource"]
        assert basic["subject"]["reference"].startswith("Patient/id-")


async def test_a_refusal_is_an_operation_outcome_in_xml(fhir: Fhir) -> None:
    answer = await fhir.get("Patient/nobody", headers=ASK)
    assert (answer.status_code, resource(answer)["issue"][0]["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'<Patient xmlns="http://hl7.org/fhir">', "ligne 1"),
        (b'<Patient xmlns="http://hl7.org/fhir">\n <gendre value="male"/></Patient>', "ligne 2, colonne 2"),
        (b'<Patient xmlns="http://hl7.org/fhir"><gender value="homme"/></Patient>', "homme"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><Patient xmlns="http://hl7.org/fhir"/>', "DOCTYPE"),
        (b'{"resourceType":"Patient"}', "ligne 1"),
    ],
)
async def test_bad_xml_is_refused_and_nothing_stored(fhir: Fhir, text: bytes, said: str) -> None:
    answer = await fhir.post("Patient", text, headers=SEND)
    assert (answer.status_code, said in resource(answer)["issue"][0]["diagnostics"]) == (400, True)
    assert await fhir.versions() == 0


async def test_comments_that_are_left_out_are_told(fhir: Fhir) -> None:
    text = xml.write(PATIENT).replace(b"<birthDate", b"<!-- sure? --><birthDate")
    answer = await fhir.post("Patient", text, headers=SEND)
    assert (answer.status_code, "1 comments" in answer.headers["warning"]) == (201, True)


async def test_what_xml_cannot_carry_is_offered_in_json_only(fhir: Fhir) -> None:
    await fhir.put("Patient/p", {**PATIENT, "id": "p", "name": [{"text": "a\ufffe"}]})
    assert (await fhir.get("Patient/p")).status_code == 200
    answer = await fhir.get("Patient/p", headers=ASK)
    assert (answer.status_code, "U+FFFE" in resource(answer)["issue"][0]["diagnostics"]) == (406, True)


async def test_other_readers_of_xml_read_it(fhir: Fhir) -> None:
    await fhir.put("Patient/p", {**PATIENT, "id": "p"})
    root = etree.fromstring((await fhir.get("Patient/p", headers=ASK)).content)
    assert root.tag == "{http://hl7.org/fhir}Patient"
    assert root.findtext("{*}birthDate") is not None
