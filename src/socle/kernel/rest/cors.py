"""Calls from web pages of other origins: off unless `Settings.origins` names them. Source: WHATWG Fetch (CORS)."""

from typing import Final

from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange

_METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST: Final = (
    b"accept, authorization, content-type, if-match, if-none-exist, if-none-match, prefer, "
    b"x-request-id, x-socle-purpose"
)
_EXPOSED: Final = b"etag, last-modified, location, preference-applied, warning, x-request-id"


def preflight(x: Exchange) -> bool:
    """Answer a browser's question before the request itself; False when this is no such question."""
    asked = dict(x.scope["headers"])
    if x.method != "OPTIONS" or b"access-control-request-method" not in asked:
        return False
    x.answer = Answer(204)
    if _allowed(x, asked.get(b"origin", b"")):
        x.answer.headers += [
            (b"access-control-allow-origin", asked[b"origin"]),
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _REQUEST),
            (b"access-control-max-age", b"600"),
            (b"vary", b"origin"),
        ]
    return True


def cross_origin(x: Exchange) -> None:
    """Let the page of an allowed origin read the answer."""
    origin = x.headers.get("origin", "").encode("latin-1")
    if x.answer is not None and _allowed(x, origin):
        x.answer.headers += [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"origin"),
        ]


def _allowed(x: Exchange, origin: bytes) -> bool:
    return origin.decode("latin-1") in x.server.settings.origins
