"""The identity desk over FHIR: what one may write, what one must ask for, and how a refusal reads."""

import base64
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from tests.foundations.ins.support import AGENT, STRANGER, DeskUnderTest

from socle.foundations.ins import actions, datamatrix
from socle.foundations.ins.api import ENDPOINT
from socle.foundations.ins.model import Attribut, Piece, TypeDocument, VersionFRCore
from socle.foundations.ins.store import fr_core
from socle.kernel.policy import ANONYMOUS, Actor
from socle.kernel.rest.pipeline import fhir_app

Json = dict[str, Any]
URL = "http://test/ins/fhir"
ZOE_NIR = "275126322074974"

PATIENT: Json = {
    "resourceType": "Patient",
    "extension": [
        {
            "url": fr_core.BIRTH_PLACE,
            "valueAddress": {
                "extension": [
                    {"url": fr_core.INSEE_CODE, "valueCoding": {"system": fr_core.COMMUNE, "code": "63220"}},
                ]
            },
        }
    ],
    "name": [{"use": "official", "family": "Adrun", "given": ["Zoé"]}],
    "telecom": [{"system": "phone", "value": "0473000000"}],
    "gender": "female",
    "birthDate": "1975-12-31",
}


class Keys:
    """`Bearer agent`, `Bearer stranger`."""

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        return {"Bearer agent": AGENT, "Bearer stranger": STRANGER}.get(headers.get("authorization", ""), ANONYMOUS)


@pytest.fixture
async def http(house: DeskUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an agent's key."""
    app = fhir_app(
        ENDPOINT, house.desk.repository, authenticator=Keys(), clock=lambda: house.now, secret=b"secret of the test"
    )
    headers = {"authorization": "Bearer agent", "content-type": "application/fhir+json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL, headers=headers) as client:
        yield client


async def created(http: httpx.AsyncClient, resource: Json = PATIENT) -> Json:
    response = await http.post("/Patient", json=resource)
    assert response.status_code == 201, response.text
    found: Json = response.json()
    return found


def rule(response: httpx.Response) -> str:
    issue = response.json()["issue"][0]
    return str(issue["details"]["text"])


def status(patient: Json) -> str:
    parts = next(e for e in patient["extension"] if e["url"] == fr_core.RELIABILITY)["extension"]
    return str(next(p for p in parts if p["url"] == "identityStatus")["valueCoding"]["code"])


def parameter(response: httpx.Response, name: str) -> Any:
    assert response.status_code == 200, response.text
    found = next(p for p in response.json()["parameter"] if p["name"] == name)
    return next(value for key, value in found.items() if key != "name")


async def qualified(http: httpx.AsyncClient) -> Json:
    patient = await created(http)
    await http.post(f"/Patient/{patient['id']}/$insi")
    response = await http.post(f"/Patient/{patient['id']}/$record-document?document=CN")
    assert status(response.json()) == "QUAL"
    found: Json = response.json()
    return found


async def test_a_patient_posted_becomes_a_provisional_identity(http: httpx.AsyncClient) -> None:
    patient = await created(http)
    assert status(patient) == "PROV"
    assert patient["meta"]["profile"] == [fr_core.PATIENT_INS]
    official = patient["name"][0]
    assert (official["family"], official["given"]) == ("ADRUN", ["ZOE"])
    assert official["extension"] == [{"url": fr_core.GIVEN_NAMES, "valueString": "ZOE"}]
    assert [i["type"]["coding"][0]["code"] for i in patient["identifier"]] == ["PI"]
    assert patient["telecom"] == PATIENT["telecom"]


async def test_the_walk_to_a_qualified_identity(http: httpx.AsyncClient) -> None:
    patient = await created(http)
    insi = await http.post(f"/Patient/{patient['id']}/$insi")
    assert (parameter(insi, "code"), parameter(insi, "status")) == ("00", "RECUP")
    assert ZOE_NIR not in insi.text
    done = await http.post(f"/Patient/{patient['id']}/$record-document", json=_parameters(document="CN"))
    assert status(done.json()) == "QUAL"
    identifier = done.json()["identifier"][0]
    assert identifier == {
        "use": "official",
        "type": {"coding": [{"system": fr_core.V2_0203, "code": "INS-NIR"}]},
        "system": "urn:oid:1.2.250.1.213.1.4.8",
        "value": ZOE_NIR,
    }


async def test_an_ins_is_found_by_its_identifier_once_qualified(http: httpx.AsyncClient) -> None:
    patient = await created(http)
    await http.post(f"/Patient/{patient['id']}/$insi")
    search = f"/Patient?identifier=urn:oid:1.2.250.1.213.1.4.8|{ZOE_NIR}&_total=accurate"
    assert (await http.get(search)).json()["total"] == 0
    await http.post(f"/Patient/{patient['id']}/$record-document?document=CN")
    assert (await http.get(search)).json()["total"] == 1


@pytest.mark.parametrize(("asked", "total"), [("PROV", 1), ("QUAL", 1), ("VALI", 0), ("DOUT", 1)])
async def test_identities_are_found_by_status_and_attribute(
    house: DeskUnderTest, http: httpx.AsyncClient, asked: str, total: int
) -> None:
    await qualified(http)
    doubtful = await created(http, {**PATIENT, "name": [{"use": "official", "family": "Autre", "given": ["Zoé"]}]})
    await http.post(f"/Patient/{doubtful['id']}/$attribute?attribute=DOUT")
    response = await http.get(f"/Patient?identity-status={asked}&_total=accurate")
    assert response.json()["total"] == total


def _claim(code: str) -> Json:
    part = {"url": "identityStatus", "valueCoding": {"system": fr_core.V2_0445, "code": code}}
    return {"url": fr_core.RELIABILITY, "extension": [part]}


INS: Json = {"use": "official", "system": "urn:oid:1.2.250.1.213.1.4.8", "value": ZOE_NIR}


@pytest.mark.parametrize(
    ("forged", "expected"),
    [
        ({"extension": [*PATIENT["extension"], _claim("QUAL")]}, "RNIV EXI SI 07"),
        ({"extension": [*PATIENT["extension"], _claim("VALI")]}, "RNIV EXI SI 07"),
        ({"extension": [*PATIENT["extension"], _claim("DOUT")]}, "RNIV EXI SI 09"),
        ({"identifier": [INS]}, "RNIV EXI SI 08"),
        ({"identifier": [INS], "extension": [*PATIENT["extension"], _claim("VALI")]}, "RNIV EXI SI 08"),
    ],
)
async def test_a_status_a_matricule_or_an_attribute_cannot_be_written(
    http: httpx.AsyncClient, forged: Json, expected: str
) -> None:
    response = await http.post("/Patient", json={**PATIENT, **forged})
    assert response.status_code == 422
    assert rule(response) == expected
    assert "$" in response.json()["issue"][0]["diagnostics"]  # it names the operation to use
    assert (await http.get("/Patient?_total=accurate")).json()["total"] == 0


@pytest.mark.parametrize("method", ["put", "patch", "transaction"])
async def test_no_way_of_writing_forges_a_status(http: httpx.AsyncClient, method: str) -> None:
    patient = await created(http)
    forged = {**patient, "extension": [_claim("QUAL"), PATIENT["extension"][0]]}
    match method:
        case "put":
            response = await http.put(f"/Patient/{patient['id']}", json=forged)
        case "patch":
            path = "/extension/0/extension/1/valueCoding/code"
            response = await http.patch(
                f"/Patient/{patient['id']}",
                json=[{"op": "replace", "path": path, "value": "QUAL"}],
                headers={"content-type": "application/json-patch+json"},
            )
        case _:
            request = {"method": "PUT", "url": f"Patient/{patient['id']}"}
            bundle = {
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [{"resource": forged, "request": request}],
            }
            response = await http.post("/", json=bundle)
    assert response.status_code == 422, response.text
    assert status((await http.get(f"/Patient/{patient['id']}")).json()) == "PROV"


async def test_a_qualified_patient_read_and_put_back_stays_qualified(http: httpx.AsyncClient) -> None:
    patient = await qualified(http)
    patient["telecom"] = [{"system": "phone", "value": "0600000000"}]
    response = await http.put(f"/Patient/{patient['id']}", json=patient)
    assert response.status_code == 200, response.text
    assert status(response.json()) == "QUAL"
    assert response.json()["identifier"][0]["value"] == ZOE_NIR
    assert response.json()["telecom"][0]["value"] == "0600000000"


async def test_what_a_put_does_not_say_of_the_status_is_kept(http: httpx.AsyncClient) -> None:
    patient = await qualified(http)
    official = patient["name"]
    response = await http.put(f"/Patient/{patient['id']}", json={**PATIENT, "id": patient["id"], "name": official})
    assert response.status_code == 200, response.text
    assert status(response.json()) == "QUAL"
    assert response.json()["identifier"][0]["value"] == ZOE_NIR


async def test_a_strict_trait_of_a_qualified_patient_is_changed_by_an_operation_only(http: httpx.AsyncClient) -> None:
    patient = await qualified(http)
    changed = {**patient, "birthDate": "1976-01-01"}
    refused = await http.put(f"/Patient/{patient['id']}", json=changed)
    assert refused.status_code == 422
    assert "$correct" in refused.json()["issue"][0]["diagnostics"]
    response = await http.post(f"/Patient/{patient['id']}/$correct", json=changed)
    assert response.status_code == 200, response.text
    assert status(response.json()) == "PROV"
    assert ZOE_NIR not in response.text


async def test_a_strict_trait_of_a_provisional_patient_may_be_changed(http: httpx.AsyncClient) -> None:
    patient = await created(http)
    response = await http.put(f"/Patient/{patient['id']}", json={**patient, "birthDate": "1976-01-01"})
    assert (response.status_code, response.json()["birthDate"]) == (200, "1976-01-01")


async def test_what_the_desk_does_not_manage_is_kept(http: httpx.AsyncClient) -> None:
    place = {
        "url": fr_core.BIRTH_PLACE,
        "valueAddress": {
            "extension": [{"url": fr_core.INSEE_CODE, "valueCoding": {"system": fr_core.COMMUNE, "code": "63220"}}],
            "city": "Mazoires-le-Vieux",
        },
    }
    time = {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime", "valueDateTime": "1975-12-31T04:00:00Z"}
    sent = {
        **PATIENT,
        "extension": [{"url": "https://example.org/other", "valueString": "kept"}, place],
        "name": [
            {"use": "official", "family": "Adrun", "given": ["Zoé"], "prefix": ["Dr"]},
            {"use": "usual", "family": "Martin"},
            {"use": "usual", "family": "Durand"},
            {"use": "nickname", "text": "Zozo"},
        ],
        "_birthDate": {"extension": [time]},
        "contact": [{"name": {"family": "Adrun"}}],
        "identifier": [{"system": "https://hopital.example/ipp", "value": "42"}],
    }
    patient = await created(http, sent)
    await http.post(f"/Patient/{patient['id']}/$record-document?document=CN")
    after = (await http.get(f"/Patient/{patient['id']}")).json()
    assert {"url": "https://example.org/other", "valueString": "kept"} in after["extension"]
    assert any(e.get("valueAddress", {}).get("city") == "Mazoires-le-Vieux" for e in after["extension"])
    assert after["name"][0]["prefix"] == ["Dr"]
    assert after["name"][1:] == sent["name"][1:]
    assert after["_birthDate"] == sent["_birthDate"]
    assert after["contact"] == sent["contact"]
    assert sent["identifier"][0] in after["identifier"]


async def test_a_social_security_number_is_no_way_around(http: httpx.AsyncClient) -> None:
    nss = {"type": {"coding": [{"code": "NH"}]}, "system": "urn:oid:1.2.250.1.213.1.4.8", "value": ZOE_NIR}
    response = await http.post("/Patient", json={**PATIENT, "identifier": [nss]})
    assert (response.status_code, rule(response)) == (422, "RNIV EXI SI 08")


@pytest.mark.parametrize(
    ("oid", "rules"),
    [("8", ["INS §1 matricule"]), ("9", ["INS §1 matricule"]), ("10", ["RNIV EXI SI 08", "INS §1 matricule"])],
)
async def test_a_wrong_key_is_refused_in_production_and_told_in_tests(
    http: httpx.AsyncClient, oid: str, rules: list[str]
) -> None:
    wrong = {"system": f"urn:oid:1.2.250.1.213.1.4.{oid}", "value": "181016322075142"}
    response = await http.post("/Patient", json={**PATIENT, "identifier": [wrong]})
    issues = response.json()["issue"]
    assert response.status_code == 422
    assert [issue["details"]["text"] for issue in issues] == rules
    assert (issues[-1]["severity"] == "warning") is (oid == "10")


async def test_every_missing_trait_is_named_with_its_expression(http: httpx.AsyncClient) -> None:
    response = await http.post("/Patient", json={"resourceType": "Patient", "name": [{"text": "Zoé"}]})
    assert response.status_code == 422
    expressions = {issue["expression"][0] for issue in response.json()["issue"]}
    assert expressions == {
        "Patient.name.where(use = 'official').family",
        "Patient.name.where(use = 'official').given",
        "Patient.gender",
        "Patient.birthDate",
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"gender": "other"}, "Patient.gender"),
        ({"birthDate": "1700-01-01"}, "Patient.birthDate"),
        ({"birthDate": "2150-01-01"}, "Patient.birthDate"),
        (
            {"name": [{"use": "official", "family": "Adrun3", "given": ["Zoé"]}]},
            "Patient.name.where(use = 'official').family",
        ),
        (
            {"name": [{"use": "official", "family": "Adrun", "given": ["Zoé 2"]}]},
            "Patient.name.where(use = 'official').given",
        ),
    ],
)
async def test_a_trait_that_cannot_be_is_named_with_its_expression(
    http: httpx.AsyncClient, wrong: Json, field: str
) -> None:
    response = await http.post("/Patient", json={**PATIENT, **wrong})
    assert response.status_code in (400, 422)
    assert field in [one for issue in response.json()["issue"] for one in issue["expression"]]


async def test_a_birth_is_not_put_off_to_the_future(http: httpx.AsyncClient) -> None:
    patient = await created(http)
    later = {**patient, "birthDate": "2150-01-01"}
    assert (await http.put(f"/Patient/{patient['id']}", json=later)).status_code == 422
    assert (await http.post(f"/Patient/{patient['id']}/$correct", json=later)).status_code == 422
    assert (await http.get(f"/Patient/{patient['id']}")).json()["birthDate"] == "1975-12-31"


async def test_a_qualified_identity_is_not_deleted(http: httpx.AsyncClient) -> None:
    patient = await qualified(http)
    assert (await http.delete(f"/Patient/{patient['id']}")).status_code == 422
    other = await created(http, {**PATIENT, "birthDate": "1976"})
    assert (await http.delete(f"/Patient/{other['id']}")).status_code == 204


async def test_an_incomplete_birth_date_is_completed_and_remembered(http: httpx.AsyncClient) -> None:
    patient = await created(http, {**PATIENT, "birthDate": "1976"})
    assert patient["birthDate"] == "1976-12-31"
    assert patient["_birthDate"]["extension"] == [{"url": fr_core.LUNAR_DATE, "valueString": "1976-00-00"}]
    again = await http.put(f"/Patient/{patient['id']}", json=patient)
    assert again.json()["_birthDate"] == patient["_birthDate"]


async def test_the_driving_licence_is_refused(http: httpx.AsyncClient) -> None:
    patient = await created(http)
    response = await http.post(f"/Patient/{patient['id']}/$record-document?document=PC")
    assert (response.status_code, rule(response)) == (422, "RNIV 3.3.2")


@pytest.mark.parametrize(
    "path",
    ["$record-document", "$record-document?document=XX", "$attribute", "$attribute?attribute=RIEN", "$insi?version=un"],
)
async def test_wrong_arguments_are_explained(http: httpx.AsyncClient, path: str) -> None:
    patient = await created(http)
    response = await http.post(f"/Patient/{patient['id']}/{path}")
    assert response.status_code == 400, response.text
    assert response.json()["issue"][0]["diagnostics"]


async def test_a_preview_of_insi_changes_nothing(http: httpx.AsyncClient) -> None:
    patient = await created(http)
    response = await http.post(f"/Patient/{patient['id']}/$insi?preview=true")
    assert parameter(response, "status") == "PROV"
    assert (await http.get(f"/Patient/{patient['id']}")).json()["meta"]["versionId"] == "1"


async def test_verify_and_detach(house: DeskUnderTest, http: httpx.AsyncClient) -> None:
    patient = await qualified(http)
    verified = await http.post(f"/Patient/{patient['id']}/$verify")
    assert parameter(verified, "result") is True
    detached = await http.post(f"/Patient/{patient['id']}/$detach", json=_parameters(reason="collision"))
    assert status(detached.json()) == "VALI"
    assert ZOE_NIR not in detached.text


async def test_the_datamatrix_of_a_qualified_identity_is_read_back(http: httpx.AsyncClient) -> None:
    patient = await qualified(http)
    png = (await http.get(f"/Patient/{patient['id']}/$datamatrix?format=png")).json()
    assert png["contentType"] == "image/png"
    text = datamatrix.read_png(base64.b64decode(png["data"]))
    assert ZOE_NIR in text
    body = {"resourceType": "Binary", "contentType": "image/png", "data": png["data"]}
    seen = await http.post("/Patient/$read-datamatrix", json=body)
    assert parameter(seen, "matricule") == ZOE_NIR
    svg = (await http.get(f"/Patient/{patient['id']}/$datamatrix")).json()
    assert base64.b64decode(svg["data"]).startswith(b"<svg")


async def test_the_datamatrix_of_another_identity_is_refused(http: httpx.AsyncClient) -> None:
    patient = await created(http)
    response = await http.get(f"/Patient/{patient['id']}/$datamatrix")
    assert (response.status_code, rule(response)) == (422, "RNIV EXI SI 08")


@pytest.mark.parametrize("data", ["", "AAAA", "Zm9v", base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50).decode()])
async def test_an_image_that_is_none_is_explained(http: httpx.AsyncClient, data: str) -> None:
    body = {"resourceType": "Binary", "contentType": "image/png", **({"data": data} if data else {})}
    response = await http.post("/Patient/$read-datamatrix", json=body)
    assert response.status_code == 400
    assert "Datamatrix illisible" in response.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("changes", "grade"),
    [
        ({}, "certain"),
        ({"name": [{"use": "official", "family": "Adrun", "given": ["Zoé", "Marie"]}]}, "probable"),
        ({"birthDate": "1975-12-30"}, "possible"),
        ({"birthDate": "1975-12-30", "gender": "male"}, None),
    ],
)
async def test_a_person_who_is_here_already_is_found(http: httpx.AsyncClient, changes: Json, grade: str | None) -> None:
    patient = await created(http)
    response = await http.post("/Patient/$match", json={**PATIENT, **changes})
    assert response.status_code == 200, response.text
    entries = response.json().get("entry", [])
    assert [e["search"]["extension"][0]["valueCode"] for e in entries] == ([grade] if grade else [])
    assert all(e["resource"]["id"] == patient["id"] for e in entries)


@pytest.mark.parametrize(("key", "expected"), [("", 401), ("Bearer stranger", 403)])
async def test_nobody_asks_without_the_right(http: httpx.AsyncClient, key: str, expected: int) -> None:
    patient = await created(http)
    for path in (f"/Patient/{patient['id']}/$insi", f"/Patient/{patient['id']}/$record-document?document=CN"):
        assert (await http.post(path, headers={"authorization": key})).status_code == expected


async def test_the_capability_statement_declares_profiles_operations_and_the_search(http: httpx.AsyncClient) -> None:
    response = await http.get("/metadata", headers={"authorization": ""})
    resource = response.json()["rest"][0]["resource"][0]
    assert fr_core.PATIENT_INS in resource["supportedProfile"]
    assert {"insi", "verify", "record-document", "attribute", "datamatrix"} <= {
        o["name"] for o in resource["operation"]
    }
    assert "identity-status" in {p["name"] for p in resource["searchParam"]}


@pytest.mark.parametrize("version", VersionFRCore)
async def test_each_version_of_fr_core_is_written_and_read_back(house: DeskUnderTest, version: VersionFRCore) -> None:
    desk = house.writing(version)
    dossier = await house.zoe()
    await actions.set_attribute(desk, dossier.id, Attribut.HOMA, **house.who)
    await actions.record_document(desk, dossier.id, Piece(TypeDocument.CN), **house.who)
    saved, _ = await actions.retrieve(desk, dossier.id, **house.who)
    assert await actions.read_identity(desk, dossier.id, **house.who) == saved


def _parameters(**values: str) -> Json:
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": name, "valueString": value} for name, value in values.items()],
    }
