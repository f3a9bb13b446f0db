"""How the tests of FHIRPath speak: an expression, what it finds as plain values."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from socle.kernel.fhir.fhirpath import Environment, evaluate, system
from socle.kernel.fhir.fhirpath.moments import Moment
from socle.kernel.fhir.fhirpath.quantities import Quantity
from socle.kernel.outcome import Problem

NOW = datetime(2026, 5, 4, 9, 12, 45, 123000, tzinfo=UTC)
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "contained": [{"resourceType": "Organization", "id": "o1", "name": "Clinique"}],
    "active": True,
    "name": [
        {"use": "official", "family": "MARTIN", "given": ["Dominique", "Aimée"]},
        {"use": "usual", "family": "Martin", "given": ["Dom"]},
    ],
    "birthDate": "1955-06-13",
    "_birthDate": {"extension": [{"url": "urn:time", "valueDateTime": "1955-06-13T08:30:00+01:00"}]},
    "_gender": {"extension": [{"url": "urn:absent", "valueCode": "unknown"}]},
    "deceasedBoolean": False,
    "multipleBirthInteger": 2,
    "managingOrganization": {"reference": "#o1"},
    "generalPractitioner": [{"reference": "Practitioner/8"}],
    "telecom": [{"system": "phone", "value": "+33 6"}, {"system": "email", "value": "a@b.fr", "rank": 1}],
}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "valueQuantity": {
        "value": Decimal("72.50"),
        "unit": "kg",
        "system": "http://unitsofmeasure.org",
        "code": "kg",
    },
}


def found(expression: str, resource: dict[str, Any] = PATIENT, **environment: Any) -> list[Any]:
    """What an expression finds: numbers, strings, booleans; dates and quantities as their text."""
    environment.setdefault("resource", resource)
    environment.setdefault("now", NOW)
    items = evaluate(expression, resource, Environment(**environment))
    values = [system(item) for item in items]
    return [str(value) if isinstance(value, Moment | Quantity) else value for value in values]


def refused(expression: str, resource: dict[str, Any] = PATIENT, **environment: Any) -> str:
    """What is said, in English, of an expression that cannot be compiled or evaluated."""
    with pytest.raises(Problem) as caught:
        found(expression, resource, **environment)
    return caught.value.issues[0].text.en
