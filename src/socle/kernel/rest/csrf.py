"""Requests that another site makes the browser send in the reader's name: refused before anything reads them.

Only a cookie can be abused this way (a browser adds it by itself; it never adds an Authorization header), so the check
concerns unsafe methods that carry one. `SameSite=Strict` already keeps the cookie from other sites; this stops what is
left: another port or sub-domain of the same site, and browsers that ignore the attribute.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from socle.kernel.outcome import Language, Problem, operation_outcome
from socle.kernel.policy.origin import foreign_request, is_foreign

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def check(method: str, headers: Mapping[str, str]) -> None:
    """Refuse an unsafe request that is identified by a cookie and comes from another origin.

    Raises: Problem(FORBIDDEN).
    """
    if method not in SAFE and "cookie" in headers and "authorization" not in headers and is_foreign(headers):
        raise foreign_request()


Refuse = Callable[[Request, Exception], Awaitable[Response]]


class RefuseForeign:
    """ASGI middleware: `check` for every request. `refuse` answers for the application, in its own terms."""

    def __init__(self, app: ASGIApp, refuse: Refuse | None = None) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer 403: by `refuse` when there is one, else with an OperationOutcome."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            raw: Iterable[tuple[bytes, bytes]] = scope["headers"]
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
            try:
                check(scope["method"], headers)
            except Problem as problem:
                if self._refuse is None:
                    await _answer(problem, headers, send)
                else:
                    answer = await self._refuse(Request(scope, receive), problem)
                    await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _answer(problem: Problem, headers: Mapping[str, str], send: Send) -> None:
    language: Language = "en" if headers.get("accept-language", "").lower().startswith("en") else "fr"
    body = orjson.dumps(operation_outcome(problem.issues, language, kind=problem.kind))
    fields = [(b"content-type", b"application/fhir+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.kind.status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
