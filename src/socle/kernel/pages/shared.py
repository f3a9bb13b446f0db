"""Pages that are the same for everyone who bears no name: made once, kept within bounds, not sent twice (ETag)."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.responses import Response

from socle.kernel.pages import flash
from socle.kernel.pages.page import Page
from socle.kernel.pages.pages import Handler


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer without what belongs to one request. `etag` is quoted, as HTTP writes it."""

    body: bytes
    headers: dict[str, str]
    etag: str


@dataclass
class Shelf:
    """Answers kept in memory, the least used leaving first. `most_bytes` bounds the bodies, all together."""

    most_bytes: int = 32_000_000
    _kept: OrderedDict[tuple[object, ...], Kept] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def get(self, key: tuple[object, ...]) -> Kept | None:
        """What was kept under `key`."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: tuple[object, ...], kept: Kept) -> None:
        """Keep an answer; a body that is larger than a tenth of the shelf is not worth its place."""
        if len(kept.body) > self.most_bytes // 10:
            return
        if (before := self._kept.pop(key, None)) is not None:
            self._bytes -= len(before.body)
        self._kept[key] = kept
        self._bytes += len(kept.body)
        while self._bytes > self.most_bytes:
            self._bytes -= len(self._kept.popitem(last=False)[1].body)


def shared(handler: Handler, version: Callable[[Page], Awaitable[str]], shelf: Shelf) -> Handler:
    """`handler`, whose page depends on nothing but the address, the language and `version`, unless a name is known.

    Whoever is logged in, or has a message waiting, is answered afresh. `version` changes when what is shown changes:
    put the day in it when the page says how long ago.
    """

    async def handle(page: Page) -> Response:
        request = page.request
        if page.actor.is_authenticated or flash.COOKIE in request.cookies or request.method not in ("GET", "HEAD"):
            return await handler(page)
        encoded = "gzip" in request.headers.get("accept-encoding", "")
        key = (request.url.path, request.url.query, page.language, encoded, await version(page))
        kept = shelf.get(key)
        if kept is None:
            response = await handler(page)
            if response.status_code != 200 or "set-cookie" in response.headers:
                return response
            kept = _kept(response)
            shelf.put(key, kept)
        headers = {**kept.headers, "X-Request-Id": page.request_id}
        if kept.etag in request.headers.get("if-none-match", ""):
            headers.pop("content-encoding", None)
            return Response(status_code=304, headers=headers)
        return Response(kept.body, headers=headers)

    return handle


def _kept(response: Response) -> Kept:
    body = bytes(response.body)
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    own = {name: value for name, value in response.headers.items() if name not in ("content-length", "x-request-id")}
    # Kept by the browser, asked about each time: after login the same address answers otherwise.
    return Kept(body, {**own, "cache-control": "private, no-cache", "etag": etag}, etag)
