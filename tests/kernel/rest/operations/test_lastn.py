"""$lastn: the latest of each code. FHIR R4 observation-operation-lastn.html."""

from dataclasses import replace
from typing import Any

import pytest
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.operations.test_everything import ids
from tests.kernel.rest.support import READ, SANDBOX, Fhir, issue

from socle.kernel.rest.operations.lastn import lastn_operations

LOINC, LOCAL = "http://loinc.org", "urn:local"


def coded(id: str, day: int, *codings: tuple[str, str], patient: str = "me") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": system, "code": code} for system, code in codings]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"2024-01-{day:02}",
    }


@pytest.fixture
async def fhir(serve: Serve) -> Fhir:
    fhir = serve(replace(SANDBOX, operations=lastn_operations(READ)))
    for one in (
        coded("w1", 1, (LOINC, "29463-7")),
        coded("w3", 3, (LOINC, "29463-7"), (LOCAL, "weight")),
        coded("w2", 2, (LOCAL, "weight")),
        coded("h1", 1, (LOINC, "8302-2")),
        coded("theirs", 9, (LOINC, "8302-2"), patient="other"),
    ):
        await fhir.put(f"Observation/{one['id']}", one)
    return fhir


async def test_the_latest_of_each_code(fhir: Fhir) -> None:
    assert ids((await fhir.get("Observation/$lastn?patient=me")).json()) == ["w3", "h1"]


async def test_several_of_each_codes_that_share_a_coding_are_one(fhir: Fhir) -> None:
    assert ids((await fhir.get("Observation/$lastn?patient=Patient/me&max=2")).json()) == ["w3", "w2", "h1"]
    assert ids((await fhir.get("Observation/$lastn?patient=me&max=5&code=8302-2")).json()) == ["h1"]


async def test_what_is_asked_may_be_sent_as_parameters(fhir: Fhir) -> None:
    whose = {"name": "patient", "valueReference": {"reference": "Patient/me"}}
    asked = {"resourceType": "Parameters", "parameter": [whose, {"name": "max", "valuePositiveInt": 2}]}
    assert ids((await fhir.post("Observation/$lastn", asked)).json()) == ["w3", "w2", "h1"]
    asked["parameter"] = [whose, {"name": "maks", "valuePositiveInt": 2}]
    assert issue(await fhir.post("Observation/$lastn", asked))["expression"] == ["Parameters.parameter[1]"]


async def test_it_asks_whose_and_how_many(fhir: Fhir) -> None:
    assert issue(await fhir.get("Observation/$lastn?code=x"))["expression"] == ["http.patient"]
    assert issue(await fhir.get("Observation/$lastn?patient=me&max=0"))["expression"] == ["http.max"]
