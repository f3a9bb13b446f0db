"""Protocols beside FHIR: a FHIRPath engine."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.foundations.interoperability.actions.validation import tried
from socle.foundations.interoperability.api.bodies import bounded
from socle.foundations.interoperability.rules.lab import parameters_of, trial_of
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem, operation_outcome
from socle.kernel.rest.fields import language

PATH = "/interoperability/fhirpath"
MAX_BYTES = 1_000_000
_FHIR = "application/fhir+json;charset=utf-8"
_TYPES = ("application/fhir+json", "application/json")
# The page of FHIRPath Lab calls engines from its own origin. Nothing here depends on who asks, and no cookie is read:
# any page may read the answer.
_OPEN = {"access-control-allow-origin": "*"}
_PREFLIGHT = {
    **_OPEN,
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "accept, accept-language, content-type",
    "access-control-max-age": "600",
}


def routes(house: House) -> list[BaseRoute]:
    """`POST /interoperability/fhirpath`: Parameters in, Parameters out."""

    async def serve(request: Request) -> Response:
        try:
            trial = trial_of(parse(await _body(request)))
            findings = await tried(house, trial, now=house.clock())
            return Response(serialise(parameters_of(trial, findings)), headers=_OPEN, media_type=_FHIR)
        except Problem as problem:
            speech = language(request.headers.get("accept-language", ""))
            outcome = operation_outcome(problem.issues, speech, kind=problem.kind)
            return Response(serialise(outcome), problem.kind.status, headers=_OPEN, media_type=_FHIR)

    async def permit(request: Request) -> Response:
        return Response(status_code=204, headers=_PREFLIGHT)

    return [Route(PATH, serve, methods=["POST"]), Route(PATH, permit, methods=["OPTIONS"])]


async def _body(request: Request) -> bytes:
    """The body. Raises: Problem(UNSUPPORTED_MEDIA | TOO_LARGE)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _TYPES:
        raise Problem.of(
            Kind.UNSUPPORTED_MEDIA,
            f"Envoyez du JSON, avec Content-Type : {_TYPES[0]}.",
            f"Send JSON, with Content-Type: {_TYPES[0]}.",
            rule="FHIR R4 http.html#mime-type",
        )
    return await bounded(request, MAX_BYTES, "fhirpath")
