"""The console over HTTP, for operators who are not at the machine: JSON below `/house/`, with an operator's key."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.assembly import imports_api
from socle.assembly.console import Console
from socle.assembly.house import Opened
from socle.kernel.outcome import Kind, Language, Problem, operation_outcome

_LARGEST = 64 * 1024
_LARGEST_PACKAGE = 200_000_000
_ACTOR = {"name": str, "roles": list, "structure": str}

Act = Callable[[Console, Request], Awaitable[Any]]


def console_routes(opened: Opened) -> list[BaseRoute]:
    """`GET /house/status`, `GET|POST /house/actors`, `POST …/revoke`, `POST /house/audit/verify`, `POST /house/sandbox/reset`,
    `GET|POST /house/packages`, `GET /house/packages/NAME/VERSION`, `POST /house/packages/remove`, `POST /house/imports/KIND`.
    """

    def route(path: str, method: str, act: Act) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                by = await opened.house.actor_of(request.headers, request.cookies)
                said = await act(opened.console(by), request)
            except Problem as problem:
                return _refusal(problem, request)
            return Response(orjson.dumps(said), media_type="application/json")

        return Route(path, endpoint, methods=[method])

    async def importing(request: Request) -> Response:
        try:
            by = await opened.house.actor_of(request.headers, request.cookies)
            return await imports_api.receive(opened.console(by), request, _language(request))
        except Problem as problem:
            return _refusal(problem, request)

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
        route("/house/packages", "GET", lambda console, _: console.packages()),
        route("/house/packages", "POST", _install),
        route("/house/packages/remove", "POST", _remove),
        Route("/house/imports/{kind}", importing, methods=["POST"]),
        route(
            "/house/packages/{name}/{version}",
            "GET",
            lambda console, request: console.package(request.path_params["name"], request.path_params["version"]),
        ),
    ]


async def _install(console: Console, request: Request) -> dict[str, Any]:
    """A .tgz, kept beside the data of the house while it is read."""
    unknown = set(request.query_params) - {"allow-missing"}
    allow = request.query_params.get("allow-missing", "false")
    if unknown or allow not in ("true", "false"):
        raise Problem.of(
            Kind.INVALID,
            "Seul paramètre connu : allow-missing, true ou false.",
            "Only known parameter: allow-missing, true or false.",
            expression=tuple(sorted(unknown)) or "allow-missing",
        )
    with tempfile.NamedTemporaryFile(suffix=".tgz") as file:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > _LARGEST_PACKAGE:
                raise Problem.of(
                    Kind.TOO_LARGE,
                    f"Le paquet dépasse {_LARGEST_PACKAGE // 10**6} Mo ; installez-le avec --data, sur la machine.",
                    f"The package exceeds {_LARGEST_PACKAGE // 10**6} MB; install it with --data, on the machine.",
                )
            file.write(chunk)
        file.flush()
        return await console.install_packages([Path(file.name)], allow_missing=allow == "true")


async def _remove(console: Console, request: Request) -> dict[str, Any]:
    asked = await _json(request)
    names = asked.get("packages") if isinstance(asked, dict) and asked.keys() == {"packages"} else None
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise Problem.of(
            Kind.INVALID,
            'Attendu : {"packages": ["nom#version", …]}, sans autre membre.',
            'Expected: {"packages": ["name#version", …]}, no other member.',
        )
    pairs = [one.partition("#") for one in names]
    return {"removed": await console.remove_packages([(name, version) for name, _, version in pairs])}


async def _json(request: Request) -> Any:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise Problem.of(Kind.TOO_LARGE, "Corps trop grand.", "Body too large.")
    try:
        return orjson.loads(bytes(body))
    except orjson.JSONDecodeError as error:
        raise Problem.of(Kind.MALFORMED, f"JSON illisible : {error}", f"Unreadable JSON: {error}") from error


async def _create(console: Console, request: Request) -> dict[str, Any]:
    asked = await _json(request)
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


def _language(request: Request) -> Language:
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "fr"


def _refusal(problem: Problem, request: Request) -> Response:
    outcome = operation_outcome(problem.issues, _language(request), kind=problem.kind)
    return Response(
        orjson.dumps(outcome), problem.kind.status, headers=dict(problem.headers), media_type="application/fhir+json"
    )
