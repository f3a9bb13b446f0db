"""Requests that another site makes the browser send in the reader's name: refused before anything reads them.

Only a cookie can be abused this way (a browser adds it by itself; it never adds an Authorization header), so the check
concerns unsafe methods that carry one. `SameSite=Strict` already keeps the cookie from other sites; this stops what is
left: another port or sub-domain of the same site, and browsers that ignore the attribute.
Sources: W3C Fetch Metadata (Sec-Fetch-Site), RFC 6454 (Origin), OWASP Cross-Site Request Forgery Prevention.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from socle.kernel.outcome import Kind, Language, Problem, operation_outcome

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
RULE: Final = "SOCLE-FORM-ORIGIN"


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that the request comes from elsewhere than this very origin.

    `headers` has lower-case names. Sec-Fetch-Site decides when it is there ("none" is the reader's own doing: address
    bar, bookmark); else Origin against Host; a request with neither was not made by a browser.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    return False


def foreign_request() -> Problem:
    """The refusal."""
    return Problem.of(
        Kind.FORBIDDEN,
        "Cette requête vient d'un autre site, qui utilise votre session à votre insu : elle a été refusée. "
        "Ouvrez la page depuis Socle et recommencez.",
        "This request comes from another site that uses your session behind your back: it was refused. "
        "Open the page from Socle and try again.",
        rule=RULE,
    )


def check(method: str, headers: Mapping[str, str]) -> None:
    """Refuse an unsafe request that is identified by a cookie and comes from another origin.

    Raises: Problem(FORBIDDEN).
    """
    if method not in SAFE and "cookie" in headers and "authorization" not in headers and is_foreign(headers):
        raise foreign_request()


class RefuseForeign:
    """ASGI middleware: `check` for every request, pages and FHIR alike."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer 403 with an OperationOutcome."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            raw: Iterable[tuple[bytes, bytes]] = scope["headers"]
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
            try:
                check(scope["method"], headers)
            except Problem as problem:
                await _answer(problem, headers, send)
                return
        await self._app(scope, receive, send)


async def _answer(problem: Problem, headers: Mapping[str, str], send: Send) -> None:
    language: Language = "en" if headers.get("accept-language", "").lower().startswith("en") else "fr"
    body = orjson.dumps(operation_outcome(problem.issues, language, kind=problem.kind))
    fields = [(b"content-type", b"application/fhir+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.kind.status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
