"""What rules written in FHIRPath ask of the terminologies: subsumes, on a hierarchy that is loaded."""

from typing import Any

import pytest
from tests.foundations.terminologies.support import ANIMALS, Service

from socle.kernel.fhir.fhirpath import Environment, compiled, resource_item
from socle.kernel.fhir.validation import Shelf
from socle.kernel.store.validator import Validator

Json = dict[str, Any]


def concept(*codes: str, system: str = ANIMALS) -> Json:
    return {"coding": [{"system": system, "code": code} for code in codes]}


async def found(zoo: Service, expression: str, first: Json, second: Json) -> list[bool]:
    """What an expression finds in an Observation with a code and a method."""
    observation = {"resourceType": "Observation", "status": "final", "code": first, "method": second}

    def search(environment: Environment) -> list[bool]:
        run = compiled(expression, "Observation")
        return [item[1] for item in run.find(resource_item(observation), environment)]

    return await Validator(Shelf, zoo.terminologies).find(observation, search, budget=1_000)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("cat", [True]), ("mammal", [True]), ("animal", [False]), ("hen", [False]), ("unicorn", [])],
)
async def test_a_coding_subsumes_those_under_it(zoo: Service, code: str, verdict: list[bool]) -> None:
    expression = "code.coding.subsumes(%resource.method.coding)"
    assert await found(zoo, expression, concept("mammal"), concept(code)) == verdict


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (concept("bird", "mammal"), concept("cat"), [True]),
        (concept("bird"), concept("cat", "hen"), [True]),
        (concept("bird"), concept("cat", "dog"), [False]),
        (concept("bird"), concept("hen", system="http://example.org/other"), [False]),
        (concept("bird"), concept("cat", "unicorn"), []),
        ({"text": "oiseau"}, concept("hen"), []),
    ],
)
async def test_a_concept_subsumes_when_one_of_its_codes_does(
    zoo: Service, first: Json, second: Json, verdict: list[bool]
) -> None:
    assert await found(zoo, "code.subsumes(%resource.method)", first, second) == verdict


async def test_the_other_way_round(zoo: Service) -> None:
    assert await found(zoo, "code.subsumedBy(%resource.method)", concept("cat"), concept("animal")) == [True]
