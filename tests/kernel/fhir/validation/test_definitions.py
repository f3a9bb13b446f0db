"""Definitions that are validated: the FHIRPath that they carry, the elements that they name."""

from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import found, judged

Json = dict[str, Any]
EXPRESSION = "differential.element[1].constraint[0].expression"


def of_patient(*elements: Json, **more: Any) -> Json:
    """A profile as its author writes it."""
    return {
        "resourceType": "StructureDefinition",
        "url": "https://exemple.test/p",
        "name": "P",
        "status": "draft",
        "kind": "resource",
        "abstract": False,
        "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint",
        "differential": {"element": [{"id": "Patient", "path": "Patient"}, *elements]},
        **more,
    }


def element(path: str, **more: Any) -> Json:
    return {"id": path, "path": path, **more}


def asking(expression: str) -> Json:
    rule = {"key": "p-1", "severity": "error", "human": "Règle.", "expression": expression}
    return of_patient(element("Patient.name", constraint=[rule]))


@pytest.mark.parametrize("expression", ["family.exists()", "given.all($this.matches('[A-Z]'))", "%resource.id = 'a'"])
def test_a_rule_in_fhirpath_is_right(expression: str) -> None:
    report = judged(asking(expression))
    assert [*found(report), *found(report, "warning")] == []


def test_a_rule_that_is_no_fhirpath_is_an_error_at_its_place() -> None:
    assert found(judged(asking("family.exists("))) == [(f"StructureDefinition.{EXPRESSION}", "FHIR R4 fhirpath.html")]


def test_a_function_that_nobody_knows_is_a_warning() -> None:
    assert (f"StructureDefinition.{EXPRESSION}", "FHIR R4 fhirpath.html") in found(
        judged(asking("family.zut()")), "warning"
    )


def test_the_expression_of_a_search_parameter_is_read() -> None:
    parameter = {
        "resourceType": "SearchParameter",
        "url": "https://exemple.test/s",
        "name": "S",
        "status": "draft",
        "description": "d",
        "code": "s",
        "base": ["Patient"],
        "type": "string",
        "expression": "Patient.name.family | ",
    }
    assert found(judged(parameter)) == [("SearchParameter.expression", "FHIR R4 fhirpath.html")]
    assert found(judged({**parameter, "expression": "Patient.name.family"})) == []


@pytest.mark.parametrize(
    "path",
    [
        "Patient.name.given",
        "Patient.contact.name.family",
        "Patient.deceased[x]",
        "Patient.deceasedBoolean",
        "Patient.multipleBirthInteger.extension",
        "Patient.birthDate.extension.value[x]",
        "Patient.extension.extension.url",
        "Patient.contained.id",
        "Patient.contained.zut",
        "Patient.managingOrganization.identifier.system",
    ],
)
def test_elements_of_the_type_may_be_named(path: str) -> None:
    assert found(judged(of_patient(element(path)))) == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("Patient.zut", '"zut" is no element of Patient'),
        ("Patient.name.zut", '"zut" is no element of HumanName'),
        ("Patient.contact.zut.a", '"zut" is no element of Patient.contact'),
        ("Patient.deceasedString", '"deceasedString" is no element of Patient'),
    ],
)
def test_an_element_that_the_type_does_not_have_is_refused(path: str, said: str) -> None:
    report = judged(of_patient(element(path)))
    assert found(report) == [("StructureDefinition.differential.element[1].path", "ElementDefinition.path")]
    assert said in report.issues[0].text.en


def test_a_composite_search_parameter_has_the_parts_that_it_is_made_of() -> None:
    parts = [{"definition": "urn:x:a", "expression": "code"}, {"definition": "urn:x:b", "expression": "value"}]
    composite: Json = {
        "resourceType": "SearchParameter",
        "url": "urn:x:p",
        "name": "P",
        "status": "draft",
        "description": "…",
        "code": "p",
        "base": ["Observation"],
        "type": "composite",
        "expression": "Observation",
    }
    assert found(judged({**composite, "component": parts})) == []
    for some in ({}, {"component": parts[:1]}):
        assert found(judged({**composite, **some})) == [("SearchParameter.component", "SearchParameter.component")]


@pytest.mark.parametrize(
    ("name", "definition", "type_", "good"),
    [
        ("gender", "http://hl7.org/fhir/SearchParameter/individual-gender", "token", True),
        ("gender", "http://hl7.org/fhir/SearchParameter/individual-gender", "string", False),
        ("gender", "https://exemple.test/SearchParameter/genre", "string", True),
        ("genre", "http://hl7.org/fhir/SearchParameter/genre", "string", True),
    ],
)
def test_a_search_parameter_of_r4_has_the_type_that_it_has_there(
    name: str, definition: str, type_: str, good: bool
) -> None:
    parameter = {"name": name, "definition": definition, "type": type_}
    statement = {
        "resourceType": "CapabilityStatement",
        "status": "draft",
        "date": "2026-01-01",
        "kind": "requirements",
        "description": "…",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": [{"type": "Patient", "searchParam": [parameter]}]}],
    }
    place = "CapabilityStatement.rest[0].resource[0].searchParam[0].type"
    rule = "CapabilityStatement.rest.resource.searchParam.type"
    assert found(judged(statement)) == ([] if good else [(place, rule)])
