"""The little of HTTP that these doors need, without a framework between the socket and them."""

from collections.abc import Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any, Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from socle.kernel.outcome import Problem

Headers = dict[str, str]
_SESSION: Final = "cookie"


def headers_of(scope: Scope) -> Headers:
    """Request headers, lower-case names."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def cookies_of(headers: Headers) -> dict[str, str]:
    """Cookies of the request. Source: RFC 6265 §4.2."""
    cookies = {}
    for pair in headers.get(_SESSION, "").split(";"):
        name, equal, value = pair.strip().partition("=")
        if equal:
            cookies[name] = value.strip('"')
    return cookies


@lru_cache(maxsize=256)
def media_type(value: str) -> tuple[str, dict[str, str]]:
    """(type/subtype, parameters) of a Content-Type, names in lower case. Source: RFC 9110 §8.3.1."""
    kind, *rest = value.split(";")
    parameters = {}
    for each in rest:
        name, equal, text = each.strip().partition("=")
        if equal:
            parameters[name.strip().lower()] = text.strip().strip('"')
    return kind.strip().lower(), parameters


def source_of(scope: Scope) -> str:
    """Network address of the caller."""
    client = scope.get("client")
    return client[0] if client else ""


async def read(receive: Receive, headers: Headers, limit: int, too_large: Callable[[], Problem]) -> bytes:
    """The whole body, if it is not larger than `limit` bytes; otherwise the rest is left unread.

    Raises: what `too_large` makes; ClientDisconnect.
    """
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise too_large()
    chunks: list[bytes] = []
    size = 0
    while True:
        message: MutableMapping[str, Any] = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large()
        chunks.append(chunk)
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def answer(
    send: Send, status: int, body: bytes, content_type: str, extra: Iterable[tuple[str, str]] = ()
) -> None:
    """Send a whole answer."""
    fields = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    fields.extend((name.lower().encode(), value.encode("latin-1")) for name, value in extra)
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
