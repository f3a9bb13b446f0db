"""Headers that protect the reader, on every answer that does not already carry its own."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No script, style, frame or image in an answer that is data: were a browser to show it as a page, nothing in it would
# run.
DATA_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# Pages: everything from this origin only, nothing inline. A name typed into a form can never become code.
PAGE_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")


class SecurityHeaders:
    """ASGI middleware; `secure` when the house is reached by https (adds Strict-Transport-Security)."""

    def __init__(self, app: ASGIApp, *, secure: bool = False) -> None:
        self._app = app
        self._always = (*_ALWAYS, _HSTS) if secure else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request and complete the headers of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self.completed(message.get("headers", ()))
            await send(message)

        await self._app(scope, receive, complete)

    def completed(self, headers: "list[tuple[bytes, bytes]] | tuple[()]") -> list[tuple[bytes, bytes]]:
        """`headers` with those that are missing; none is replaced."""
        found = list(headers)
        present = {name.lower(): value for name, value in found}
        if b"content-security-policy" not in present:
            is_page = present.get(b"content-type", b"").startswith(b"text/html")
            found.append((b"content-security-policy", PAGE_POLICY if is_page else DATA_POLICY))
        found.extend(pair for pair in self._always if pair[0] not in present)
        return found
