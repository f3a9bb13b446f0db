"""The three kinds of patches as HTTP carries them: by media type, or in an entry of a bundle. Source: http.html#patch."""

from base64 import b64decode
from binascii import Error as BadBase64
from typing import Any, Final

from socle.kernel.fhir import json, xml
from socle.kernel.fhir.check import check
from socle.kernel.fhir.patch import Bounds, FhirPathPatch, JsonPatch, Patch, XmlPatch
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.negotiate import JSON_PATCH, XML_PATCH, is_xml
from socle.kernel.rest.settings import Limits

_RULE: Final = "FHIR R4 http.html#patch"


def patch_of(media: str, body: bytes, limits: Limits) -> Patch:
    """The patch in the body of a request. Raises: Problem(MALFORMED | INVALID | TOO_COSTLY)."""
    bounds = Bounds(limits.patch, limits.copied)
    if media == JSON_PATCH:
        return JsonPatch(json.parse(body), bounds)
    if media == XML_PATCH:
        return XmlPatch(body, bounds)
    said = xml.read(body).resource if is_xml(media) else json.parse(body)
    if isinstance(said, list):  # what `application/json` alone does not tell from a resource
        raise _wrong(
            f"Le corps est une liste, comme un JSON Patch : annoncez-le par Content-Type: {JSON_PATCH}. Sous "
            f"« {media} » est attendu un Parameters (FHIRPath Patch).",
            f"The body is a list, as a JSON Patch is: announce it by Content-Type: {JSON_PATCH}. As “{media}” a "
            "Parameters is expected (FHIRPath Patch).",
        )
    return _fhirpath(said, bounds)


def patch_in(resource: Any, limits: Limits) -> Patch:
    """The patch that the resource of an entry is (Parameters) or holds (Binary).

    Raises: Problem(MALFORMED | INVALID | TOO_COSTLY).
    """
    resource_type = resource.get("resourceType") if isinstance(resource, dict) else None
    if resource_type == "Parameters":
        return _fhirpath(resource, Bounds(limits.patch, limits.copied))
    media = resource.get("contentType") if resource_type == "Binary" else None
    if media not in (JSON_PATCH, XML_PATCH):
        raise _wrong(
            f"Un patch dans un lot est un Parameters, ou un Binary de contentType {JSON_PATCH} ou {XML_PATCH}.",
            f"A patch inside a bundle is a Parameters, or a Binary whose contentType is {JSON_PATCH} or {XML_PATCH}.",
        )
    try:
        text = b64decode("".join(str(resource.get("data", "")).split()), validate=True)
    except (BadBase64, ValueError) as error:
        raise _wrong("Les données du Binary ne sont pas du base64.", "The Binary's data are not base64.") from error
    return patch_of(media, text, limits)


def _fhirpath(parameters: Any, bounds: Bounds) -> FhirPathPatch:
    check(parameters, expected_type="Parameters")
    return FhirPathPatch(parameters, bounds)


def _wrong(fr: str, en: str) -> Problem:
    return Problem.of(Kind.INVALID, fr, en, rule=_RULE)
