"""Where an answer differs on purpose from the one that the published FHIRPath suite for R4 asks for."""

from decimal import Decimal
from typing import Any

import pytest
from tests.kernel.fhir.fhirpath.speaking import found, refused

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
}


@pytest.mark.parametrize(("expression", "answer"), DIFFERENT.values(), ids=DIFFERENT)
def test_the_answer_is_that_of_n1(expression: str, answer: list[Any]) -> None:
    assert found(expression) == answer


@pytest.mark.parametrize("expression", ["Patient.is(System.Patient)", "1 'cm'.comparable(1 's')"])
def test_what_n1_and_r4_do_not_have_is_refused(expression: str) -> None:
    assert refused(expression)
