"""Where a verdict differs on purpose from the one that the published validator cases ask for."""

import pytest
from tests.kernel.fhir.validation.profiles import Json, found, judged, profile

ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}


def test_a_modifier_extension_that_nobody_here_defines_is_a_warning_not_an_error() -> None:
    report = judged({"resourceType": "Patient", "modifierExtension": [{"url": "https://a.test/b", "valueCode": "c"}]})
    assert report.valid
    assert found(report, "warning") == [("Patient.modifierExtension[0]", "FHIR R4 extensibility.html")]


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "_gender": {"extension": [ABSENT]}},
        {"resourceType": "CareTeam", "participant": [{"onBehalfOf": {"display": "Une équipe"}}]},
        {"resourceType": "Patient", "address": [{"period": {"start": "2024-05-02", "end": "2024-05-02T08:00:00Z"}}]},
        {"resourceType": "Patient", "extension": [{"url": "https://exemple.test/inconnue", "valueCode": "a"}]},
    ],
    ids=[
        "an extension stands for the value of a required binding",
        "onBehalfOf without member, which R4 allows",
        "a period from a day to an hour of that day, which are not ordered",
        "an extension that nobody here defines",
    ],
)
def test_what_r4_itself_allows_is_no_fault(resource: Json) -> None:
    assert found(judged(resource), "error", "warning") == []


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"managingOrganization": {"reference": "XXX/_history/2"}}, "managingOrganization.reference"),
        (
            {"managingOrganization": {"reference": "urn:uuid:5a9d3b76-6a2e-4f0e-9d6c-0c4a3a1f"}},
            "managingOrganization.reference",
        ),
        ({"photo": [{"contentType": "image/png", "data": "…"}]}, "photo[0].data"),
    ],
    ids=["a reference of no form", "an identifier that is too short", "data that is not base64"],
)
def test_what_r4_gives_a_form_to_has_it(members: Json, place: str) -> None:
    assert [where for where, _ in found(judged({"resourceType": "Patient", **members}))] == [f"Patient.{place}"]


def test_the_type_that_the_text_of_a_reference_tells_is_judged_though_it_is_not_here() -> None:
    base = "http://hl7.org/fhir/StructureDefinition/"
    patients = [{"code": "Reference", "targetProfile": [base + "Patient"]}]
    asks = profile("Observation", {"id": "Observation.subject", "type": patients})
    resource = {"resourceType": "Observation", "status": "final", "code": {"text": "pouls"}}
    assert found(judged({**resource, "subject": {"reference": "Group/1"}}, asks)) == [
        ("Observation.subject", "Observation.subject")
    ]
    assert found(judged({**resource, "subject": {"reference": "Patient/1"}}, asks)) == []


def test_a_vital_sign_is_judged_by_the_profile_that_it_claims_and_by_no_other() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}
    resource: Json = {"resourceType": "Observation", "status": "final", "code": code}
    assert found(judged(resource)) == []
    assert found(judged({**resource, "meta": {"profile": ["http://hl7.org/fhir/StructureDefinition/bodytemp"]}})) != []
