"""One ASGI application: FHIR servers by their base path, `/health`, and the pages for the rest."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import orjson

from socle.kernel.rest.exchange import Presented, Server
from socle.kernel.rest.pipeline import FhirApp
from socle.kernel.rest.wire import Direct

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEALTH_HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


class Dispatch:
    """Sends each request to its door.

    servers  FHIR servers by base path ("/ins/fhir"), and other protocols of the hot path; they are asked first, the longest
             path before the others: a protocol may have its door below a FHIR server
    pages    everything else
    healthy  whether the database answers
    """

    def __init__(
        self, servers: Mapping[str, ASGI], pages: ASGI, healthy: Callable[[], Awaitable[dict[str, Any]]]
    ) -> None:
        longest = sorted(servers.items(), key=lambda one: -len(one[0]))
        self._servers = tuple((base, base + "/", server) for base, server in longest)
        bases = tuple(prefix for _, prefix, server in self._servers if isinstance(server, FhirApp))
        self._direct: tuple[tuple[str, str, Direct | None], ...] = tuple(
            (base, prefix, server.reply if isinstance(server, FhirApp) else None)
            for base, prefix, server in self._servers
            if isinstance(server, FhirApp) or base.startswith(bases)
        )
        self._fhir = [(prefix.encode(), server) for _, prefix, server in self._servers if isinstance(server, FhirApp)]
        self._pages = pages
        self._healthy = healthy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] == "http":
            path: str = scope["path"]
            for base, prefix, server in self._servers:
                if path.startswith(prefix) or path == base:
                    return await server(scope, receive, send)
            if path == "/health":
                return await self._health(scope, send)
        return await self._pages(scope, receive, send)

    def directly(self, path: str) -> Direct | None:
        """Who answers a path by whole replies: FHIR servers do."""
        for base, prefix, reply in self._direct:
            if path.startswith(prefix) or path == base:
                return reply
        return None

    def at_once(self, path: bytes, known: Mapping[Server, Presented]) -> bytes | None:
        """The answer to a GET that a FHIR server kept, without its status line; None: the request goes the long way."""
        for prefix, server in self._fhir:
            if path.startswith(prefix):
                return server.at_once(path, known)
        return None

    async def _health(self, scope: Scope, send: Send) -> None:
        facts = await self._healthy()
        status = 200 if facts["status"] == "ok" else 503
        body = orjson.dumps(facts)
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*_HEALTH_HEADERS, (b"content-length", str(len(body)).encode())],
            }
        )
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
