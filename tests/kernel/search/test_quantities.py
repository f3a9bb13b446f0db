"""Quantities in other units of UCUM: what is asked is converted. Source: FHIR R4 search.html#quantity."""

from decimal import Decimal

import pytest
from tests.kernel.search.conftest import Finder

from socle.kernel.fhir.common_units import alike

UCUM = "http://unitsofmeasure.org"
MEASURED = {
    "mg": ("5400", "mg"),
    "g": ("5.4", "g"),
    "pound": ("0.0119", "[lb_av]"),
    "celsius": ("37", "Cel"),
    "fahrenheit": ("98.6", "[degF]"),
    "mole": ("5", "mmol/L"),
    "count": ("5", "10*9/L"),
    "score": ("5", "{score}"),
}


@pytest.fixture
async def measures(finder: Finder) -> Finder:
    await finder.put(
        *(
            {
                "resourceType": "Observation",
                "id": id,
                "status": "final",
                "code": {"text": "x"},
                "valueQuantity": {"value": Decimal(value), "system": UCUM, "code": code},
            }
            for id, (value, code) in MEASURED.items()
        )
    )
    return finder


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (f"5.4|{UCUM}|g", {"mg", "g", "pound"}),  # 0.0119 lb is 5.398 g
        (f"5400|{UCUM}|mg", {"mg", "g"}),  # to the milligram, a pound's is no longer
        (f"ge5.4|{UCUM}|g", {"mg", "g"}),
        (f"lt5400000|{UCUM}|ug", {"pound"}),
        (f"ap310.1|{UCUM}|K", {"celsius", "fahrenheit"}),
        (f"37.0|{UCUM}|Cel", {"celsius", "fahrenheit"}),
        (f"ne37.0|{UCUM}|Cel", set()),  # a mass is no temperature
        (f"5000|{UCUM}|umol/L", {"mole"}),  # and a number of cells no amount of substance
        (f"5|{UCUM}|{{score}}", {"score"}),
        ("5.4||g", {"g"}),  # without a system, as written
    ],
)
async def test_what_is_measured_in_another_unit_is_found(measures: Finder, asked: str, found: set[str]) -> None:
    assert set(await measures.ids("Observation", f"value-quantity={asked}")) == found


def test_units_that_convert_are_those_of_the_same_kind() -> None:
    assert {"mg/L", "g/dL", "ug/mL"} <= set(alike("mg/dL"))
    assert "10*9/L" not in alike("mmol/L")
    assert list(alike("%")) == ["%"]
    assert dict(alike("pas une unité")) == {}
