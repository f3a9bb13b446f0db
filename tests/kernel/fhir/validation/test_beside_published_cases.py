"""Where a verdict differs on purpose from the one that the published validator cases ask for."""

import pytest
from tests.kernel.fhir.validation.profiles import Json, found, judged

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
    ],
    ids=["an extension stands for the value of a required binding", "onBehalfOf without member, which R4 allows"],
)
def test_what_r4_itself_allows_is_no_fault(resource: Json) -> None:
    assert found(judged(resource), "error", "warning", "information") == []
