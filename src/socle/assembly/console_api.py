"""The console over HTTP, for operators who are not at the machine: JSON below `/house/`, with an operator's key."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.assembly.console import Console
from socle.assembly.house import Opened
from socle.kernel.outcome import Kind, Language, Problem, operation_outcome

_LARGEST = 64 * 1024
_LARGEST_PACKAGE = 200_000_000
_LARGEST_TERMINOLOGY = 4_000_000_000
_ASKED = ("format", "name", "language", "system", "version", "keep-going", "stated", "mapping", "mapping-name")
_ACTOR = {"name": str, "roles": list, "structure": str}

Act = Callable[[Console, Request], Awaitable[Any]]


def console_routes(opened: Opened) -> list[BaseRoute]:
    """`GET /house/status`, `GET|POST /house/actors`, `POST …/revoke`, `POST /house/audit/verify`, `POST /house/sandbox/reset`,
    `GET|POST /house/packages`, `GET /house/packages/NAME/VERSION`, `POST /house/packages/remove`, `POST /house/terminologies`.
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
        route("/house/terminologies", "POST", _import_terminology),
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


async def _import_terminology(console: Console, request: Request) -> dict[str, Any]:
    """A published file, kept beside the data of the house while it is read; what the command line asks is in the query."""
    asked = dict(request.query_params)
    wrong = [name for name in asked if name not in _ASKED]
    wrong += [name for name in ("keep-going", "stated") if asked.get(name, "false") not in ("true", "false")]
    if wrong:
        raise Problem.of(
            Kind.INVALID,
            f"Paramètres connus : {', '.join(_ASKED)} ; keep-going et stated valent true ou false.",
            f"Known parameters: {', '.join(_ASKED)}; keep-going and stated are true or false.",
            expression=tuple(wrong),
        )
    with tempfile.TemporaryDirectory(prefix="socle-import-") as folder:
        # The names are only shown, and told apart by their endings: nothing of a path is kept.
        file = Path(folder) / (Path(asked.get("name", "")).name or "file")
        await _received(request, file, _LARGEST_TERMINOLOGY)
        mapping = None
        if "mapping" in asked:
            mapping = Path(folder) / f"mapping-{Path(asked.get('mapping-name', '')).name or 'mapping.toml'}"
            mapping.write_text(asked["mapping"], encoding="utf-8")
        return await console.import_terminology(
            file,
            format=asked.get("format", "auto"),
            mapping=mapping,
            keep_going=asked.get("keep-going") == "true",
            language=asked.get("language", "fr"),
            system=asked.get("system", ""),
            version=asked.get("version", ""),
            stated=asked.get("stated") == "true",
        )


async def _received(request: Request, file: Path, most: int) -> None:
    size = 0
    with file.open("wb") as out:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise Problem.of(
                    Kind.TOO_LARGE,
                    f"Le fichier dépasse {most // 10**6} Mo ; importez-le avec --data, sur la machine.",
                    f"The file exceeds {most // 10**6} MB; import it with --data, on the machine.",
                )
            out.write(chunk)


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


def _refusal(problem: Problem, request: Request) -> Response:
    language: Language = "en" if request.headers.get("accept-language", "").lower().startswith("en") else "fr"
    outcome = operation_outcome(problem.issues, language, kind=problem.kind)
    return Response(
        orjson.dumps(outcome), problem.kind.status, headers=dict(problem.headers), media_type="application/fhir+json"
    )
