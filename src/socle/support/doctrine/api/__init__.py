"""The doctrine for machines, open to everyone: JSON API with its OpenAPI document, whole editions, tables, calendars, books."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem, Text
from socle.support.doctrine.actions.search import Indexes
from socle.support.doctrine.api import answer, books, downloads, openapi
from socle.support.doctrine.api.asking import Parameter, Query
from socle.support.doctrine.api.operations import BASE, OPERATIONS, Asked, Operation
from socle.support.doctrine.forms.data import schema
from socle.support.doctrine.model import Edition

Endpoint = Callable[[Request], Awaitable[Response]]
_LANGUAGE = Parameter("lang", Text("fr ou en", "fr or en"), {"enum": ["fr", "en"]})


def routes(house: House) -> list[BaseRoute]:
    """Every address for machines; those of the API first, since a year could stand where "api" does."""
    indexes = Indexes()
    return [
        Route(BASE, guarded(_index)),
        Route(f"{BASE}/openapi.json", guarded(_openapi(house))),
        Route(f"{BASE}/edition.schema.json", guarded(_schema)),
        *(Route(operation.path, guarded(_served(house, indexes, operation))) for operation in OPERATIONS),
        Route(f"{BASE}/{{rest:path}}", guarded(_nothing)),
        *downloads.routes(house, indexes, guarded),
        *books.routes(house, guarded),
    ]


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint, its Problems told as JSON."""

    async def serve(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Problem as problem:
            return answer.refusal(request, problem)

    return serve


def _served(house: House, indexes: Indexes, operation: Operation) -> Endpoint:
    told: dict[tuple[str, str], tuple[Edition, Edition, Any]] = {}

    async def serve(request: Request) -> Response:
        query = Query(request.query_params.multi_items(), operation.parameters)
        asked = Asked(house, indexes, told, request.path_params, query, house.clock().date())
        return answer.data(request, await operation.handler(asked))

    return serve


async def _index(request: Request) -> Response:
    Query(request.query_params.multi_items(), ())
    return answer.data(request, openapi.index())


def _openapi(house: House) -> Endpoint:
    async def serve(request: Request) -> Response:
        lang = Query(request.query_params.multi_items(), (_LANGUAGE,)).one("lang")
        document = openapi.document("en" if lang == "en" else "fr", house.settings.url)
        return answer.content(request, orjson.dumps(document), "application/openapi+json;version=3.1")

    return serve


async def _schema(request: Request) -> Response:
    Query(request.query_params.multi_items(), ())
    return answer.content(request, schema(), "application/schema+json")


async def _nothing(request: Request) -> Response:
    raise Problem.of(
        Kind.NOT_FOUND,
        f"Il n'y a rien à cette adresse ; {BASE} dit ce qu'il y a.",
        f"There is nothing here; {BASE} says what there is.",
    )
