"""The FHIR engine beside what is published: `fhir.resources`, `fhirpathpy`, Medplum's FHIR router, in one run.

    python -m bench.engine [--quick]

Three questions. Reading and writing one resource, in JSON and XML: ours reads and checks against R4, `fhir.resources` reads
into its models of R4B and checks by them. Expressions: those of `bench.fhirpath`, ours beside `fhirpathpy`. Reads over
HTTP: those of `bench.rival`, our whole house, durable, beside the router over its memory repository; not measured
without wrk, Node.js and npm. Times of one resource are the best of many short runs, in thread time.
"""

import argparse
import json as standard
import math
import shutil
import signal
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.patient import Patient

from bench import fhirpath, rival
from bench.micro_fhir import Json, best, observation, patient
from socle.kernel.fhir import json, xml
from socle.kernel.fhir.check import check

Run = Callable[[], object]


def both(resource: Json, model: Any) -> list[tuple[str, Run, Run]]:
    """(what is done, by us, by fhir.resources) on one resource."""
    in_json, in_xml = json.serialise(resource), xml.write(resource)
    held = model.model_validate_json(in_json)

    def checked_json() -> None:
        check(json.parse(in_json))

    def checked_xml() -> None:
        check(xml.read(in_xml).resource)

    return [
        ("read and check JSON", checked_json, lambda: model.model_validate_json(in_json)),
        ("read and check XML", checked_xml, lambda: model.model_validate_xml(in_xml)),
        ("write JSON", lambda: json.serialise(resource), held.model_dump_json),
        ("write XML", lambda: xml.write(resource), held.model_dump_xml),
    ]


def resources(times: int) -> None:
    """Print what one resource costs."""
    print(f"one resource, µs{'':<23}{'Socle':>9}{'fhir.resources':>16}{'ratio':>8}")
    for resource, model in ((patient(), Patient), (observation(), Observation)):
        for what, ours, theirs in both(resource, model):
            mine, other = best(ours, calls=10, times=times), best(theirs, calls=3, times=max(times // 5, 3))
            print(f"  {resource['resourceType'] + ', ' + what:<37}{mine:>9.1f}{other:>16.1f}{other / mine:>8.1f}")


def expressions() -> None:
    """Print how many times faster expressions are."""
    ratios: dict[str, list[float]] = {"search": [], "invariant": []}
    for resource in (patient(), observation()):
        read = standard.loads(json.serialise(resource))
        type_ = resource["resourceType"]
        families = {"search": fhirpath.search_expressions(type_), "invariant": fhirpath.INVARIANTS[type_]}
        for family, listed in families.items():
            for expression in listed:
                ours, theirs = fhirpath.measured(expression, resource, read)
                if theirs is not None:
                    ratios[family].append(theirs / ours)
    print("\nFHIRPath beside fhirpathpy, times faster")
    for family, found in ratios.items():
        mean = math.exp(sum(map(math.log, found)) / len(found))
        print(f"  {family} expressions: {mean:.0f} (geometric mean of {len(found)}), least {min(found):.0f}")


def over_http(seconds: int, rounds: int) -> None:
    """Print reads per second beside the router."""
    print("\nreads by id over HTTP, 32 connections")
    missing = [tool for tool in ("wrk", "node", "npm") if shutil.which(tool) is None]
    if missing:
        print(f"  not measured: {', '.join(missing)} not installed")
        return
    folder = Path(tempfile.mkdtemp(prefix="socle-engine-"))
    house, ours, key = rival.open_house(folder, 1)
    router, theirs = rival.open_rival()
    try:
        paths = {ours: rival.fill(ours, 2, key), theirs: rival.fill(theirs, 2)}
        for base in paths:
            rival.ask(base, paths[base], folder, 32, 1)
        rates = [{base: rival.ask(base, paths[base], folder, 32, seconds)[0] for base in paths} for _ in range(rounds)]
    finally:
        router.terminate()
        house.send_signal(signal.SIGTERM)
        house.wait()
        shutil.rmtree(folder, ignore_errors=True)
    mine, other = (statistics.median(one[base] for one in rates) for base in (ours, theirs))
    print(f"  Socle (durable) {mine:,.0f}/s, Medplum router (memory) {other:,.0f}/s, ratio {mine / other:.1f}")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smoke test: few runs")
    quick = parser.parse_args().quick
    if quick:
        fhirpath.CALLS = 9
    resources(20 if quick else 200)
    expressions()
    over_http(2 if quick else 5, 1 if quick else 3)


if __name__ == "__main__":
    main()
