"""Resources the tests start from, and where Synthea's are. Nothing here tests anything."""

import bz2
from collections.abc import Iterator
from typing import Any

import pytest
from tests.shared import SHARED

from socle.kernel.fhir.json import parse

Json = dict[str, Any]

SYNTHEA = SHARED / "data" / "synthea"


def synthea_bundles(most: int = 100) -> Iterator[tuple[str, bytes]]:
    """(file name, text) of the smallest Synthea bundles; skips the test when there are none."""
    found = sorted(SYNTHEA.glob("*.json.bz2"), key=lambda file: (file.stat().st_size, file.name))[:most]
    if not found:
        pytest.skip(f"no Synthea bundle in {SYNTHEA} (SOCLE_SHARED)")
    for file in found:
        yield file.name, bz2.decompress(file.read_bytes())


def synthea_resources(most: int = 100) -> Iterator[Json]:
    """The resources of the smallest bundles."""
    for _, text in synthea_bundles(most):
        for entry in parse(text)["entry"]:
            yield entry["resource"]


def patient(**changes: Any) -> Json:
    """A legal Patient; `...` removes a member."""
    made = {
        "resourceType": "Patient",
        "id": "p1",
        "meta": {"profile": ["https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient"]},
        "identifier": [{"use": "usual", "system": "urn:oid:1.2.250.1.71.4.2.2", "value": "4444"}],
        "active": True,
        "name": [{"use": "official", "family": "LEFÈVRE", "given": ["Dominique", "Aimée"]}],
        "telecom": [{"system": "phone", "value": "+33 6 12 34 56 78", "use": "mobile"}],
        "gender": "female",
        "birthDate": "1955-06-13",
        "deceasedBoolean": False,
        "address": [{"line": ["12 rue de l'Église"], "city": "Rennes", "postalCode": "35000", "country": "FRA"}],
        "managingOrganization": {"reference": "Organization/o1"},
        **changes,
    }
    return {name: value for name, value in made.items() if value is not ...}


def observation(**changes: Any) -> Json:
    """A legal Observation; `...` removes a member."""
    text = b"""{"resourceType":"Observation","id":"o1","status":"final",
      "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}],"text":"Pression"},
      "subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-03-12T08:30:00+01:00",
      "valueQuantity":{"value":1.10,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"},
      "component":[{"code":{"text":"a"},"valueQuantity":{"value":128}}]}"""
    made = {**parse(text), **changes}
    return {name: value for name, value in made.items() if value is not ...}
