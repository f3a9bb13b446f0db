"""patch by JSON Patch, as FHIR R4 http.html#patch and RFC 6902 say."""

import asyncio
from base64 import b64encode

import pytest
from tests.kernel.rest.support import PATIENT, Fhir, issue

from socle.kernel.fhir import xml
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.written import again

P1 = {**PATIENT, "id": "p1"}


@pytest.fixture
async def patient(fhir: Fhir) -> Fhir:
    await fhir.put("Patient/p1", P1)
    return fhir


async def test_a_part_changes_and_the_rest_stays(patient: Fhir) -> None:
    answer = await patient.patch("Patient/p1", [{"op": "replace", "path": "/birthDate", "value": "1981-01-01"}])
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert answer.json()["birthDate"] == "1981-01-01"
    assert answer.json()["name"] == PATIENT["name"]


async def test_decimals_keep_their_digits(fhir: Fhir) -> None:
    created = await fhir.post(
        "Observation",
        b"""{"resourceType":"Observation","status":"final","code":{"text":"Poids"},
        "valueQuantity":{"value":1.10}}""",
    )
    patch = b'[{"op":"test","path":"/valueQuantity/value","value":1.1},{"op":"add","path":"/language","value":"fr"}]'
    answer = await fhir.patch(f"Observation/{created.json()['id']}", patch)
    assert answer.status_code == 200
    assert b'"value":1.10' in answer.content


async def test_a_test_that_fails_changes_nothing(patient: Fhir) -> None:
    answer = await patient.patch(
        "Patient/p1",
        [
            {"op": "replace", "path": "/gender", "value": "female"},
            {"op": "test", "path": "/birthDate", "value": "1900-01-01"},
        ],
    )
    assert (answer.status_code, issue(answer)["code"]) == (422, "processing")
    assert await patient.versions() == 1


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/gender"},
        {"op": "replace", "path": "/name/7/family", "value": "X"},
        {"op": "add", "path": "/name/x/family", "value": "X"},
        {"op": "move", "from": "/nothing", "path": "/gender"},
        {"op": "copy", "from": "/nothing", "path": "/gender"},
        {"op": "replace", "path": "/birthDate/x", "value": 1},
        {"op": "replace", "path": "/id", "value": "p2"},
        {"op": "replace", "path": "/resourceType", "value": "Group"},
        {"op": "replace", "path": "", "value": 3},
    ],
)
async def test_what_does_not_apply_is_refused(patient: Fhir, operation: dict[str, object]) -> None:
    answer = await patient.patch("Patient/p1", [operation])
    assert answer.status_code == 422
    assert await patient.versions() == 1


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"op": "remove", "path": "/gendre"}, "the resource has no “gendre”"),
        ({"op": "replace", "path": "/name/0/famly", "value": "X"}, "“/name/0” has no “famly”"),
        (
            {"op": "replace", "path": "/name/7/family", "value": "X"},
            "“/name” has 1 items, numbered from 0: “7” is none",
        ),
        ({"op": "copy", "from": "/nothing", "path": "/gender"}, "the resource has no “nothing”"),
        ({"op": "replace", "path": "/birthDate/x", "value": 1}, "“/birthDate” is a simple value"),
        ({"op": "test", "path": "/birthDate", "value": "1"}, "not the one that “test” expects"),
    ],
)
async def test_what_does_not_apply_says_where_it_leads_nowhere(
    patient: Fhir, operation: dict[str, object], said: str
) -> None:
    answer = await patient.patch("Patient/p1", [operation], headers={"accept-language": "en"})
    assert said in issue(answer)["diagnostics"]


async def test_the_result_must_be_legal(patient: Fhir) -> None:
    answer = await patient.patch("Patient/p1", [{"op": "add", "path": "/birthDate", "value": "1980-02-30"}])
    assert (answer.status_code, issue(answer)["expression"]) == (400, ["Patient.birthDate"])
    assert await patient.versions() == 1


@pytest.mark.parametrize(
    "patch",
    [
        {},
        [],
        [1],
        [{"op": "erase", "path": "/gender"}],
        [{"op": {}, "path": "/gender"}],
        [{"op": ["add"], "path": "/gender", "value": "male"}],
        [{"op": "add", "path": "/gender"}],
        [{"op": "add", "path": "gender", "value": "male"}],
        [{"op": "remove"}],
    ],
)
async def test_what_is_no_json_patch_is_refused(patient: Fhir, patch: object) -> None:
    answer = await patient.patch("Patient/p1", patch)
    assert (answer.status_code, issue(answer)["code"]) == (400, "structure")


async def test_copies_that_would_fill_the_memory_are_refused(patient: Fhir) -> None:
    doubling = [{"op": "copy", "from": "/name", "path": "/name/-"} for _ in range(40)]
    answer = await patient.patch("Patient/p1", doubling)
    assert (answer.status_code, issue(answer)["code"]) == (400, "too-costly")


async def test_if_match_protects_what_changed(patient: Fhir) -> None:
    patch = [{"op": "add", "path": "/gender", "value": "female"}]
    assert (await patient.patch("Patient/p1", patch, headers={"if-match": 'W/"2"'})).status_code == 412
    assert (await patient.patch("Patient/p1", patch, headers={"if-match": 'W/"1"'})).status_code == 200


async def test_what_is_not_there_cannot_be_patched(fhir: Fhir) -> None:
    patch = [{"op": "add", "path": "/gender", "value": "female"}]
    assert (await fhir.patch("Patient/p1", patch)).status_code == 404
    await fhir.put("Patient/p1", P1)
    await fhir.delete("Patient/p1")
    assert (await fhir.patch("Patient/p1", patch)).status_code == 410


async def test_other_kinds_of_patch_are_not_offered(patient: Fhir) -> None:
    for media in ("application/merge-patch+json", "text/plain", ""):
        answer = await patient.patch("Patient/p1", [], headers={"content-type": media})
        assert answer.status_code == 415


def fhirpath(path: str, value: dict[str, str]) -> dict[str, object]:
    """A FHIRPath Patch of one replacement."""
    part = [{"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": path}, {"name": "value", **value}]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}


BORN = fhirpath("Patient.birthDate", {"valueDate": "1981-01-01"})
BORN_XML = b"""<diff xmlns="http://hl7.org/fhir"><replace sel="Patient/birthDate/@value">1981-01-01</replace></diff>"""


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/fhir+json", BORN),
        ("application/fhir+xml", xml.write(BORN)),
        ("application/xml-patch+xml", BORN_XML),
    ],
)
async def test_fhirpath_and_xml_patches(patient: Fhir, media: str, body: object) -> None:
    answer = await patient.patch("Patient/p1", body, headers={"content-type": media})
    assert (answer.status_code, answer.json()["birthDate"]) == (200, "1981-01-01")
    stale = await patient.patch("Patient/p1", body, headers={"content-type": media, "if-match": 'W/"1"'})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("media", "body", "status"),
    [
        ("application/fhir+json", {"resourceType": "Patient"}, 400),
        ("application/fhir+json", fhirpath("Patient.photo", {"valueString": "x"}), 422),
        ("application/fhir+json", fhirpath("Patient.birthDate", {"valueDate": "1981-02-30"}), 400),
        ("application/fhir+json", fhirpath("Patient.", {"valueString": "x"}), 400),
        ("application/xml-patch+xml", b"<diff/>", 400),
        ("application/xml-patch+xml", b"<diff", 400),
        ("application/xml-patch+xml", BORN_XML.replace(b"1981-01-01", b"hier"), 400),
        ("application/xml-patch+xml", BORN_XML.replace(b"birthDate", b"photo"), 422),
    ],
)
async def test_a_patch_that_cannot_be_changes_nothing(patient: Fhir, media: str, body: object, status: int) -> None:
    answer = await patient.patch("Patient/p1", body, headers={"content-type": media})
    assert answer.status_code == status
    assert issue(answer)["diagnostics"]
    assert await patient.versions() == 1


@pytest.mark.parametrize("kind", ["batch", "transaction"])
@pytest.mark.parametrize(
    "resource",
    [
        BORN,
        {"resourceType": "Binary", "contentType": "application/xml-patch+xml", "data": b64encode(BORN_XML).decode()},
        {
            "resourceType": "Binary",
            "contentType": "application/json-patch+json",
            "data": b64encode(b'[{"op":"replace","path":"/birthDate","value":"1981-01-01"}]').decode(),
        },
    ],
)
async def test_patches_in_bundles(patient: Fhir, kind: str, resource: dict[str, object]) -> None:
    for url in ("Patient/p1", "Patient?family=Dupont"):
        entry = {"resource": resource, "request": {"method": "PATCH", "url": url}}
        answer = await patient.post("", {"resourceType": "Bundle", "type": kind, "entry": [entry]})
        assert answer.json()["entry"][0]["response"]["status"] == "200 OK"
    assert (await patient.get("Patient/p1")).json()["birthDate"] == "1981-01-01"


async def test_a_patch_in_a_bundle_is_a_parameters_or_a_binary(patient: Fhir) -> None:
    entry = {"resource": P1, "request": {"method": "PATCH", "url": "Patient/p1"}}
    answer = await patient.post("", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    assert (answer.status_code, "Parameters" in issue(answer)["diagnostics"]) == (400, True)


async def test_patches_at_the_same_time_are_all_kept(patient: Fhir) -> None:
    async def add(i: int) -> int:
        return (
            await patient.patch("Patient/p1", [{"op": "add", "path": "/name/-", "value": {"text": str(i)}}])
        ).status_code

    assert await asyncio.gather(*(add(i) for i in range(4))) == [200] * 4
    assert len((await patient.get("Patient/p1")).json()["name"]) == 5


async def test_by_criteria_the_one_found_is_patched(patient: Fhir) -> None:
    patch = [{"op": "add", "path": "/gender", "value": "female"}]
    answer = await patient.patch("Patient?family=Dupont", patch)
    assert (answer.status_code, answer.json()["gender"]) == (200, "female")


async def test_by_criteria_nothing_or_several_found_refuses(patient: Fhir) -> None:
    patch = [{"op": "add", "path": "/gender", "value": "female"}]
    assert (await patient.patch("Patient?family=Durand", patch)).status_code == 404
    await patient.put("Patient/p2", {**PATIENT, "id": "p2"})
    assert (await patient.patch("Patient?family=Dupont", patch)).status_code == 412


async def test_a_json_patch_under_another_name_is_told_its_own(patient: Fhir) -> None:
    patch = [{"op": "replace", "path": "/birthDate", "value": "1981-01-01"}]
    answer = await patient.patch("Patient/p1", patch, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "application/json-patch+json" in issue(answer)["diagnostics"]


async def test_patches_that_meet_all_pass(patient: Fhir) -> None:
    patch = [{"op": "add", "path": "/gender", "value": "female"}]
    answers = await asyncio.gather(*(patient.patch("Patient/p1", patch) for _ in range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["etag"] for answer in answers} == {f'W/"{version}"' for version in range(2, 18)}


@pytest.mark.parametrize(("nobody_named_one", "kind"), [(True, Kind.CONFLICT), (False, Kind.PRECONDITION_FAILED)])
async def test_a_version_that_nobody_named_is_no_precondition(nobody_named_one: bool, kind: Kind) -> None:
    async def late() -> Answer:
        raise Problem.of(Kind.PRECONDITION_FAILED, "trop tard", "too late")

    with pytest.raises(Problem) as caught:
        await again(late, nobody_named_one)
    assert caught.value.kind is kind
