"""Validation: patients by FR Core, observations by the base type, and how long a first answer takes from nothing.

    python -m bench.validate [--quick]

Packages of FR Core are looked for in ../shared/fhir-packages (SOCLE_SHARED); without them patients are judged by the base
type, and the name of the row says so. `fhir.resources` parses into its models of R4B and checks structure alone: it knows
neither profiles, invariants nor terminologies. Thread time, one core, the best of several runs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from bench.micro_fhir import best, observation, patient
from socle.kernel.fhir.json import serialise
from socle.kernel.fhir.packages import Package
from socle.kernel.fhir.validation import CoreCodes, Shelf, Source, judge_text

FR_PATIENT = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient"
PACKAGES = ("hl7.fhir.fr.core-2.2.0.tgz", "hl7.fhir.uv.extensions.r4-5.3.0-ballot-tc1.tgz")
SHARED = Path(os.environ.get("SOCLE_SHARED", Path(__file__).parents[2] / "shared")) / "fhir-packages"
WANTED = ("StructureDefinition", "ValueSet", "CodeSystem")


def shelf() -> Shelf:
    """FR Core, when it is there."""
    held = Shelf()
    for name in PACKAGES:
        if (SHARED / name).exists():
            for entry, body in Package.open(SHARED / name).resources():
                if entry.resourceType in WANTED and entry.url:
                    held.put_text(entry.resourceType, entry.url, entry.version, body)
    return held


def first_answer() -> float:
    """Seconds from a cold start to the verdict on a patient, by the command."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "patient.json"
        file.write_bytes(serialise(patient()))
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "socle", "validate", str(file)], capture_output=True, check=False)
        return time.perf_counter() - start


def measured(resource: dict[str, Any], held: Shelf, profiles: list[str], times: int) -> tuple[float, float]:
    """Microseconds to read and judge a text: ours, then those of fhir.resources."""
    codes = CoreCodes(held)
    source = Source("", serialise(resource))
    model = get_fhir_model_class(resource["resourceType"])
    ours = best(lambda: judge_text(source, held, codes, profiles=profiles), calls=20, times=times)
    return ours, best(lambda: model.model_validate_json(source.data), calls=20, times=times)


def main() -> None:
    """Print a row for each kind of resource, then the first answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    times = 5 if parser.parse_args().quick else 30
    held = shelf()
    french = held.structure(FR_PATIENT) is not None
    rows: tuple[tuple[str, dict[str, Any], list[str]], ...] = (
        ("Patient, FR Core" if french else "Patient, base type", patient(), [FR_PATIENT] if french else []),
        ("Observation, base type", observation(), []),
    )
    print(f"{'':26}{'socle /s':>12}{'fhir.resources /s':>20}{'times':>8}")
    for name, resource, profiles in rows:
        ours, theirs = measured(resource, held, profiles, times)
        print(f"{name:26}{1e6 / ours:12,.0f}{1e6 / theirs:20,.0f}{theirs / ours:8.1f}")
    print(f"first answer from a cold start: {first_answer():.2f} s")


if __name__ == "__main__":
    main()
