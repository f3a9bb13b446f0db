"""Where an answer differs on purpose from the one that the published FHIRPath suite for R4 asks for."""

from decimal import Decimal
from typing import Any

import pytest
from tests.kernel.fhir.fhirpath.speaking import PATIENT, found, refused

DIFFERENT: dict[str, tuple[str, list[Any]]] = {
    "a path of another type finds nothing": ("Encounter.name.given", []),
    "order is that of the document": ("Patient.children().skip(100)", []),
    "a single item stands for true": ("iif('no boolean', 'a', 'b')", ["a"]),
    "is binds closer than union": ("1 | 1 is Integer", [1, True]),
    "a profile that nobody holds is not known": ("conformsTo('http://trash')", []),
    "a bound is beyond the value": ("0.0034.highBoundary(1)", [Decimal("0.1")]),
    "a bound below zero too": ("(-0.0034).lowBoundary(1)", [Decimal("-0.1")]),
    "an hour lasts sixty minutes": ("@2014-01-01T08.highBoundary(17)", ["2014-01-01T08:59:59.999-12:00"]),
    "a moment stays a moment": ("@2014-01-01T08.lowBoundary(8)", ["2014-01-01T"]),
    "a day of the calendar is no day of 24 hours": ("'1 day'.toQuantity() = 1 'd'", []),
    "nor a week": ("7 days = 1 'wk'", []),
    "seconds have decimals": (
        "@1973-12-25T00:00:00.000+10:00 + 0.1 's'",
        ["1973-12-25T00:00:00.100+10:00"],
    ),
    "a moment without an offset is here": ("@2012-04-15T15:00:00Z = @2012-04-15T10:00:00", [False]),
    "a code is a string": ("name.first().use.as(string)", ["official"]),
    "so does ofType": ("name.use.ofType(string)", ["official", "usual"]),
}


@pytest.mark.parametrize(("expression", "answer"), DIFFERENT.values(), ids=DIFFERENT)
def test_the_answer_is_that_of_n1(expression: str, answer: list[Any]) -> None:
    assert found(expression) == answer


REFUSED: dict[str, str] = {
    "a type that does not exist": "Patient.is(System.Patient)",
    "comparable": "1 'cm'.comparable(1 's')",
    "sort": "(3 | 2 | 1).sort()",
    "is binds closer than an order": "1 > 2 is Boolean",
}


@pytest.mark.parametrize("expression", REFUSED.values(), ids=REFUSED)
def test_what_n1_and_r4_do_not_have_is_refused(expression: str) -> None:
    assert refused(expression)


@pytest.mark.parametrize("length", ["1 'd'", "1 'wk'", "1 'h'", "1 'min'", "1 'month'"])
def test_a_date_moves_by_the_words_of_the_calendar_alone(length: str) -> None:
    assert f"does not move by {length}" in refused(f"@1973-12-25T00:00:00Z + {length}")
    assert f"does not move by {length}" in refused(f"@1973-12-25T00:00:00Z - {length}")


def test_codes_without_concepts_below_are_distinct() -> None:
    codes = {"resourceType": "CodeSystem", "status": "draft", "concept": [{"code": "a"}, {"code": "b"}]}
    assert found("concept.code.combine($this.descendants().concept.code).isDistinct()", codes) == [True]


def test_as_takes_one_item_as_n1_and_the_suite_say() -> None:
    assert "ofType" in refused("Patient.name.as(HumanName).use", PATIENT)
    assert "ofType" in refused("(Patient.name as HumanName).use", PATIENT)
