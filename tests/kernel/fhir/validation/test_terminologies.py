"""What code systems and value sets say of themselves."""

from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import found, judged

Json = dict[str, Any]
CODES = [{"code": "a", "concept": [{"code": "b"}]}, {"code": "c"}]


def system(content: str, **members: Any) -> Json:
    return {"resourceType": "CodeSystem", "status": "draft", "url": "urn:x:cs", "content": content, **members}


@pytest.mark.parametrize(
    ("content", "members", "place"),
    [
        ("complete", {"count": 3, "concept": CODES}, ""),
        ("complete", {"count": 2, "concept": CODES}, "count"),
        ("fragment", {"count": 9, "concept": CODES}, ""),
        ("complete", {"count": 9, "concept": CODES, "compositional": True}, ""),
        ("not-present", {"count": 9}, ""),
        ("not-present", {"concept": CODES}, "content"),
        ("supplement", {"supplements": "urn:x:other", "concept": CODES}, ""),
        ("fragment", {"supplements": "urn:x:other", "concept": CODES}, "content"),
    ],
)
def test_what_a_code_system_says_of_its_codes_is_so(content: str, members: Json, place: str) -> None:
    assert [where for where, _ in found(judged(system(content, **members)))] == (
        [f"CodeSystem.{place}"] if place else []
    )


def test_a_property_that_is_defined_twice_is_a_warning() -> None:
    twice = [{"code": "parent", "type": "code"}, {"code": "parent", "type": "code"}]
    report = judged(system("complete", property=twice))
    assert report.valid
    assert ("CodeSystem.property[1].code", "CodeSystem.property.code") in found(report, "warning")


def test_the_properties_of_concepts_are_those_that_the_system_defines() -> None:
    def of(*properties: Json) -> Json:
        concept = {"code": "a", "concept": [{"code": "b", "property": list(properties)}]}
        return system("complete", property=[{"code": "rang", "type": "integer"}], concept=[concept])

    place = "CodeSystem.concept[0].concept[0].property[0]"
    assert found(judged(of({"code": "rang", "valueInteger": 1}))) == []
    assert found(judged(of({"code": "rang", "valueString": "1"}))) == [
        (f"{place}.value", "CodeSystem.concept.property.value_x_")
    ]
    report = judged(of({"code": "poids", "valueInteger": 1}))
    assert report.valid
    assert (f"{place}.code", "CodeSystem.property.code") in found(report, "warning")


@pytest.mark.parametrize(
    ("named", "severity"),
    [("urn:oid:1.2.3", ""), ("https://exemple.test/cs", ""), ("CodeSystem/cs", "error"), ("#cs", "warning")],
)
def test_a_value_set_names_its_systems_by_absolute_addresses(named: str, severity: str) -> None:
    value_set = {"resourceType": "ValueSet", "status": "draft", "compose": {"include": [{"system": named}]}}
    report = judged(value_set)
    told = [issue.severity for issue in report.issues if issue.expression == ("ValueSet.compose.include[0].system",)]
    assert told == ([severity] if severity else [])
