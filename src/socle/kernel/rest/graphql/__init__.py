"""`$graphql`: reading by GraphQL, on a resource and on the server. Source: FHIR R4 graphql.html.

Each read and search that a query makes is a request of its own on the same server: its permission, its trace, its limits.
The answer is all or nothing: a problem is an OperationOutcome, as everywhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

from socle.kernel.fhir import json
from socle.kernel.outcome import Text
from socle.kernel.policy import Permission
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.rest.graphql.asking import Asking
from socle.kernel.rest.graphql.document import selections_of, wrong
from socle.kernel.rest.graphql.run import Run

MEDIA: Final = "application/json"
BODIES: Final = ("application/json", "application/graphql")
_PARAMETERS: Final = ("query", "variables", "operationName")
_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Resource-graphql"
_TEXT: Final = Text("Lit par une requête GraphQL.", "Reads by a GraphQL query.")


def graphql_operations(anyone: Permission) -> tuple[Operation, ...]:
    """For the `operations` of an Endpoint. `anyone`: who may try; each read and search is then permitted by itself."""
    return tuple(
        Operation(
            "graphql",
            _TEXT,
            anyone,
            handler,
            level,
            parameters=_PARAMETERS,
            writes=False,
            definition=_DEFINITION,
            bodies=BODIES,
        )
        for level, handler in _LEVELS
    )


async def _on_server(call: Call) -> Answer:
    selections = await _asked(call)
    return _answer(await _run(call).on_server(selections))


async def _on_resource(call: Call) -> Answer:
    selections = await _asked(call)
    asking = _asking(call)
    resource = await asking.get(f"{call.resource_type}/{call.resource_id}")
    return _answer(await _run(call, asking).on_resource(resource, selections))


def _asking(call: Call) -> Asking:
    assert call.ask is not None
    return Asking(call.ask, call.repository.indexer.parameters.of)


def _run(call: Call, asking: Asking | None = None) -> Run:
    repository = call.repository
    return Run(asking or _asking(call), repository.register.types, (*repository.bases, call.base))


def _answer(data: dict[str, Any]) -> Answer:
    return Answer(200, json.serialise({"data": data}), media=MEDIA)


async def _asked(call: Call) -> Any:
    """What is asked, by the URL or by the body. Raises: Problem(INVALID | MALFORMED | TOO_COSTLY)."""
    given: dict[str, Any] = {name: values[-1] for name, values in call.parameters.items()}
    if "variables" in given:
        given["variables"] = json.parse(given["variables"].encode())
    media, body = call.raw
    if body.strip():
        if media == "application/graphql":
            try:
                given["query"] = body.decode()
            except UnicodeDecodeError as error:
                raise wrong("La requête n'est pas de l'UTF-8.", "The query is not UTF-8.") from error
        else:
            sent = json.parse(body)
            if not isinstance(sent, dict) or not set(sent) <= {*_PARAMETERS, "extensions"}:
                listed = ", ".join(_PARAMETERS)
                raise wrong(f"Le corps est un objet JSON avec {listed}.", f"The body is a JSON object with {listed}.")
            given |= sent
    query, variables, name = given.get("query"), given.get("variables") or {}, given.get("operationName") or ""
    if query is None:
        query = ""
    if not isinstance(query, str) or not isinstance(variables, Mapping) or not isinstance(name, str):
        raise wrong("« query » est un texte, « variables » un objet.", "“query” is a text, “variables” an object.")
    if not query.strip():
        raise wrong(
            "« query » est vide : écrivez une requête, par exemple { PatientList { id } }.",
            "“query” is empty: write a query, such as { PatientList { id } }.",
        )
    await asyncio.to_thread(__import__, "graphql")  # at the first query: a third of a second
    return selections_of(query, variables, name)


_LEVELS: Final[tuple[tuple[Literal["system", "instance"], Callable[[Call], Awaitable[Answer]]], ...]] = (
    ("system", _on_server),
    ("instance", _on_resource),
)
