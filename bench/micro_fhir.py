"""Microseconds per resource: reading, checking, extracting, writing, beside orjson alone.

    python -m bench.micro_fhir

Each figure is the best of many short runs, in thread time: what the code costs when nothing else uses the core.
"""

import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from socle.kernel.fhir.check import check
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.fhir.references import references
from socle.kernel.fhir.subset import subset
from socle.kernel.fhir.temporal import interval

Json = dict[str, Any]
FRANCE = "https://hl7.fr/ig/fhir/core"


def coded(system: str, code: str, **more: str) -> Json:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code, **more}]}


def patient() -> Json:
    """A Patient of about 2 KB as French identity software sends them."""
    birth_names = {
        "url": f"{FRANCE}/StructureDefinition/fr-core-patient-birth-list-given-name",
        "valueString": "DOMINIQUE AIMEE",
    }
    commune = {"system": "https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune", "code": "63220"}
    status = {"system": f"{FRANCE}/CodeSystem/fr-core-cs-v2-0445", "code": "VALI", "display": "Identité validée"}
    return {
        "resourceType": "Patient",
        "id": "f0d5a2d4-3a61-4a1e-8e0d-0e6b7b8f2c11",
        "meta": {
            "versionId": "3",
            "lastUpdated": "2026-05-04T09:12:45.123+02:00",
            "profile": [f"{FRANCE}/StructureDefinition/x"],
        },
        "extension": [
            {
                "url": f"{FRANCE}/StructureDefinition/fr-core-identity-reliability",
                "extension": [
                    {"url": "identityStatus", "valueCoding": status},
                    {"url": "validationDate", "valueDate": "2026-05-04"},
                ],
            }
        ],
        "identifier": [
            {
                "use": "official",
                "type": coded(f"{FRANCE}/CodeSystem/fr-core-cs-v2-0203", "INS-NIR"),
                "system": "urn:oid:1.2.250.1.213.1.4.10",
                "value": "255069322222236",
            },
            {
                "use": "usual",
                "type": coded("http://terminology.hl7.org/CodeSystem/v2-0203", "PI"),
                "system": "urn:oid:1.2.250.1.71.4.2.2",
                "value": "4444444",
                "period": {"start": "2020-01-01"},
            },
        ],
        "active": True,
        "name": [
            {
                "use": "official",
                "family": "MARTIN",
                "given": ["Dominique", "Aimée", "Hélène"],
                "extension": [birth_names],
            },
            {"use": "usual", "family": "LEFÈVRE", "given": ["Dominique"]},
        ],
        "telecom": [
            {"system": "phone", "value": "+33 6 12 34 56 78", "use": "mobile"},
            {"system": "email", "value": "dominique.martin@example.fr"},
        ],
        "gender": "female",
        "birthDate": "1955-06-13",
        "deceasedBoolean": False,
        "address": [
            {"use": "home", "line": ["12 rue de l'Église"], "city": "Rennes", "postalCode": "35000", "country": "FRA"},
            {
                "extension": [{"url": f"{FRANCE}/StructureDefinition/insee", "valueCoding": commune}],
                "use": "old",
                "city": "Marsac",
            },
        ],
        "managingOrganization": {"reference": "Organization/ght-bretagne", "display": "GHT"},
        "generalPractitioner": [{"reference": "Practitioner/8100000000"}],
    }


def observation() -> Json:
    """An Observation of about 2 KB: blood pressure, with decimals."""

    def part(code: str, display: str, value: str) -> Json:
        low, high = {"value": Decimal("90.0"), "unit": "mmHg"}, {"value": Decimal("140.0"), "unit": "mmHg"}
        quantity = {"unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
        return {
            "code": coded("http://loinc.org", code, display=display),
            "valueQuantity": {"value": Decimal(value), **quantity},
            "referenceRange": [{"low": low, "high": high}],
        }

    return {
        "resourceType": "Observation",
        "id": "0b1f5c0e-2a0c-4d2f-8a5b-1f2d3c4b5a69",
        "meta": {"profile": ["https://interopsante.org/fhir/StructureDefinition/FrObservationBp"]},
        "identifier": [{"system": "urn:oid:1.2.250.1.999.1", "value": "obs-000182"}],
        "status": "final",
        "category": [
            coded("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", display="Vital Signs")
        ],
        "code": coded("http://loinc.org", "85354-9", display="Pression artérielle"),
        "subject": {"reference": "Patient/f0d5a2d4-3a61-4a1e-8e0d-0e6b7b8f2c11", "display": "Dominique Martin"},
        "encounter": {"reference": "Encounter/121212"},
        "effectiveDateTime": "2026-03-12T08:30:00+01:00",
        "issued": "2026-03-12T08:31:12.345+01:00",
        "performer": [{"reference": "Practitioner/8100000000", "display": "Dr Anne Le Goff"}],
        "interpretation": [
            coded("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "N", display="Normal")
        ],
        "note": [{"text": "Mesure au repos, bras gauche, patient assis depuis cinq minutes."}],
        "bodySite": coded("http://snomed.info/sct", "368208006", display="Left upper arm structure"),
        "component": [
            part("8480-6", "Systolic blood pressure", "128.5"),
            part("8462-4", "Diastolic blood pressure", "76.5"),
        ],
    }


def best(run: Callable[[], object], *, calls: int = 40, times: int = 300) -> float:
    """Microseconds per call, best of `times` runs of `calls`."""
    clock, shortest = time.thread_time_ns, sys.maxsize
    for _ in range(times):
        started = clock()
        for _ in range(calls):
            run()
        shortest = min(shortest, clock() - started)
    return shortest / calls / 1000


def main() -> None:
    """Print the table."""
    started = time.perf_counter()
    definitions = r4()
    print(f"definitions: {(time.perf_counter() - started) * 1000:.1f} ms at start, once\n")
    paris = ZoneInfo("Europe/Paris")
    columns = (
        "bytes",
        "orjson read",
        "parse",
        "parse indented",
        "check",
        "extract",
        "per 10",
        "references",
        "summary",
        "serialise",
    )
    print("µs".ljust(12), *(column.rjust(max(len(column), 8)) for column in columns))
    for resource in (patient(), observation()):
        text, indented = serialise(resource), serialise(resource, pretty=True)
        name = resource["resourceType"]
        extractors = [
            compiled(parameter.expression, name) for parameter in definitions.search_parameters(name).values()
        ]
        check(resource)

        def extract(resource: Json = resource, extractors: list[Any] = extractors) -> None:
            for extractor in extractors:
                extractor(resource)

        whole = best(extract)
        figures = [
            float(len(text)),
            best(lambda text=text: orjson.loads(text)),  # type: ignore[misc]
            best(lambda text=text: parse(text)),  # type: ignore[misc]
            best(lambda text=indented: parse(text)),  # type: ignore[misc]
            best(lambda resource=resource: check(resource)),  # type: ignore[misc]
            whole,
            whole / len(extractors) * 10,
            best(lambda resource=resource: references(resource)),  # type: ignore[misc]
            best(lambda resource=resource: subset(resource, summary="true")),  # type: ignore[misc]
            best(lambda resource=resource: serialise(resource)),  # type: ignore[misc]
        ]
        cells = (f"{figure:.1f}".rjust(max(len(column), 8)) for column, figure in zip(columns, figures, strict=True))
        print(name.ljust(12), *cells)
    print(f"\ninterval of an instant {best(lambda: interval('2026-03-12T08:30:00.125+01:00', paris)):.1f} µs", end="")
    print(f", of a day {best(lambda: interval('2026-03-12', paris)):.1f} µs")


if __name__ == "__main__":
    main()
