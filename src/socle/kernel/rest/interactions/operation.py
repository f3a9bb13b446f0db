"""$operations: what a module offers beside the interactions of REST. Source: FHIR R4 operations.html."""

from collections.abc import Iterator
from functools import partial

from socle.kernel.fhir import json
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.entries import ask
from socle.kernel.rest.exchange import Exchange
from socle.kernel.store import Json


async def operation(x: Exchange) -> Answer:
    """200 with the resource that the operation answers, or its own answer. Raises: Problem, as the operation says."""
    asked = x.operation
    assert asked is not None
    x.accept_only(*asked.parameters)
    handler = asked.withdraw if x.method == "DELETE" and asked.withdraw is not None else asked.handler
    result = await handler(x.called(partial(ask, x)))
    if isinstance(result, Answer):
        if not result.entities:
            result.entities, result.concerns = _touched(x, {})
        return result
    entities, concerns = _touched(x, result)
    return Answer(200, json.serialise(result), entities=entities, concerns=concerns)


def _touched(x: Exchange, result: Json) -> tuple[list[str], list[str]]:
    """What the answer shows, for the trace."""
    entities = [f"{x.type}/{x.id}"] if x.id else []
    concerns: dict[str, None] = {}
    if x.id and x.type == "Patient":
        concerns[f"Patient/{x.id}"] = None
    if not x.personal:
        return entities, []
    for resource in _resources(result):
        entities.append(f"{resource['resourceType']}/{resource['id']}")
        subject = x.server.repository.indexer.keys(resource).subject
        if subject:
            concerns[subject] = None
    return list(dict.fromkeys(entities)), list(concerns)


def _resources(result: Json) -> Iterator[Json]:
    """The resources with an id in an answer: itself, entries of a Bundle, parts of Parameters."""
    if result.get("resourceType") == "Bundle":
        for entry in result.get("entry", ()):
            yield from _resources(entry.get("resource", {}))
    elif result.get("resourceType") == "Parameters":
        for parameter in result.get("parameter", ()):
            yield from _resources(parameter.get("resource", {}))
    elif result.get("id") and result.get("resourceType"):
        yield result
