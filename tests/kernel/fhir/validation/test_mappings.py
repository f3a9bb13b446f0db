"""Codes that a ConceptMap maps."""

from typing import Any

from tests.kernel.fhir.validation.profiles import found, judged

Json = dict[str, Any]
FROM, TO = "urn:x:depart", "urn:x:arrivee"


def system(url: str, *codes: str) -> Json:
    concepts = [{"code": code} for code in codes]
    return {"resourceType": "CodeSystem", "status": "draft", "url": url, "content": "complete", "concept": concepts}


def value_set(url: str, system_: str, *codes: str) -> Json:
    include = [{"system": system_, "concept": [{"code": code} for code in codes]}]
    return {"resourceType": "ValueSet", "status": "draft", "url": url, "compose": {"include": include}}


def concept_map(*pairs: tuple[str, str], **members: Any) -> Json:
    elements = [{"code": one, "target": [{"code": other, "equivalence": "equivalent"}]} for one, other in pairs]
    return {
        "resourceType": "ConceptMap",
        "status": "draft",
        "group": [{"source": FROM, "target": TO, "element": elements}],
        **members,
    }


HELD = (
    system(FROM, "a", "b"),
    system(TO, "x", "y"),
    value_set("urn:x:vs-depart", FROM, "a"),
    value_set("urn:x:vs-arrivee", TO, "x"),
)
SETS = {"sourceCanonical": "urn:x:vs-depart", "targetUri": "urn:x:vs-arrivee"}


def test_codes_that_are_mapped_are_in_the_value_sets_that_the_map_names() -> None:
    assert found(judged(concept_map(("a", "x"), **SETS), *HELD)) == []
    assert found(judged(concept_map(("a", "y"), ("b", "x"), **SETS), *HELD)) == [
        ("ConceptMap.group[0].element[1].code", "ConceptMap.source_x_"),
        ("ConceptMap.group[0].element[0].target[0].code", "ConceptMap.source_x_"),
    ]


def test_one_that_its_system_does_not_have_is_a_warning() -> None:
    report = judged(concept_map(("c", "x")), *HELD)
    assert report.valid
    assert ("ConceptMap.group[0].element[0].code", "ConceptMap.group.element.code") in found(report, "warning")
    assert found(judged(concept_map(("a", "y")), *HELD)) == []


def test_what_cannot_be_judged_is_told_once() -> None:
    report = judged(concept_map(("a", "x"), ("b", "y"), sourceCanonical="urn:x:absent"))
    unknown = [issue for issue in report.issues if issue.rule.endswith("ConceptMap.group.element.code")]
    assert [len(issue.expression) for issue in unknown] == [2, 2]
    assert {issue.severity for issue in unknown} == {"information"}
