"""How the doctrine answers machines: an entity tag, a short cache, open to any origin, compressed when that is understood."""

import gzip
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from socle.kernel.outcome import Language, Problem, operation_outcome

JSON = "application/json"
_WORTH = 1_000  # bytes from which compressing pays
_LARGE = 50_000  # bytes from which compressing once for all pays
# Nobody's data, and nothing that depends on who asks: any cache may keep it, any site may read it.
_OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


def data(request: Request, value: object) -> Response:
    """A value as JSON."""
    return content(request, orjson.dumps(value), JSON)


def content(request: Request, body: bytes, media_type: str, *, filename: str = "", seconds: int = 300) -> Response:
    """Some bytes; 304 when the caller has them already. `filename` makes it a file to save."""
    tag = f'W/"{sha256(body).hexdigest()[:24]}"'
    headers = {**_OPEN, "ETag": tag, "Cache-Control": f"public, max-age={seconds}", "Vary": "Accept-Encoding"}
    known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if filename:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    packed = media_type in ("application/pdf", "application/epub+zip")  # compressed already
    if len(body) > _WORTH and not packed and "gzip" in request.headers.get("accept-encoding", ""):
        body = _again(body) if len(body) > _LARGE else _compressed(body)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=media_type)


def refusal(request: Request, problem: Problem) -> Response:
    """A Problem, as everywhere in the house: an OperationOutcome."""
    language: Language = "en" if request.headers.get("accept-language", "").lower().startswith("en") else "fr"
    outcome = operation_outcome(problem.issues, language, kind=problem.kind)
    headers = {**dict(problem.headers), **_OPEN, "Cache-Control": "no-store", "Vary": "Accept-Language"}
    return Response(orjson.dumps(outcome), problem.kind.status, headers=headers, media_type=JSON)


def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, 5, mtime=0)


@lru_cache(maxsize=8)
def _again(body: bytes) -> bytes:
    """Whole editions: few, large, asked for again and again."""
    return _compressed(body)
