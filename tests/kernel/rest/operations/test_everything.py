"""$everything: all that concerns a patient, nothing of another's. FHIR R4 operation-patient-everything.html."""

from dataclasses import replace
from typing import Any

import pytest
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import ORGANIZATION, PATIENT, READ, SANDBOX, URL, Fhir, issue

from socle.kernel.rest.operations.everything import everything_operations


def observation(id: str, patient: str, on: str | None, **more: Any) -> dict[str, Any]:
    dated = {"effectiveDateTime": on} if on else {}
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"text": id},
        "subject": {"reference": f"Patient/{patient}"},
        **dated,
        **more,
    }


@pytest.fixture
async def fhir(serve: Serve) -> Fhir:
    fhir = serve(replace(SANDBOX, operations=everything_operations(READ)))
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    await fhir.put("Patient/other", {**PATIENT, "id": "other"})
    away = {
        "managingOrganization": {"reference": "Organization/o1"},
        "link": [{"other": {"reference": "Patient/other"}, "type": "seealso"}],
    }
    await fhir.put("Patient/me", {**PATIENT, "id": "me", **away})
    seen = [{"reference": "Observation/theirs"}]
    for one in (
        observation("theirs", "other", "2024-02-02"),
        observation("old", "me", "2020-05-05"),
        observation("new", "me", "2024-03-03", hasMember=seen),
        observation("undated", "me", None),
    ):
        await fhir.put(f"Observation/{one['id']}", one)
    return fhir


def ids(bundle: dict[str, Any]) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle["entry"]]


async def test_all_that_concerns_the_patient_and_what_it_refers_to(fhir: Fhir) -> None:
    assert ids((await fhir.get("Patient/me/$everything")).json()) == ["me", "old", "new", "undated", "o1"]


async def test_page_after_page(fhir: Fhir) -> None:
    seen: list[str] = []
    path: str | None = "Patient/me/$everything?_count=2"
    while path:
        page = (await fhir.get(path)).json()
        seen += ids(page)
        path = next((one["url"].removeprefix(f"{URL}/") for one in page["link"] if one["relation"] == "next"), None)
    assert seen == ["me", "old", "o1", "new", "undated"]


async def test_between_two_dates_what_has_no_date_stays(fhir: Fhir) -> None:
    assert ids((await fhir.get("Patient/me/$everything?start=2024")).json()) == ["me", "new", "undated", "o1"]
    assert ids((await fhir.get("Patient/me/$everything?end=2021-01&_type=Observation")).json()) == ["old", "undated"]


DATED: list[tuple[dict[str, Any], bool]] = [
    # (what it is, whether it concerns 2024)
    ({"resourceType": "ServiceRequest", "occurrencePeriod": {"start": "2023-12", "end": "2024-02"}}, True),
    ({"resourceType": "ServiceRequest", "occurrenceDateTime": "2023-12", "authoredOn": "2023-11"}, False),
    ({"resourceType": "ServiceRequest", "authoredOn": "2024-05"}, True),
    ({"resourceType": "MedicationStatement", "effectivePeriod": {"start": "2020", "end": "2025"}}, True),
    ({"resourceType": "MedicationStatement", "effectivePeriod": {"start": "2020", "end": "2021"}}, False),
    ({"resourceType": "Condition", "onsetDateTime": "2019"}, True),  # nothing says that it is over
    ({"resourceType": "Condition", "onsetDateTime": "2019", "abatementDateTime": "2022"}, False),
    ({"resourceType": "Condition", "onsetDateTime": "2019", "abatementDateTime": "2025"}, True),
    ({"resourceType": "Condition", "recordedDate": "2026"}, False),
    ({"resourceType": "Condition"}, True),  # when is unknown
    ({"resourceType": "Communication", "sent": "2023-12-30", "received": "2024-01-02"}, True),
    ({"resourceType": "Communication", "sent": "2025-01-01"}, False),
    ({"resourceType": "Account", "servicePeriod": {"start": "2024-06"}}, True),
    ({"resourceType": "RelatedPerson", "birthDate": "1950"}, True),  # a birth is no care
]
REQUIRED = {
    "ServiceRequest": {"status": "active", "intent": "order"},
    "MedicationStatement": {"status": "active", "medicationCodeableConcept": {"text": "a"}},
    "Communication": {"status": "completed"},
    "Account": {"status": "active"},
}


async def test_between_two_dates_each_type_by_its_own_dates(fhir: Fhir) -> None:
    me = {"reference": "Patient/me"}
    for number, (resource, _) in enumerate(DATED):
        of = resource["resourceType"]
        owner = {"Account": {"subject": [me]}, "RelatedPerson": {"patient": me}}.get(of, {"subject": me})
        sent = {**resource, **REQUIRED.get(of, {}), **owner, "id": f"d{number}"}
        answer = await fhir.put(f"{of}/d{number}", sent)
        assert answer.status_code == 201, answer.text
    types = ",".join(sorted({one["resourceType"] for one, _ in DATED}))
    found = set(ids((await fhir.get(f"Patient/me/$everything?start=2024&end=2024&_type={types}")).json()))
    assert found == {f"d{number}" for number, (_, within) in enumerate(DATED) if within}


async def test_since_and_by_post(fhir: Fhir) -> None:
    assert ids((await fhir.get("Patient/me/$everything?_since=2020-01-01&_type=Patient")).json()) == ["me", "o1"]
    asked = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueString": "Patient"}]}
    assert ids((await fhir.post("Patient/me/$everything", asked)).json()) == ["me", "o1"]
    asked["parameter"] = [{"name": "_typ", "valueString": "Patient"}]
    assert issue(await fhir.post("Patient/me/$everything", asked))["expression"] == ["Parameters.parameter[0]"]


async def test_it_leaves_a_trace_that_names_the_patient(fhir: Fhir) -> None:
    await fhir.get("Patient/me/$everything")
    event = (await fhir.events())[-1]
    assert event.concerns == ("Patient/me",)
    assert "Observation/new/_history/1" in event.entities


async def test_what_it_refuses(fhir: Fhir) -> None:
    assert (await fhir.get("Patient/nobody/$everything")).status_code == 404
    assert "start" in issue(await fhir.get("Patient/me/$everything?start=hier"))["expression"][0]
    page = (await fhir.get("Patient/me/$everything?_count=1")).json()
    following = next(one["url"] for one in page["link"] if one["relation"] == "next").removeprefix(f"{URL}/")
    assert (await fhir.get(following.replace("Patient/me", "Patient/other"))).status_code == 400
    assert (await fhir.as_("nobody").get("Patient/me/$everything")).status_code == 403
