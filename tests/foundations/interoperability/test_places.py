"""Where in a resource an item stands: each path, evaluated, finds the item again."""

from typing import Any

import pytest

from socle.foundations.interoperability.rules.places import Places
from socle.kernel.fhir.fhirpath import Items, evaluate
from socle.kernel.fhir.json import parse

OBSERVATION: dict[str, Any] = parse(b"""{
  "resourceType": "Observation",
  "contained": [{"resourceType": "Patient", "name": [{"family": "DUPONT", "_family": {"id": "f1"}}]}],
  "status": "final",
  "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}, {"code": "a1"}], "text": "poids"},
  "valueQuantity": {"value": 72.50, "unit": "kg"},
  "_effectiveDateTime": {"extension": [{"url": "urn:why", "valueString": "inconnue"}]},
  "component": [{"code": {"text": "dos"}, "valueString": "ici"}, {"code": {"text": "bras"}}]
}""")


def descendants() -> Items:
    """Every element of the observation, itself first."""
    return evaluate("$this | descendants()", OBSERVATION)


@pytest.mark.parametrize("item", descendants(), ids=lambda item: str(item[1])[:30])
def test_a_path_finds_its_item_again(item: tuple[str, Any, Any]) -> None:
    path = Places(OBSERVATION).of(item)
    assert path
    (found,) = evaluate(path, OBSERVATION)
    assert found[1] is item[1]
    assert found[2] is item[2]


def test_values_that_python_shares_have_no_place() -> None:
    patient = {"resourceType": "Patient", "active": True, "name": [{"given": ["A"]}], "multipleBirthInteger": 2}
    places = Places(patient)
    assert [places.of(item) for item in evaluate("active | name.given | multipleBirth", patient)] == ["", "", ""]


def test_one_text_at_two_places_has_none() -> None:
    text = "".join(["MAR", "TIN"])
    patient = {"resourceType": "Patient", "name": [{"family": text}, {"family": text}]}
    assert [Places(patient).of(item) for item in evaluate("name.first().family", patient)] == [""]


def test_what_is_computed_has_no_place() -> None:
    places = Places(OBSERVATION)
    assert [places.of(item) for item in evaluate("status.upper() | 1 | code.text.substring(0)", OBSERVATION)] == [
        ""
    ] * 3
