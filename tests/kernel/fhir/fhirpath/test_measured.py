"""The expressions that the bench measures are evaluated: a bench that stops in the middle measures nothing."""

from typing import Any

import pytest
from bench import fhirpath as bench

from socle.kernel.fhir.fhirpath import Environment, compiled, resource_item

CASES = [
    (resource, expression)
    for resource in (bench.patient(), bench.observation())
    for expression in (*bench.search_expressions(resource["resourceType"]), *bench.INVARIANTS[resource["resourceType"]])
]


@pytest.mark.parametrize(("resource", "expression"), CASES, ids=[expression for _, expression in CASES])
def test_an_expression_is_evaluated(resource: dict[str, Any], expression: str) -> None:
    run = compiled(expression, resource["resourceType"], strict=False)
    assert isinstance(run.find(resource_item(resource), Environment(resource=resource)), list)
