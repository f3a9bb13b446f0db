"""FHIRPath: the usual expressions of search parameters and invariants, beside the published interpreter `fhirpathpy`.

    python -m bench.fhirpath [--quick]

Both have compiled the expression and read the resource before; both are timed in the same run, in turn, in thread time, the
best of many short runs. A ratio says how many times faster ours is; expressions that the interpreter cannot evaluate are
listed without one.
"""

import argparse
import json
import math
import time
from typing import Any

import fhirpathpy
from fhirpathpy.models import models

from bench.micro_fhir import Json, best, observation, patient
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Environment, compiled, resource_item
from socle.kernel.fhir.fhirpath.parser import parse
from socle.kernel.fhir.json import serialise

MODEL = models["r4"]
COMMON = (
    "contained.contained.empty()",
    "contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()",
    "contained.meta.security.empty()",
    "text.`div`.exists()",
)
INVARIANTS = {
    "Patient": (
        *COMMON,
        "contact.all(name.exists() or telecom.exists() or address.exists() or organization.exists())",
        "telecom.all(value.empty() or system.exists())",
        "identifier.all(system.exists() and value.exists())",
        "name.all(family.exists() or given.exists() or text.exists())",
        "extension.all(extension.exists() != value.exists())",
        "name.where(use = 'official').exists() implies name.where(use = 'official').family.exists()",
        "telecom.where(system = 'email').value.first().matches('^[^@ ]+@[^@ ]+$')",
        "birthDate <= today()",
    ),
    "Observation": (
        *COMMON,
        "dataAbsentReason.empty() or value.empty()",
        "value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()",
        "referenceRange.all(low.exists() or high.exists() or text.exists())",
        "component.all(value.exists() or dataAbsentReason.exists())",
        "code.coding.all(system.exists() and code.exists())",
        "component.value.ofType(Quantity).all(code.empty() or system.exists())",
        "component.where(code.coding.code = '8480-6').value.ofType(Quantity).value > 60",
    ),
}


def search_expressions(type_: str) -> list[str]:
    """The expressions of a type's own search parameters."""
    return sorted({one.expression for one in r4().search_parameters(type_).values()})


def theirs(expression: str, resource: Json) -> float | None:
    """Microseconds of the interpreter; None when it cannot evaluate the expression."""
    try:
        run = fhirpathpy.compile(expression, MODEL)
        run(resource, {})
    except Exception:
        return None
    return best(lambda: run(resource, {}), calls=5, times=CALLS // 3)


def measured(expression: str, resource: Json, read: Json) -> tuple[float, float | None]:
    """Microseconds of ours and of the interpreter."""
    items, environment = resource_item(resource), Environment(resource=resource)
    expression_ = compiled(expression, resource["resourceType"], strict=False)  # published: `as` may keep several
    find = expression_.find
    expression_.find(items, environment)
    environment.left = 10**12
    return best(lambda: find(items, environment), calls=40, times=CALLS), theirs(expression, read)


def compile_time() -> float:
    """Microseconds to parse and compile one expression, over all those of Patient and Observation."""
    expressions = [(one, type_) for type_ in INVARIANTS for one in (*search_expressions(type_), *INVARIANTS[type_])]
    started = time.thread_time_ns()
    for expression, type_ in expressions:
        parse.__wrapped__(expression)
        compiled.__wrapped__(expression, type_, strict=False)
    return (time.thread_time_ns() - started) / len(expressions) / 1000


def main() -> None:
    """Print the table."""
    print(f"{'ours µs':>8} {'theirs µs':>10} {'ratio':>7}  expression")
    everything: dict[str, list[float]] = {"search": [], "invariant": []}
    for resource in (patient(), observation()):
        type_ = resource["resourceType"]
        read: Any = json.loads(serialise(resource))
        for family, expressions in (("search", search_expressions(type_)), ("invariant", INVARIANTS[type_])):
            print(f"\n{type_}, {family} expressions")
            for expression in expressions:
                ours, other = measured(expression, resource, read)
                if other is None:
                    print(f"{ours:8.2f} {'refuses':>10} {'':>7}  {expression[:100]}")
                    continue
                everything[family].append(other / ours)
                print(f"{ours:8.2f} {other:10.1f} {other / ours:7.1f}  {expression[:100]}")
    print()
    for family, ratios in everything.items():
        middle = sorted(ratios)[len(ratios) // 2]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(
            f"{family}: {mean:.0f} times faster (geometric mean of {len(ratios)}), median {middle:.0f}, "
            f"least {min(ratios):.0f}, most {max(ratios):.0f}"
        )
    print(f"parse and compile: {compile_time():.0f} µs per expression, once")


CALLS = 60

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smoke test: few runs")
    if parser.parse_args().quick:
        CALLS = 9
    main()
