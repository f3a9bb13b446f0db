"""The `negotiate` step: the format of the answer, and that of the body. Source: FHIR R4 http.html#mime-type."""

from functools import lru_cache
from typing import Final

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import JSON
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.fields import weighted

PATCH: Final = "application/json-patch+json"
FORM: Final = "application/x-www-form-urlencoded"
_FORMATS: Final = {
    "json": JSON,
    "application/json": "application/json",
    "text/json": "application/json",
    "application/fhir+json": JSON,
    "application/fhir json": JSON,  # a "+" that nobody escaped
    "application/json+fhir": JSON,
    "application/json fhir": JSON,
}
_ACCEPTED: Final = {
    "application/fhir+json": JSON,
    "application/json+fhir": JSON,
    "application/json": "application/json",
    "text/json": "application/json",
    "application/*": JSON,
    "*/*": JSON,
}
_BODIES: Final = ("application/fhir+json", "application/json", "application/json+fhir", "text/json")
_VERSIONS: Final = ("", "4.0", "4.0.1")
_CHARSETS: Final = ("", "utf-8", "utf8", "us-ascii")


def negotiate(x: Exchange) -> None:
    """Choose the format of the answer from `_format`, else from Accept; read `_pretty`.

    Raises: Problem(NOT_ACCEPTABLE) for XML, Turtle and another version of FHIR; Problem(INVALID) for a wrong `_pretty`.
    """
    accept = x.headers.get("accept")
    if accept is not None:
        x.content_type = accepted(accept)
    if x.parameters:
        _from_url(x)


def _from_url(x: Exchange) -> None:
    said, pretty = x.parameter("_format"), x.parameter("_pretty")
    if said is not None:
        chosen = _FORMATS.get(said.partition(";")[0].strip().lower())
        if chosen is None:
            raise _not_acceptable(said)
        x.content_type = chosen
    if pretty is not None:
        if pretty not in ("true", "false"):
            raise Problem.of(
                Kind.INVALID,
                "« _pretty » vaut true ou false.",
                "“_pretty” is true or false.",
                expression="http._pretty",
                code="value",
            )
        x.pretty = pretty == "true"
    if said is not None or pretty is not None:
        x.parameters = [pair for pair in x.parameters if pair[0] not in ("_format", "_pretty")]


@lru_cache(maxsize=512)
def accepted(accept: str) -> str:
    """The media type to answer with, from an Accept header. Raises: Problem(NOT_ACCEPTABLE)."""
    items = weighted(accept)
    refused = {name for name, _, q in items if q == 0}
    for name, parameters, q in items:
        if q == 0 or parameters.get("fhirversion", "") not in _VERSIONS:
            continue
        media = _ACCEPTED.get(name)
        if media is not None and media not in refused:
            return media
    if not items:
        return JSON
    raise _not_acceptable(accept)


def _not_acceptable(said: str) -> Problem:
    return Problem.of(
        Kind.NOT_ACCEPTABLE,
        f"Le format « {said[:100]} » n'est pas offert : ce serveur parle JSON seulement pour l'instant "
        "(application/fhir+json, FHIR 4.0).",
        f"The format “{said[:100]}” is not offered: this server speaks only JSON for now "
        "(application/fhir+json, FHIR 4.0).",
        rule="FHIR R4 http.html#mime-type",
    )


def check_content_type(said: str | None, column: str) -> None:
    """Refuse a body in a format that is not the one of this interaction.

    Raises: Problem(UNSUPPORTED_MEDIA).
    """
    wanted = (PATCH,) if column == "patch" else (FORM,) if column == "search" else _BODIES
    _check(said or "", wanted)


@lru_cache(maxsize=256)
def _check(said: str, wanted: tuple[str, ...]) -> None:
    items = weighted(said)
    if len(items) == 1:
        name, parameters, _ = items[0]
        if (
            name in wanted
            and parameters.get("charset", "").lower() in _CHARSETS
            and parameters.get("fhirversion", "") in _VERSIONS
        ):
            return
    raise Problem.of(
        Kind.UNSUPPORTED_MEDIA,
        f"Le corps est annoncé comme « {said[:100] or 'rien'} » ; ici, Content-Type doit être {wanted[0]}, en UTF-8.",
        f"The body is announced as “{said[:100] or 'nothing'}”; here, Content-Type must be {wanted[0]}, in UTF-8.",
        rule="FHIR R4 http.html#mime-type",
    )
