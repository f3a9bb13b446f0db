"""`$export` as the ROR answers it, where it is followed, and its files."""

import asyncio
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from socle.foundations.care_offer.actions import extraction
from socle.foundations.care_offer.api.seeing import allowed
from socle.foundations.care_offer.model.profil import ProfilAcces
from socle.foundations.care_offer.permissions import EXPORT, REGISTER
from socle.foundations.care_offer.rules import extraction as rules
from socle.foundations.care_offer.store.sight import Seen
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.bulk import desk, files
from socle.kernel.fhir.json import serialise
from socle.kernel.module import House
from socle.kernel.outcome import Issue, Kind, Problem, Text, operation_outcome
from socle.kernel.policy import Actor, decide
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.bulk import draw_id
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.rest.fields import language
from socle.kernel.store import Tx

STATUS: Final = "export-poll-status"
PATH: Final = "/ror/extractions"
_JOB: Final = "_jobId"
_JSON: Final = "application/fhir+json"
_NO_STORE: Final = {"Cache-Control": "no-store"}


async def kick_off(call: Call) -> Answer:
    """202 with Content-Location: where to follow the work. Raises: Problem."""
    assert isinstance(call.sight, Seen)  # the server has a sight for everybody
    id = draw_id()
    asked = rules.understood(call.parameters)
    await extraction.ask(call.repository, asked, id=id, url=call.url, seen=call.sight, trace=call.trace)
    where = f"{_base(call)}/${STATUS}?{_JOB}={id}"
    said = Issue(Text(f"Accepté. Suivez-le à {where}.", f"Accepted. Follow it at {where}."), severity="information")
    answer = Answer(202, serialise(operation_outcome((said,), language(call.spoken))), entities=(f"bulk/{id}",))
    answer.headers.append((b"content-location", where.encode("latin-1")))
    return answer


async def status(call: Call) -> Answer:
    """202 while it runs, 200 with the manifest, or why it failed."""
    asked = await _theirs(call.repository.store, _id(call), call.actor, call.now)
    if asked.state == "failed":
        raise desk.problem_of(asked)
    if asked.state != "done":
        answer = Answer(202)
        said = "waiting" if asked.state == "waiting" else f"{asked.done} resources"
        answer.headers += [(b"x-progress", said.encode()), (b"retry-after", b"1")]
        return answer
    result = asked.result or {}
    manifest = {
        "transactionTime": result["at"],
        "request": asked.url,
        "requiresAccessToken": True,
        "output": [
            {"type": of, "url": f"{call.origin}{PATH}/{asked.id}/{name}", "count": count}
            for name, of, count in result["output"]
        ],
        "error": [],
    }
    return Answer(200, serialise(manifest), media="application/json")


async def cancel(call: Call) -> Answer:
    """202: the work stops, its files go. Raises: Problem(NOT_FOUND) when it is not theirs, or was cancelled already."""
    asked = await _theirs(call.repository.store, _id(call), call.actor, call.now)
    await extraction.cancel(call.repository, asked, trace=call.trace)
    return Answer(202, entities=(f"bulk/{asked.id}",))


def routes(house: House) -> list[BaseRoute]:
    """The files: they go from the disk to the wire, which a FHIR operation cannot do."""

    async def serve(request: Request) -> Response:
        try:
            by = await house.actor_of(request.headers, request.cookies)
            decision = decide(by, EXPORT)
            decision.or_raise(Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED)
            return await _file(house, request, by, decision.reason if decision.allowed else "")
        except Problem as problem:
            outcome = operation_outcome(
                problem.issues, language(request.headers.get("accept-language", "")), kind=problem.kind
            )
            return Response(
                serialise(outcome),
                problem.kind.status,
                {**_NO_STORE, **dict(problem.headers)},
                f"{_JSON};charset=utf-8",
            )

    return [Route(f"{PATH}/{{id}}/{{file}}", serve, methods=["GET"])]


async def _file(house: House, request: Request, by: Actor, ground: str) -> Response:
    """One file of an extraction that is done. Raises: Problem(NOT_FOUND)."""
    asked = await _theirs(house.database, request.path_params["id"], by, house.clock())
    name = request.path_params["file"]
    names = {one[0] for one in (asked.result or {}).get("output", ())}
    path = files.folder_of(house.settings.data, asked.id) / name
    found = rules.FILE.fullmatch(name) and name in names and await asyncio.to_thread(path.is_file)
    if asked.state != "done" or not found:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Ce fichier n'existe pas ; le manifeste dit lesquels existent.",
            "This file does not exist; the manifest says which do.",
        )
    source = request.client.host if request.client else ""
    roles = " ".join(sorted(by.roles))
    trace = Trace(
        by.id,
        by.name,
        roles,
        by.structure,
        str(by.means),
        ground,
        house.clock(),
        REGISTER,
        "$export-file",
        source=source,
    )
    await house.database.record(REGISTER, Event(trace, Action.READ, entities=(f"bulk/{asked.id}/{name}",)))
    return FileResponse(path, media_type=_JSON, headers=_NO_STORE)


def _id(call: Call) -> str:
    values = call.parameters.get(_JOB, [])
    if len(values) != 1:
        raise Problem.of(
            Kind.INVALID,
            f"« {_JOB} » est attendu une fois : suivez l'adresse que l'export a donnée (Content-Location).",
            f"“{_JOB}” is expected once: follow the address that the export gave (Content-Location).",
            expression=f"http.{_JOB}",
        )
    return values[0]


async def _theirs(database: Tx, id: str, by: Actor, now: datetime) -> desk.Asked:
    """The extraction of that id; nobody else's. Raises: Problem(NOT_FOUND | FORBIDDEN)."""
    asked = await desk.find(database, id) if files.ID.fullmatch(id) else None
    gone = asked is None or asked.state == "cancelled" or (asked.expires is not None and asked.expires <= now)
    if asked is None or gone or asked.owner != by.id or asked.register != REGISTER:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Il n'y a pas d'export ici : il n'existe pas, n'est pas le vôtre, ou ses fichiers ont expiré.",
            "There is no export here: it does not exist, is not yours, or its files have expired.",
        )
    allowed(by, ProfilAcces(asked.asked["profil"]))  # it may have been taken back meanwhile
    return asked


def _base(call: Call) -> str:
    return f"{call.origin}/ror/fhir"


OPERATIONS: Final = (
    Operation(
        "export",
        Text("Extraire l'offre en masse, en tâche de fond", "Extract the offer in bulk, in the background"),
        EXPORT,
        kick_off,
        "system",
        (),
        rules.PARAMETERS,
        writes=False,
    ),
    Operation(
        STATUS,
        Text("Suivre une extraction (GET), l'annuler (DELETE)", "Follow an extraction (GET), cancel it (DELETE)"),
        EXPORT,
        status,
        "system",
        (),
        (_JOB,),
        writes=False,
        withdraw=cancel,
    ),
)
