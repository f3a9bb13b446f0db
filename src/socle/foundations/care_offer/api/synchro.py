"""The door of bed management: `PATCH /ror/synchro/Location?identifier=<struct>/<externalId>`.

No Ror-* header comes here, as in the national service. Source: ROR documentation, patch capacitaire.
"""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.foundations.care_offer.actions import beds
from socle.foundations.care_offer.permissions import BEDS, REGISTER
from socle.foundations.care_offer.rules import headers
from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.fhir.check import check
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem, operation_outcome
from socle.kernel.policy import Actor
from socle.kernel.rest.fields import etag, http_date, language
from socle.kernel.store import Json

PATH: Final = "/ror/synchro/Location"
METHODS: Final = ("PATCH", "GET", "POST", "PUT", "DELETE")  # but PATCH, answered in FHIR that they are not for here
MAX_BYTES: Final = 1_000_000
SECONDS: Final = 30.0
_FHIR: Final = "application/fhir+json;charset=utf-8"
_TYPES: Final = ("application/fhir+json", "application/json")
_NO_STORE: Final = {"Cache-Control": "no-store"}


def routes(house: House) -> list[BaseRoute]:
    """The one route."""

    async def serve(request: Request) -> Response:
        trace: Trace | None = None
        try:
            if request.method != "PATCH":
                raise _not_here()
            by = await house.actor_of(request.headers, request.cookies)
            trace = _trace(house, by, request)
            return await _patched(house, request, by, trace)
        except Problem as problem:
            if trace is not None:
                await house.database.record(REGISTER, _refused(trace, problem, request))
            speech = language(request.headers.get("accept-language", ""))
            outcome = operation_outcome(problem.issues, speech, kind=problem.kind)
            answer_headers = {**_NO_STORE, **dict(problem.headers)}
            return Response(serialise(outcome), problem.kind.status, answer_headers, _FHIR)

    return [Route(PATH, serve, methods=[*METHODS])]


def _not_here() -> Problem:
    problem = Problem.of(
        Kind.NOT_ALLOWED,
        "Ici, les lits se mettent à jour par PATCH ; pour les lire : /ror/fhir/Location.",
        "Beds are updated here, by PATCH; to read them: /ror/fhir/Location.",
        rule="ROR, patch capacitaire",
    )
    problem.headers = (("Allow", "PATCH"),)
    return problem


async def _patched(house: House, request: Request, by: Actor, trace: Trace) -> Response:
    """200 with the new version. Raises: Problem."""
    beds.allowed(by)
    unwanted = [name for name in headers.NAMES if name.lower() in request.headers]
    if unwanted:
        raise Problem.of(
            Kind.INVALID,
            f"Les en-têtes Ror-* n'ont pas leur place ici : retirez {', '.join(unwanted)}.",
            f"Ror-* headers have no place here: remove {', '.join(unwanted)}.",
            expression=f"http.{unwanted[0]}",
            rule="ROR, patch capacitaire",
        )
    unknown = [name for name in request.query_params if name not in ("identifier", "_format", "_pretty")]
    given = request.query_params.getlist("identifier")
    if unknown or len(given) != 1:
        raise Problem.of(
            Kind.INVALID,
            "Donnez « identifier », une fois, et rien d'autre.",
            "Give “identifier”, once, and nothing else.",
            expression=f"http.{unknown[0][:60]}" if unknown else "http.identifier",
            rule="ROR, patch capacitaire",
        )
    stored = await beds.update(house.repositories[REGISTER], given[0], await _body(request), by=by, trace=trace)
    said = {**_NO_STORE, "ETag": etag(stored.version), "Last-Modified": http_date(stored.updated)}
    return Response(stored.body, 200, said, _FHIR)


async def _body(request: Request) -> Json:
    """The Parameters sent, structurally right. Raises: Problem(UNSUPPORTED_MEDIA | TOO_LARGE | MALFORMED | INVALID)."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in _TYPES:
        raise Problem.of(
            Kind.UNSUPPORTED_MEDIA,
            f"Envoyez du JSON, avec Content-Type : {_TYPES[0]}.",
            f"Send JSON, with Content-Type: {_TYPES[0]}.",
            rule="FHIR R4 http.html#mime-type",
        )
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise Problem.of(Kind.TOO_LARGE, "Le corps dépasse 1 Mo.", "The body exceeds 1 MB.")
    except TimeoutError:
        raise Problem.of(
            Kind.TIMED_OUT, "Le corps n'est pas arrivé à temps.", "The body did not come in time."
        ) from None
    found = parse(bytes(body))
    if not isinstance(found, dict):
        raise Problem.of(Kind.INVALID, "Le corps est une ressource Parameters.", "The body is a Parameters resource.")
    return _lenient(found)


def _lenient(body: Json) -> Json:
    """The body checked as R4 but for one shape of the guide: a part that holds its extension and no name.

    Raises: Problem(INVALID).
    """
    named = _named(body)
    check(named, expected_type="Parameters")
    return body


def _named(body: Json) -> Json:
    """A copy in which each part has a name, and each that holds nothing but extensions a value: so that R4 can judge the rest."""

    def part(one: object) -> object:
        if not isinstance(one, dict):
            return one
        said = {"name": "-", **one}
        if isinstance(said.get("part"), list):
            said["part"] = [part(inner) for inner in said["part"]]
        elif not any(name.startswith("value") or name == "resource" for name in said):
            said["valueBoolean"] = True
        return said

    if not isinstance(body.get("parameter"), list):
        return body
    return {**body, "parameter": [part(one) for one in body["parameter"]]}


def _trace(house: House, by: Actor, request: Request) -> Trace:
    return Trace(
        by.id,
        by.name,
        " ".join(sorted(by.roles)),
        by.structure,
        str(by.means),
        BEDS.name,
        house.clock(),
        REGISTER,
        "patch",
        source=request.client.host if request.client else "",
    )


def _refused(trace: Trace, problem: Problem, request: Request) -> Event:
    rules = " ".join(dict.fromkeys(issue.rule for issue in problem.issues if issue.rule))
    detail = f"{problem.kind.status} {problem.kind.name} {rules}".rstrip()
    failed = Outcome.FAILED if problem.kind.status >= 500 else Outcome.REFUSED
    return Event(trace, Action.UPDATE, failed, ("Location",), (), request.url.query[:500], detail)
