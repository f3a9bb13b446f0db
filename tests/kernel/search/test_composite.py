"""Composite parameters: what stands together, and only that. Source: FHIR R4 search.html#combining."""

from typing import Any

import pytest
from tests.kernel.search.conftest import Finder
from tests.kernel.search.test_parse import refused, said

LOINC = "http://loinc.org"


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": LOINC, "code": code}]}


def pressure(id: str, systolic: int, diastolic: int) -> dict[str, Any]:
    parts = {"8480-6": systolic, "8462-4": diastolic}
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": coded("85354-9"),
        "component": [
            {"code": coded(code), "valueQuantity": {"value": value, "unit": "mmHg", "code": "mm[Hg]"}}
            for code, value in parts.items()
        ],
    }


@pytest.fixture
async def pressures(finder: Finder) -> Finder:
    await finder.put(pressure("high", 150, 70), pressure("low", 110, 90))
    alone = {"resourceType": "Observation", "id": "alone", "status": "final", "code": coded("8480-6")}
    await finder.put({**alone, "valueQuantity": {"value": 150}})
    return finder


async def test_parts_must_stand_in_the_same_component(pressures: Finder) -> None:
    assert await pressures.ids("Observation", "component-code-value-quantity=8480-6$gt140") == ["high"]
    assert await pressures.ids("Observation", "component-code-value-quantity=8462-4$gt140") == []
    assert await pressures.ids("Observation", f"component-code-value-quantity={LOINC}|8462-4$gt80||mmHg") == ["low"]


async def test_combo_looks_in_the_observation_and_in_its_components(pressures: Finder) -> None:
    assert await pressures.ids("Observation", "combo-code-value-quantity=8480-6$gt140") == ["high", "alone"]
    assert await pressures.ids("Observation", "code-value-quantity=8480-6$gt140") == ["alone"]


async def test_of_the_documents_that_replace_another(finder: Finder) -> None:
    related = [{"code": "replaces", "target": {"reference": "DocumentReference/old"}}]
    document = {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": {"title": "x"}}]}
    await finder.put({**document, "id": "new", "relatesTo": related}, {**document, "id": "old"})
    found = await finder.ids("DocumentReference", "relationship=DocumentReference/old$replaces")
    assert (found, await finder.ids("DocumentReference", "relationship=DocumentReference/old$signs")) == (["new"], [])


@pytest.mark.parametrize("value", ["8480-6", "8480-6$", "a$b$c", f"{LOINC}|$gt5", "8480-6$x"])
def test_a_composite_that_is_none_is_refused(value: str) -> None:
    assert "value-quantity" in said(refused("Observation", f"component-code-value-quantity={value}"))


def test_two_ranges_in_a_repeated_element_are_not_compared_together() -> None:
    text = "chromosome-variant-coordinate=1$1$2"
    assert refused("MolecularSequence", text).issues[0].code == "not-supported"
