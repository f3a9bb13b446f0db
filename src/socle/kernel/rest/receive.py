"""The `receive` step: the body, only from a caller who was let through; bounded in size, time and depth."""

import asyncio
import zlib

from socle.kernel.fhir import json, xml
from socle.kernel.fhir.check import check
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.arrive import form, no_utf_8, too_large
from socle.kernel.rest.exchange import Disconnected, Exchange
from socle.kernel.rest.negotiate import check_content_type, is_xml, negotiate
from socle.kernel.rest.patches import patch_of
from socle.kernel.rest.permit import permit
from socle.kernel.store import Json

_LARGE = 1024 * 1024  # octets


async def receive(x: Exchange) -> None:
    """Read the body and understand it: a resource for most, a form for a search, a patch for a patch.

    Raises: Problem(UNSUPPORTED_MEDIA | TOO_LARGE | TIMED_OUT | MALFORMED | INVALID); Disconnected.
    """
    column = x.column
    if x.inside:  # an entry of a bundle: its body came with the bundle's
        if column in ("create", "update"):
            understand(x, x.content)
        elif column == "operation" and x.content is not None and not _as_it_comes(x):
            check(x.content)
        return
    if column == "search" or column == "operation":
        if x.method in ("GET", "HEAD"):
            return
        if x.headers.get("content-length", "0") in ("", "0") and "transfer-encoding" not in x.headers:
            return  # everything is in the URL
    bodies = x.operation.bodies if x.operation is not None else ()
    media = check_content_type(x.headers.get("content-type"), column, bodies)
    body = await read_body(x)
    if column == "search":
        _take_form(x, body)
        negotiate(x)  # a form may carry _format …
        permit(x)  # … and lead to persons: judged again, before anything is looked up
        return
    if not body.strip():
        raise Problem.of(
            Kind.MALFORMED,
            "Le corps de la requête est vide.",
            "The body of the request is empty.",
            rule="FHIR R4 http.html",
        )
    if bodies:
        x.body, x.media = body, media
        return
    if column == "patch":
        x.content = patch_of(media, body, x.server.settings.limits)
        return
    if is_xml(media):
        await _take_xml(x, body)
    else:
        x.body = body
        x.content = json.parse(body)
    if not isinstance(x.content, dict):
        raise Problem.of(
            Kind.INVALID,
            "Le corps doit être une ressource : un objet JSON avec resourceType.",
            "The body must be a resource: a JSON object with resourceType.",
            rule="FHIR R4 json.html#resources",
            code="structure",
        )
    if column in ("create", "update"):
        understand(x, x.content)
    elif column == "operation" and not _as_it_comes(x):
        check(x.content)


def _as_it_comes(x: Exchange) -> bool:
    """Whether the operation says itself what is wrong with a resource."""
    return x.operation is not None and x.operation.unchecked


async def _take_xml(x: Exchange, body: bytes) -> None:
    """A resource in XML; from here on it is what its JSON form would be. A large one does not hold the others up."""
    large = len(body) > _LARGE
    reading = await asyncio.to_thread(xml.read, body) if large else xml.read(body)
    x.content = reading.resource
    x.body, x.written = json.serialise(reading.resource), body
    x.dropped = reading.dropped


def understand(x: Exchange, resource: Json | None) -> list[Json]:
    """Refuse a resource that is not legal R4, or not the one that the URL names. Answers as `check` does.

    Raises: Problem(INVALID).
    """
    if resource is None:
        raise Problem.of(
            Kind.INVALID,
            "L'entrée n'a pas de ressource.",
            "The entry has no resource.",
            rule="FHIR R4 bundle.html bdl-3",
        )
    urns = check(resource, expected_type=x.type, conditional_references=x.inside == "transaction")
    if x.column == "update" and x.id:
        given = resource.get("id")
        if given != x.id:
            raise Problem.of(
                Kind.INVALID,
                f"L'identifiant du corps ({given or 'absent'}) n'est pas celui de l'adresse ({x.id}).",
                f"The id in the body ({given or 'absent'}) is not the one in the URL ({x.id}).",
                expression=f"{x.type}.id",
                rule="FHIR R4 http.html#update",
            )
    return urns


def _take_form(x: Exchange, body: bytes) -> None:
    """Parameters of a search by POST; they count like those of the URL."""
    try:
        text = body.decode()  # an accent that nobody encoded is in UTF-8, as `curl -d` sends it
    except UnicodeDecodeError as error:
        raise no_utf_8() from error
    x.parameters = [*x.parameters, *form(x, text)]
    x.query = f"{x.query}&{text}" if x.query else text


async def read_body(x: Exchange) -> bytes:
    """The body, decompressed.

    Raises: Problem(TOO_LARGE) as soon as the limit is passed, Problem(TIMED_OUT) when the client is too slow,
    Problem(UNSUPPORTED_MEDIA) for a coding other than gzip; Disconnected when the client goes away.
    """
    bounds = x.server.settings.limits
    coding = x.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise Problem.of(
            Kind.UNSUPPORTED_MEDIA,
            f"Content-Encoding « {coding[:40]} » n'est pas accepté : gzip ou rien.",
            f"Content-Encoding “{coding[:40]}” is not accepted: gzip or nothing.",
        )
    whole = x.scope.get("whole")
    try:
        if whole is not None and whole():  # nothing is waited for: no need of a timer
            raw = await _collect(x, bounds.body)
        else:
            async with asyncio.timeout(bounds.seconds):
                raw = await _collect(x, bounds.body)
    except TimeoutError as error:
        raise Problem.of(
            Kind.TIMED_OUT,
            f"Le corps n'est pas arrivé en {bounds.seconds:g} secondes.",
            f"The body did not arrive within {bounds.seconds:g} seconds.",
        ) from error
    if coding == "identity":
        return raw
    body = _inflate(raw, bounds.body)
    x.hold(len(body))
    return body


async def _collect(x: Exchange, most: int) -> bytes:
    message = await x.receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    x.hold(len(body))
    if not message.get("more_body", False):
        x.heard = True
        if len(body) > most:
            raise too_large(most)
        return body
    parts, size = [body], len(body)
    while True:
        x.heard = not message.get("more_body", False)
        if size > most:
            raise too_large(most)
        if x.heard:
            return b"".join(parts)
        message = await x.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part: bytes = message.get("body", b"")
        x.hold(len(part))
        parts.append(part)
        size += len(part)


def _inflate(raw: bytes, most: int) -> bytes:
    """Decompress gzip, never beyond `most` octets (a small body may hide a huge one)."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        body = inflater.decompress(raw, most + 1)
    except zlib.error as error:
        raise Problem.of(Kind.MALFORMED, "Le corps gzip est illisible.", "The gzip body is unreadable.") from error
    if len(body) > most:
        raise too_large(most)
    if not inflater.eof or inflater.unused_data:
        raise Problem.of(Kind.MALFORMED, "Le corps gzip est incomplet.", "The gzip body is incomplete.")
    return body
