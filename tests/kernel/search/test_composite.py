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


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("NC_1$10$20", ["both", "first"]),
        ("NC_1$30$40", ["both"]),
        ("NC_1$10$40", []),  # the start of one variant, the end of another
        ("NC_1$ge10$le20", ["both", "first"]),
        ("NC_1$lt30$gt10", ["both", "first"]),
        ("NC_1$gt10$gt10", ["both"]),
        ("NC_2$10$20", []),
        ("http://sequences.example|NC_1$10$20,NC_1$30$40", ["both", "first"]),
    ],
)
async def test_two_numbers_of_one_element_are_compared_together(finder: Finder, value: str, found: list[str]) -> None:
    """And a part that stands in the resource goes with each element."""
    code = {"coding": [{"system": "http://sequences.example", "code": "NC_1"}]}
    for id, variants in (("both", ((10, 20), (30, 40))), ("first", ((10, 20),)), ("none", ())):
        each = [{"start": start, "end": end} for start, end in variants]
        sequence = {"resourceType": "MolecularSequence", "coordinateSystem": 0, "id": id, "variant": each}
        await finder.put({**sequence, "referenceSeq": {"referenceSeqId": code, "windowStart": 0, "windowEnd": 50}})
    assert sorted(await finder.ids("MolecularSequence", f"referenceseqid-variant-coordinate={value}")) == found
