"""`POST /interoperability/validate`: a validator for everybody; nothing is kept."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.foundations.interoperability.api.bodies import bounded
from socle.kernel.fhir.json import serialise
from socle.kernel.fhir.validation import sources
from socle.kernel.fhir.validation.reports import as_html, as_junit, as_outcome, as_row
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Language, Problem, operation_outcome
from socle.kernel.rest.fields import language

PATH = "/interoperability/validate"
MAX_BYTES = 20_000_000
MOST = 2_000  # texts of one request: about two seconds of work
FORMATS = ("outcome", "json", "html", "junit")
PARAMETERS = frozenset({"profile", "format", "language", "name"})
_FHIR = "application/fhir+json;charset=utf-8"
_FORM = "multipart/form-data"  # that curl -d says application/x-www-form-urlencoded of a resource is forgiven
_NDJSON = frozenset({"application/fhir+ndjson", "application/ndjson", "application/x-ndjson"})


def routes(house: House) -> list[BaseRoute]:
    """A resource (JSON, XML), lines of resources (NDJSON) or an archive (zip) in; what is wrong out.

    profile   URL of a profile to apply; several may be given
    language  fr or en, else what the caller's browser says
    format    outcome (an OperationOutcome; a Bundle of them for several texts), json (a row for each text), html, junit
    name      of the text, in reports
    """

    async def serve(request: Request) -> Response:
        speech = language(request.headers.get("accept-language", ""))
        try:
            speech, form, profiles, name = _asked(request, speech)
            texts = []
            for source in sources(name, await _body(request)):
                texts.append(source)
                if len(texts) > MOST:
                    raise _too_many()
            judged = await house.validator.judge_texts(texts, profiles=profiles, now=house.clock(), language=speech)
        except Problem as problem:
            outcome = operation_outcome(problem.issues, speech, kind=problem.kind)
            return Response(serialise(outcome), status_code=problem.kind.status, media_type=_FHIR)
        if form == "html":
            return Response(as_html(judged, speech), media_type="text/html;charset=utf-8")
        if form == "junit":
            return Response(as_junit(judged, speech), media_type="application/xml;charset=utf-8")
        if form == "json":
            return Response(serialise([as_row(one, speech) for one in judged]), media_type="application/json")
        if len(judged) == 1:
            return Response(serialise(as_outcome(judged[0], speech)), media_type=_FHIR)
        entries = [{"resource": as_outcome(one, speech)} for one in judged]
        bundle = {"resourceType": "Bundle", "type": "collection", **({"entry": entries} if entries else {})}
        return Response(serialise(bundle), media_type=_FHIR)

    return [Route(PATH, serve, methods=["POST"])]


def _asked(request: Request, speech: Language) -> tuple[Language, str, list[str], str]:
    """(language, format, profiles, name of the text). Raises: Problem(INVALID | UNSUPPORTED_MEDIA)."""
    given = request.query_params
    unknown = sorted(set(given) - PARAMETERS)
    if unknown:
        raise _wrong(
            f"« {unknown[0][:64]} » n'est pas un paramètre ; paramètres : {', '.join(sorted(PARAMETERS))}.",
            f'"{unknown[0][:64]}" is no parameter; parameters: {", ".join(sorted(PARAMETERS))}.',
        )
    form = given.get("format", "outcome")
    if form not in FORMATS:
        raise _wrong(
            f"format={form[:40]} n'est pas offert ; écrivez un de {', '.join(FORMATS)}.",
            f"format={form[:40]} is not offered; write one of {', '.join(FORMATS)}.",
        )
    wanted = given.get("language", speech)
    if wanted not in ("fr", "en"):
        raise _wrong("language : fr ou en.", "language: fr or en.")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == _FORM:
        raise Problem.of(
            Kind.UNSUPPORTED_MEDIA,
            "Envoyez le texte lui-même, et non un formulaire : curl --data-binary @FICHIER.",
            "Send the text itself, not a form: curl --data-binary @FILE.",
            rule="SOCLE-VALIDATE",
        )
    name = given.get("name", "")[:200] or ("lines.ndjson" if media in _NDJSON else "resource")
    if media in _NDJSON and not name.endswith(".ndjson"):
        name += ".ndjson"
    return ("en" if wanted == "en" else "fr"), form, given.getlist("profile"), name


async def _body(request: Request) -> bytes:
    """The body. Raises: Problem(TOO_LARGE | INVALID)."""
    body = await bounded(request, MAX_BYTES, "validate")
    if not body.strip():
        raise _wrong("Envoyez la ressource à vérifier.", "Send the resource to check.")
    return body


def _too_many() -> Problem:
    return Problem.of(
        Kind.TOO_LARGE,
        f"Plus de {MOST} textes à la fois ; « socle validate » n'a pas cette limite.",
        f"More than {MOST} texts at once; `socle validate` has no such limit.",
        rule="SOCLE-VALIDATE-SIZE",
    )


def _wrong(fr: str, en: str) -> Problem:
    return Problem.of(Kind.INVALID, fr, en, rule="SOCLE-VALIDATE")
