"""The console over HTTP, for operators who are not at the machine: JSON below `/house/`, with an operator's key."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.assembly.console import Console
from socle.assembly.house import Opened
from socle.kernel.outcome import Kind, Language, Problem, operation_outcome

_LARGEST = 64 * 1024
_ACTOR = {"name": str, "roles": list, "structure": str}

Act = Callable[[Console, Request], Awaitable[Any]]


def console_routes(opened: Opened) -> list[BaseRoute]:
    """`GET /house/status`, `GET|POST /house/actors`, `POST …/revoke`, `POST /house/audit/verify`, `POST /house/sandbox/reset`."""

    def route(path: str, method: str, act: Act) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                by = await opened.house.actor_of(request.headers, request.cookies)
                said = await act(opened.console(by), request)
            except Problem as problem:
                return _refusal(problem, request)
            return Response(orjson.dumps(said), media_type="application/json")

        return Route(path, endpoint, methods=[method])

    return [
        route("/house/status", "GET", lambda console, _: console.status()),
        route("/house/actors", "GET", lambda console, _: console.actors()),
        route("/house/actors", "POST", _create),
        route(
            "/house/actors/{id}/revoke",
            "POST",
            lambda console, request: console.revoke_actor(request.path_params["id"]),
        ),
        route("/house/audit/verify", "POST", lambda console, _: console.verify_audit()),
        route("/house/sandbox/reset", "POST", lambda console, _: console.reset_sandbox()),
    ]


async def _create(console: Console, request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise Problem.of(Kind.TOO_LARGE, "Corps trop grand.", "Body too large.")
    try:
        asked = orjson.loads(bytes(body))
    except orjson.JSONDecodeError as error:
        raise Problem.of(Kind.MALFORMED, f"JSON illisible : {error}", f"Unreadable JSON: {error}") from error
    if (
        not isinstance(asked, dict)
        or not asked.keys() <= _ACTOR.keys()
        or not {"name", "roles"} <= asked.keys()
        or not all(isinstance(asked[name], kind) for name, kind in _ACTOR.items() if name in asked)
        or not all(isinstance(role, str) for role in asked["roles"])
    ):
        raise Problem.of(
            Kind.INVALID,
            'Attendu : {"name": "…", "roles": ["…"], "structure": "…"}, sans autre membre ; structure est facultative.',
            'Expected: {"name": "…", "roles": ["…"], "structure": "…"}, no other member; structure is optional.',
        )
    return await console.create_actor(asked["name"], asked["roles"], asked.get("structure", ""))


def _refusal(problem: Problem, request: Request) -> Response:
    language: Language = "en" if request.headers.get("accept-language", "").lower().startswith("en") else "fr"
    outcome = operation_outcome(problem.issues, language, kind=problem.kind)
    return Response(
        orjson.dumps(outcome), problem.kind.status, headers=dict(problem.headers), media_type="application/fhir+json"
    )
