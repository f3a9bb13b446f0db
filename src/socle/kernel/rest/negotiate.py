"""The `negotiate` step: the format of the answer, and that of the body. Source: FHIR R4 http.html#mime-type."""

from functools import lru_cache
from typing import Final

from socle.kernel.fhir.media import JSON, XML
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.fields import weighted

JSON_PATCH: Final = "application/json-patch+json"
XML_PATCH: Final = "application/xml-patch+xml"
FORM: Final = "application/x-www-form-urlencoded"
_FORMATS: Final = {
    "json": JSON,
    "application/json": "application/json",
    "text/json": "application/json",
    "application/fhir+json": JSON,
    "application/fhir json": JSON,  # a "+" that nobody escaped
    "application/json+fhir": JSON,
    "application/json fhir": JSON,
    "xml": XML,
    "application/xml": "application/xml",
    "text/xml": "text/xml",
    "application/fhir+xml": XML,
    "application/fhir xml": XML,
    "application/xml+fhir": XML,
    "application/xml fhir": XML,
}
_ACCEPTED: Final = {
    "application/fhir+json": JSON,
    "application/json+fhir": JSON,
    "application/json": "application/json",
    "text/json": "application/json",
    "application/fhir+xml": XML,
    "application/xml+fhir": XML,
    "application/xml": "application/xml",
    "text/xml": "text/xml",
}
_RANGES: Final = ("application/*", "*/*")
_JSON_BODIES: Final = ("application/fhir+json", "application/json", "application/json+fhir", "text/json")
_XML_BODIES: Final = ("application/fhir+xml", "application/xml", "application/xml+fhir", "text/xml")
_RESOURCES: Final = (*_JSON_BODIES, *_XML_BODIES)
_PATCHES: Final = (JSON_PATCH, XML_PATCH, *_RESOURCES)  # a resource: the Parameters of a FHIRPath Patch
_PAGES: Final = "application/xhtml+xml"  # who accepts that is a browser: its application/xml is for pages, not for data
_VERSIONS: Final = ("", "4.0", "4.0.1")
_CHARSETS: Final = ("", "utf-8", "utf8", "us-ascii")


def negotiate(x: Exchange) -> None:
    """Choose the format of the answer from `_format`, else from Accept; read `_pretty`.

    Raises: Problem(NOT_ACCEPTABLE) for Turtle and another version of FHIR; Problem(INVALID) for a wrong `_pretty`.
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
    wanted = next((one for one in (JSON, XML) if one not in refused), None)
    for name, parameters, q in items:
        if q == 0 or parameters.get("fhirversion", "") not in _VERSIONS:
            continue
        media = _ACCEPTED.get(name) or (wanted if name in _RANGES else None)
        if media == "application/xml" and any(other == _PAGES for other, _, _ in items):
            continue
        if media is not None and media not in refused:
            return media
    if not items:
        return JSON
    raise _not_acceptable(accept)


def _not_acceptable(said: str) -> Problem:
    return Problem.of(
        Kind.NOT_ACCEPTABLE,
        f"Le format « {said[:100]} » n'est pas offert : demandez application/fhir+json ou application/fhir+xml "
        "(FHIR 4.0).",
        f"The format “{said[:100]}” is not offered: ask for application/fhir+json or application/fhir+xml (FHIR 4.0).",
        rule="FHIR R4 http.html#mime-type",
    )


def check_content_type(said: str | None, column: str, bodies: tuple[str, ...] = ()) -> str:
    """The media type of a body, one that this interaction takes (`bodies` when it says so itself).

    Raises: Problem(UNSUPPORTED_MEDIA).
    """
    return _check(
        said or "", bodies or (_PATCHES if column == "patch" else (FORM,) if column == "search" else _RESOURCES)
    )


def is_xml(media: str) -> bool:
    """Whether a media type of `check_content_type` is one of FHIR XML."""
    return media in _XML_BODIES


@lru_cache(maxsize=256)
def _check(said: str, wanted: tuple[str, ...]) -> str:
    items = weighted(said)
    if len(items) == 1:
        name, parameters, _ = items[0]
        if (
            name in wanted
            and parameters.get("charset", "").lower() in _CHARSETS
            and parameters.get("fhirversion", "") in _VERSIONS
        ):
            return name
    others = [
        media for media in (XML_PATCH, *_RESOURCES[:1], *_XML_BODIES[:1]) if media in wanted and media != wanted[0]
    ]
    other_fr, other_en = (f" (ou {', '.join(others)})", f" (or {', '.join(others)})") if others else ("", "")
    raise Problem.of(
        Kind.UNSUPPORTED_MEDIA,
        f"Le corps est annoncé comme « {said[:100] or 'rien'} » ; ici, Content-Type doit être "
        f"{wanted[0]}{other_fr}, en UTF-8.",
        f"The body is announced as “{said[:100] or 'nothing'}”; here, Content-Type must be "
        f"{wanted[0]}{other_en}, in UTF-8.",
        rule="FHIR R4 http.html#mime-type",
    )
