"""The small compiler of search expressions and the complete engine find the same values."""

from typing import Any

from bench.micro_fhir import observation, patient
from tests.kernel.fhir.samples import synthea_resources

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.extract import compiled as extractor
from socle.kernel.fhir.fhirpath import Environment, compiled, resource_item


def compare(resource: dict[str, Any]) -> int:
    """How many values both found, the same ones in the same order, for all the search parameters of a resource."""
    type_ = resource["resourceType"]
    environment = Environment(resource=resource)
    count = 0
    for parameter in r4().search_parameters(type_).values():
        if ".extension(" in parameter.expression:
            continue  # for indexing, an extension at the end stands for its value
        indexed: list[Any] = []
        for _, value in extractor(parameter.expression, type_)(resource):
            if value not in indexed:
                indexed.append(value)
        found: list[Any] = []
        for item in compiled(parameter.expression, type_, strict=False).find(resource_item(resource), environment):
            if item[1] is not None and item[1] not in found:
                found.append(item[1])
        assert found == indexed, parameter.name
        count += len(found)
    return count


def test_both_find_the_same_in_french_samples() -> None:
    assert compare(patient()) > 20
    assert compare(observation()) > 10


def test_both_find_the_same_in_synthea() -> None:
    assert sum(compare(resource) for resource in synthea_resources(2)) > 1000
