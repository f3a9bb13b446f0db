"""Where an export or an import is followed, cancelled, and its files fetched: `/bulk/<id>`, `/bulk/<id>/<file>`.

Only who asked for it sees it, and only while the permission is still theirs: for anybody else it does not exist.
Sources: FHIR Bulk Data Access IG 2.0.0, export.html#bulk-data-status-request and the sections that follow.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from socle.foundations.interoperability.actions import bulk as work
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.bulk import desk, files
from socle.kernel.bulk.desk import Asked
from socle.kernel.fhir.json import serialise
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem, operation_outcome
from socle.kernel.policy import Actor, Permission, decide
from socle.kernel.rest.bulk import PATH
from socle.kernel.rest.fields import accepts_gzip, http_date, language

IMPORTED: Final = "https://socle-sante.example/fhir/bulk-import"
NDJSON: Final = "application/fhir+ndjson"
_CHUNK: Final = 256 * 1024
_NO_STORE: Final = {"Cache-Control": "no-store"}

Act = Callable[[House, Request, Asked, Trace], Awaitable[Response]]


def routes(house: House) -> list[BaseRoute]:
    """Status and cancellation, and the files."""
    return [
        Route(PATH + "/{id}", _serving(house, _status), methods=["GET"]),
        Route(PATH + "/{id}", _serving(house, _cancel), methods=["DELETE"]),
        Route(PATH + "/{id}/{file}", _serving(house, _file), methods=["GET"]),
    ]


def answered(problem: Problem, request: Request) -> Response:
    """A Problem as an OperationOutcome."""
    outcome = operation_outcome(problem.issues, language(request.headers.get("accept-language", "")), kind=problem.kind)
    headers = {**_NO_STORE, **dict(problem.headers)}
    return Response(serialise(outcome), problem.kind.status, headers, "application/fhir+json;charset=utf-8")


def permission_of(house: House, asked: Asked) -> Permission | None:
    """Who may do that work on that register; None when nobody may any more."""
    endpoints = (one for module in house.modules for one in module.endpoints)
    endpoint = next((one for one in endpoints if one.register.name == asked.register), None)
    if endpoint is None:
        return None
    return endpoint.export if asked.kind == "export" else endpoint.imports


def trace_of(by: Actor, ground: str, register: str, interaction: str, house: House, request: Request) -> Trace:
    """The circumstances of a request that comes here."""
    return Trace(
        by.id,
        by.name,
        " ".join(sorted(by.roles)),
        by.structure,
        str(by.means),
        ground,
        house.clock(),
        register,
        interaction,
        source=request.client.host if request.client else "",
    )


def _serving(house: House, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            by = await house.actor_of(request.headers, request.cookies)
            asked, ground = await _theirs(house, request.path_params["id"], by)
            interaction = f"${asked.kind}-{request.method.lower()}"
            return await act(house, request, asked, trace_of(by, ground, asked.register, interaction, house, request))
        except Problem as problem:
            return answered(problem, request)

    return serve


async def _theirs(house: House, id: str, by: Actor) -> tuple[Asked, str]:
    """The request of that id and the ground on which `by` sees it. Raises: Problem(UNAUTHENTICATED | NOT_FOUND | FORBIDDEN)."""
    if not by.is_authenticated:
        raise Problem.of(
            Kind.UNAUTHENTICATED,
            "Authentification requise : présentez une clé d'accès (en-tête « Authorization: Bearer … »).",
            "Authentication required: present an access key (header “Authorization: Bearer …”).",
        )
    asked = await desk.find(house.database, id) if files.ID.fullmatch(id) else None
    gone = asked is None or asked.state == "cancelled" or (asked.expires is not None and asked.expires <= house.clock())
    permission = permission_of(house, asked) if asked is not None else None
    if asked is None or permission is None or gone or asked.owner != by.id:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Il n'y a rien ici : cet export ou cet import n'existe pas, a été annulé, ou ses fichiers ont expiré.",
            "There is nothing here: this export or import does not exist, was cancelled, or its files have expired.",
        )
    decision = decide(by, permission)
    decision.or_raise(Kind.FORBIDDEN)
    return asked, decision.reason if decision.allowed else ""


async def _status(house: House, request: Request, asked: Asked, trace: Trace) -> Response:
    """202 while it runs, 200 with the manifest, or why it failed."""
    if asked.state == "failed":
        return answered(desk.problem_of(asked), request)
    if asked.state != "done":
        return Response(status_code=202, headers={**_NO_STORE, "X-Progress": _progress(asked), "Retry-After": "1"})
    assert asked.expires is not None
    here = str(request.url.replace(query="", fragment="")).rstrip("/")
    headers = {**_NO_STORE, "Expires": http_date(asked.expires)}
    return Response(serialise(manifest(asked, here)), 200, headers, "application/json")


def manifest(asked: Asked, here: str) -> dict[str, Any]:
    """What an export wrote, or what an import did; `here` is the URL of its status."""
    result = asked.result or {}
    said: dict[str, Any] = {"transactionTime": result["at"], "request": asked.url, "requiresAccessToken": True}
    for name in ("output", "deleted", "error"):
        said[name] = [{"type": of, "url": f"{here}/{file}", "count": n} for file, of, n in result.get(name, ())]
    if not said["deleted"]:
        del said["deleted"]
    if "extension" in result:
        said["extension"] = {IMPORTED: result["extension"]}
    return said


async def _cancel(house: House, request: Request, asked: Asked, trace: Trace) -> Response:
    """202: the work stops, the files go."""
    await work.cancel(house, asked, trace)
    return Response(status_code=202, headers=_NO_STORE)


async def _file(house: House, request: Request, asked: Asked, trace: Trace) -> Response:
    """One file, compressed on its way if the caller takes gzip."""
    name = request.path_params["file"]
    path = files.folder_of(house.settings.data, asked.id) / name
    if asked.state != "done" or not files.NAME.fullmatch(name) or not await asyncio.to_thread(path.is_file):
        raise Problem.of(
            Kind.NOT_FOUND,
            "Ce fichier n'existe pas ; le manifeste dit lesquels existent.",
            "This file does not exist; the manifest says which do.",
        )
    await house.database.record(asked.register, Event(trace, Action.READ, entities=(f"bulk/{asked.id}/{name}",)))
    headers = {**_NO_STORE, "Vary": "Accept-Encoding"}
    if not accepts_gzip(request.headers.get("accept-encoding", "")):
        return FileResponse(path, media_type=NDJSON, headers=headers)
    return StreamingResponse(_zipped(path), headers={**headers, "Content-Encoding": "gzip"}, media_type=NDJSON)


async def _zipped(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        packer = zlib.compressobj(1, wbits=31)
        while block := await asyncio.to_thread(_packed, packer, file):
            yield block
        yield packer.flush()
    finally:
        file.close()


def _packed(packer: "zlib._Compress", file: BinaryIO) -> bytes:
    """The next octets of the file, compressed; b"" at its end."""
    packed = b""
    while not packed:
        block = file.read(_CHUNK)
        if not block:
            return b""
        packed = packer.compress(block)
    return packed


def _progress(asked: Asked) -> str:
    if asked.state == "waiting":
        return "waiting"
    return f"{asked.share} % ({asked.done} / {asked.total})"
