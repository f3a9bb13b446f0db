"""`POST [base]/$import` of the servers that declare it (`Endpoint.imports`): NDJSON sent as it is, of any size, loaded in
the background.

The body goes to the disk as it comes, so that its size does not count in memory; it is no FHIR resource, so it does not pass
through the FHIR server. R4 has no standard import: this one is ours (docs/decisions).
"""

import asyncio
import os
import shutil
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from socle.foundations.interoperability.api.bulk import answered, trace_of
from socle.kernel.bulk import desk, files
from socle.kernel.bulk.reading import RULE, Import, Source
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem, system_said
from socle.kernel.rest.bulk import accepted, check_may_import, draw_id
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.rest.fields import language, prefer

PATH: Final = "/sandbox/fhir/$import"
MEDIA: Final = ("application/fhir+ndjson", "application/ndjson", "application/x-ndjson")
MOST_OCTETS: Final = 64 * 1024**3
LEFT: Final = 1024**3  # octets of the disk that an upload may not take
SILENCE: Final = 60.0  # seconds without an octet
INPUT: Final = "input.ndjson"

_CHUNK: Final = 1024 * 1024


def doors(house: House) -> dict[str, ASGIApp]:
    """The door of each server that declares it, by its path."""
    endpoints = [one for module in house.modules for one in module.endpoints if one.imports is not None]
    return {f"{one.base}/$import": application(house, one) for one in endpoints}


def application(house: House, endpoint: Endpoint) -> ASGIApp:
    """The door of one server."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = await _take(house, request, endpoint)
        except Problem as problem:
            answer = answered(problem, request)
            if problem.kind is Kind.TOO_LARGE:
                answer.headers["Connection"] = "close"
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    return serve


async def _take(house: House, request: Request, endpoint: Endpoint) -> Response:
    """202 with Content-Location. Raises: Problem; ClientDisconnect when the client goes away (nothing is kept)."""
    by = await house.actor_of(request.headers, {})  # a key, no cookie: another site must not make a browser write here
    if request.method != "POST":
        problem = Problem.of(Kind.NOT_ALLOWED, "Seul POST est offert ici.", "Only POST is offered here.")
        problem.headers = (("Allow", "POST"),)
        raise problem
    register = endpoint.register.name
    ground = check_may_import(by, endpoint)
    whole = _check(request)
    await desk.check_room(house.database, by.id)
    id = draw_id()
    folder = files.folder_of(house.settings.data, id)
    await asyncio.to_thread(files.emptied, folder)
    try:
        size = await _receive(house, request, folder / INPUT)
        trace = trace_of(by, ground, register, "$import", house, request)
        speech = language(request.headers.get("accept-language", ""))
        what = Import((Source(str(folder / INPUT), INPUT),), whole, speech)
        rows, event = desk.place(id, "import", register, str(request.url), what.to_json(), trace, total=size)
        await house.database.write(register, rows, trace, notes=[event])
    except BaseException as error:
        await asyncio.to_thread(files.remove, folder)
        if isinstance(error, OSError):
            raise Problem.of(
                Kind.UNAVAILABLE,
                f"Le fichier n'a pas pu être gardé ({system_said(error).fr}) ; prévenez l'exploitant.",
                f"The file could not be kept ({system_said(error).en}); tell the operator.",
            ) from error
        raise
    answer = accepted(f"{request.url.scheme}://{request.url.netloc}", id, speech)
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(answer.body, answer.status, {**headers, "Cache-Control": "no-store"}, "application/fhir+json")


def _check(request: Request) -> bool:
    """Whether a single wrong line refuses the whole. Raises: Problem(UNSUPPORTED_MEDIA | INVALID)."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in MEDIA:
        raise Problem.of(
            Kind.UNSUPPORTED_MEDIA,
            f"Envoyez du NDJSON, une ressource par ligne, avec Content-Type : {MEDIA[0]}.",
            f"Send NDJSON, one resource a line, with Content-Type: {MEDIA[0]}.",
            rule=RULE,
        )
    if not prefer(request.headers.get("prefer", "")).later:
        raise Problem.of(
            Kind.INVALID,
            "Un import se fait en tâche de fond : ajoutez l'en-tête « Prefer: respond-async ».",
            "An import runs in the background: add the header “Prefer: respond-async”.",
            rule=RULE,
        )
    for name, value in request.query_params.multi_items():
        if name != "errors" or value not in ("skip", "refuse"):
            raise Problem.of(
                Kind.INVALID,
                "Seul paramètre possible : errors=skip (les lignes fausses sont laissées de côté) ou errors=refuse (une "
                "seule ligne fausse fait tout refuser).",
                "Only parameter possible: errors=skip (wrong lines are left out) or errors=refuse (a single wrong line has "
                "the whole refused).",
                expression=f"http.{name[:60]}",
                rule=RULE,
            )
    return request.query_params.get("errors") == "refuse"


async def _receive(house: House, request: Request, path: Path) -> int:
    """Write the body to a file; its octets, once decompressed. Raises: Problem(TOO_LARGE | TIMED_OUT | MALFORMED …)."""
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip"):
        raise Problem.of(
            Kind.UNSUPPORTED_MEDIA, "Content-Encoding : gzip ou rien.", "Content-Encoding: gzip or nothing."
        )
    room = (await asyncio.to_thread(shutil.disk_usage, house.settings.data)).free - LEFT
    most = min(MOST_OCTETS, room)
    if int(request.headers.get("content-length") or 0) > most:
        raise _too_large(most)
    unpack = zlib.decompressobj(wbits=31) if coding == "gzip" else None
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        size = 0
        async for part in _parts(request):
            while part:
                data, part = part, b""
                if unpack is not None:
                    data, part = _inflated(unpack, data)
                size += len(data)
                if size > most:
                    raise _too_large(most)
                await asyncio.to_thread(_write, file, data)
        if unpack is not None and not unpack.eof:
            raise Problem.of(Kind.MALFORMED, "Le corps gzip est incomplet.", "The gzip body is incomplete.")
        await asyncio.to_thread(os.fsync, file.fileno())
    if not size:
        raise Problem.of(Kind.MALFORMED, "Le corps est vide.", "The body is empty.", rule=RULE)
    return size


async def _parts(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes, gathered by the megabyte."""
    stream = aiter(request.stream())
    gathered = bytearray()
    while True:
        try:
            async with asyncio.timeout(SILENCE):
                part = await anext(stream)
        except StopAsyncIteration:
            break
        except TimeoutError:
            raise Problem.of(
                Kind.TIMED_OUT, "L'envoi s'est interrompu trop longtemps.", "The body stopped coming for too long."
            ) from None
        gathered += part
        if len(gathered) >= _CHUNK:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _inflated(unpack: "zlib._Decompress", data: bytes) -> tuple[bytes, bytes]:
    """Some octets decompressed, and those that wait: a small body may hide a huge one."""
    try:
        out = unpack.decompress(data, 4 * _CHUNK)
    except zlib.error as error:
        raise Problem.of(Kind.MALFORMED, "Le corps gzip est illisible.", "The gzip body is unreadable.") from error
    return out, unpack.unconsumed_tail


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)


def _too_large(most: int) -> Problem:
    return Problem.of(
        Kind.TOO_LARGE,
        f"Le fichier dépasse la place qu'il peut prendre ici ({max(0, most) // 1024**2} Mio).",
        f"The file is larger than the room it may take here ({max(0, most) // 1024**2} MiB).",
        rule=RULE,
    )
