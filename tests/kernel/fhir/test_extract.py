"""What search expressions find, by hand and against an independent FHIRPath interpreter."""

import functools
import re
from decimal import Decimal
from typing import Any

import fhirpathpy
import orjson
import pytest
from fhirpathpy.models import models
from tests.kernel.fhir.samples import Json, observation, patient, synthea_resources

from socle.kernel.fhir.definitions import SearchParameter, r4
from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.json import serialise
from socle.kernel.outcome import Problem


def find(expression: str, resource: Json) -> list[tuple[str, Any]]:
    return compiled(expression, resource["resourceType"])(resource)


def parameter(resource_type: str, name: str) -> SearchParameter:
    return r4().search_parameters(resource_type)[name]


# --- every parameter of R4 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource_type", r4().resource_types)
def test_every_search_parameter_compiles_and_runs_on_an_empty_resource(resource_type: str) -> None:
    empty = {"resourceType": resource_type}
    for found in r4().search_parameters(resource_type).values():
        values = compiled(found.expression, resource_type)(empty)
        assert values in ([], [("boolean", False)], [(resource_type, empty)]), found.name


def test_every_component_compiles_for_the_types_its_composite_finds() -> None:
    starts = {"useContext": "UsageContext", "Observation": "Observation"}
    for resource_type in r4().resource_types:
        for found in r4().search_parameters(resource_type).values():
            for component in found.components:
                for branch in found.expression.split(" | "):
                    compiled(component.expression, starts.get(branch.rsplit(".", 1)[-1], branch))


# --- forms of expressions ------------------------------------------------------------------------------------------


def test_a_path_finds_values_in_order_with_their_type() -> None:
    assert find("Patient.name.given", patient()) == [("string", "Dominique"), ("string", "Aimée")]
    assert find("Patient.birthDate", patient()) == [("date", "1955-06-13")]
    assert find("Patient.contact.name", patient()) == []


def test_a_null_in_an_array_is_no_value() -> None:
    assert find("Patient.name.given", patient(name=[{"given": [None, "Anne"]}])) == [("string", "Anne")]


def test_a_choice_finds_the_form_that_is_there() -> None:
    quantity = observation()["valueQuantity"]
    assert quantity["value"] == Decimal("1.10")
    for expression in (
        "Observation.value as Quantity",
        "Observation.value.as(Quantity)",
        "Observation.value.ofType(Quantity)",
    ):
        assert find(expression, observation()) == [("Quantity", quantity)]
    assert find("(Observation.value as string)", observation()) == []
    assert find("Observation.value", observation()) == [("Quantity", quantity)]
    assert find("Observation.effective", observation()) == [("dateTime", "2026-03-12T08:30:00+01:00")]


def test_a_path_goes_on_after_a_type() -> None:
    coded = observation(valueQuantity=..., valueCodeableConcept={"text": "oui"})
    expression = parameter("Observation", "value-string").expression
    assert find(expression, coded) == [("string", "oui")]
    assert find(expression, observation(valueQuantity=..., valueString="non")) == [("string", "non")]


def test_a_union_finds_each_branch() -> None:
    both = patient(name=[{"family": "A"}], address=[{"city": "B"}])
    assert find("Patient.name.family | Patient.address.city", both) == [("string", "A"), ("string", "B")]


def test_where_compares_with_a_literal() -> None:
    told = patient(telecom=[{"system": "email", "value": "a@b"}, {"system": "phone", "value": "1"}, {"value": "2"}])
    assert find("Patient.telecom.where(system='phone')", told) == [("ContactPoint", {"system": "phone", "value": "1"})]


@pytest.mark.parametrize(
    ("reference", "is_patient"),
    [
        ({"reference": "Patient/1"}, True),
        ({"reference": "Patient/1/_history/2"}, True),
        ({"reference": "https://example.org/fhir/Patient/1"}, True),
        ({"reference": "Patient?identifier=a/b"}, True),
        ({"reference": "#p"}, True),
        ({"identifier": {"value": "1"}, "type": "Patient"}, True),
        ({"reference": "urn:uuid:1", "type": "Patient"}, True),
        ({"reference": "Group/1"}, False),
        ({"reference": "#g"}, False),
        ({"reference": "urn:uuid:1"}, False),
        ({"reference": "https://example.org/Patient/"}, False),
        ({"identifier": {"value": "1"}}, False),
        ({"display": "Patient/1"}, False),
    ],
)
def test_resolve_is_tells_the_type_without_resolving(reference: Json, is_patient: bool) -> None:
    contained = [{"resourceType": "Patient", "id": "p"}, {"resourceType": "Group", "id": "g"}]
    found = find("Observation.subject.where(resolve() is Patient)", observation(subject=reference, contained=contained))
    assert found == ([("Reference", reference)] if is_patient else [])


@pytest.mark.parametrize(
    ("deceased", "said"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2020"}, True),
    ],
)
def test_deceased_is_a_question(deceased: Json, said: bool) -> None:
    expression = parameter("Patient", "deceased").expression
    assert find(expression, {**patient(deceasedBoolean=...), **deceased}) == [("boolean", said)]


def test_an_extension_stands_for_its_value() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/patient-extensions-Patient-mothersMaidenName"
    told = patient(extension=[{"url": "other", "valueString": "x"}, {"url": url, "valueString": "Martin"}])
    assert find(parameter("Patient", "mothersMaidenName").expression, told) == [("string", "Martin")]


def test_an_index_takes_one_value() -> None:
    first, second = {"resourceType": "Composition", "id": "1"}, {"resourceType": "Patient", "id": "2"}
    document = {"resourceType": "Bundle", "type": "document", "entry": [{"resource": first}, {"resource": second}]}
    assert find("Bundle.entry[0].resource", document) == [("Composition", first)]
    assert find("Bundle.entry[2].resource", document) == []


def test_a_nested_element_has_its_path_as_type() -> None:
    (found,) = find("Observation.component", observation())
    assert found[0] == "Observation.component"
    assert compiled("value.as(Quantity)", found[0])(found[1]) == [("Quantity", {"value": 128})]


def test_a_component_may_start_again_from_the_resource() -> None:
    sequence = {
        "resourceType": "MolecularSequence",
        "referenceSeq": {"chromosome": {"text": "1"}},
        "variant": [{"start": 3}],
    }
    extract = compiled("%resource.referenceSeq.chromosome", "MolecularSequence.variant")
    assert extract(sequence["variant"][0], sequence) == [("CodeableConcept", {"text": "1"})]  # type: ignore[index]


def test_an_item_with_an_extension_is_kept() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject"
    answer = [{"valueReference": {"reference": "Patient/1"}}]
    marked = {"linkId": "1", "extension": [{"url": url, "valueBoolean": True}], "answer": answer}
    response = {"resourceType": "QuestionnaireResponse", "item": [marked, {"linkId": "2", "answer": answer}]}
    found = find(parameter("QuestionnaireResponse", "item-subject").expression, response)
    assert found == [("Reference", {"reference": "Patient/1"})]


@pytest.mark.parametrize(
    "expression", ["Patient.nme", "Patient.name.first()", "Patient.", "Patient.name[", "Patient name", "1 +"]
)
def test_an_expression_that_is_not_understood_is_refused(expression: str) -> None:
    with pytest.raises(Problem, match="expression"):
        compiled(expression, "Patient")


# --- against the interpreter ---------------------------------------------------------------------------------------


@functools.cache
def interpreted(expression: str) -> Any:
    return fhirpathpy.compile(expression, models["r4"])


def comparable(values: list[Any]) -> list[str]:
    """What was found, in an order of its own, once each (FHIRPath's union keeps one of equals)."""
    return sorted({re.sub(r"\.0+(?=\D|$)", "", serialise(value).decode()) for value in values})


def plain(resource: Json) -> Json:
    """With floats for decimals: the interpreter knows no others."""
    read: Json = orjson.loads(serialise(resource))
    return read


def test_it_finds_what_a_fhirpath_interpreter_finds_on_synthea() -> None:
    seen: dict[str, int] = {}
    compared = 0
    for resource in synthea_resources(12):
        resource_type = resource["resourceType"]
        if seen.setdefault(resource_type, 0) == 2:
            continue
        seen[resource_type] += 1
        same = plain(resource)
        for found in r4().search_parameters(resource_type).values():
            if (
                "resolve()" in found.expression
                or ".extension(" in found.expression
                or "hasExtension" in found.expression
            ):
                continue  # where this module departs from FHIRPath on purpose
            ours = [value for _, value in compiled(found.expression, resource_type)(same)]
            theirs = interpreted(found.expression.replace("Resource.", f"{resource_type}."))(same)
            assert comparable(ours) == comparable(theirs), (resource_type, found.name, found.expression)
            compared += bool(ours)
    assert compared > 100
