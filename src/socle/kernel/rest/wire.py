"""HTTP/1.1 on a socket: uvicorn's protocol, with the bounds that it lacks and a short way for FHIR.

uvicorn spends 60 µs on a request (a scope, a cycle, two messages, header checks, timers): several times what a read
costs us. An application that has `directly(path)` may answer a request by a `Reply`, whole: then one object holds the
request, one task runs it and one buffer goes to the socket (15 µs). Everything else goes uvicorn's way. Decision 0010.
"""

import asyncio
import math
from asyncio import TimerHandle
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_OCTETS: Final = 64 * 1024  # request line and header fields of one request, together
HEADER_SECONDS: Final = 20.0  # time to send them
LOOK: Final = 1.0  # seconds between two looks at an idle connection: no timer is armed for each request
PAUSE_FROM: Final = 64 * 1024  # octets of a body that may wait here before the client is made to wait
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_UNREADABLE: Final = (
    "Requête HTTP illisible. Dans une adresse, un accent s'écrit encodé (è : %C3%A8) : curl -G --data-urlencode le fait.\n"
    "Unreadable HTTP request. In an address, an accent is written encoded (è: %C3%A8): curl -G --data-urlencode does it.\n"
).encode()
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_BROKEN: Final = b"HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
log = structlog.get_logger("socle.rest")


class Reply(NamedTuple):
    """A whole answer. `headers` carry its length; `after` is awaited once it is on its way, before the next request."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    after: Callable[[], Awaitable[None]] | None = None


Direct = Callable[[Scope, Receive], Awaitable[Reply | None]]  # None: nobody is left to answer


@lru_cache(maxsize=64)
def status_line(status: int) -> bytes:
    """ "HTTP/1.1 200 OK" and its end of line."""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()


def head(status: int, headers: list[tuple[bytes, bytes]], always: list[tuple[bytes, bytes]]) -> bytes:
    """The status line and the header fields, ended.

    Raises: ValueError when a field holds an end of line: it would forge another one.
    """
    fields = [*always, *headers]
    block = b"".join([b"%b: %b\r\n" % field for field in fields])
    if block.count(b"\n") != len(fields) or block.count(b"\r") != len(fields):
        raise ValueError("a header field holds an end of line")
    return b"%b%b\r\n" % (status_line(status), block)


class _Waiting:
    """The part of uvicorn's event that a request without a body needs: nobody waits for more."""

    def set(self) -> None:
        """Nobody waits."""


_NOBODY: Final = _Waiting()


class Turn:
    """One request answered directly. The names that uvicorn reads are its own: `response_complete`, `disconnected`…"""

    __slots__ = (
        "body",
        "disconnected",
        "keep_alive",
        "message_event",
        "more_body",
        "protocol",
        "response_complete",
        "scope",
        "waiting_for_100_continue",
    )

    def __init__(self, protocol: "Protocol", scope: Scope, *, keep_alive: bool, has_body: bool, expect: bool) -> None:
        self.protocol = protocol
        self.scope = scope
        self.keep_alive = keep_alive
        self.more_body = has_body
        self.body = bytearray()
        self.message_event: asyncio.Event | _Waiting = asyncio.Event() if has_body else _NOBODY
        self.disconnected = False
        self.response_complete = False
        self.waiting_for_100_continue = expect
        scope["whole"] = self.whole

    def whole(self) -> bool:
        """Whether all of the body has arrived: `receive` then answers at once."""
        return not self.more_body

    async def run(self, direct: Direct) -> None:
        """Answer, then let the next request in."""
        protocol = self.protocol
        try:
            reply = await direct(self.scope, self.receive)
            if not self.disconnected and not protocol.transport.is_closing():
                if reply is None:
                    protocol.transport.close()
                else:
                    await self._send(reply)
        except Exception as error:
            log.error("no answer", error=type(error).__qualname__)
            if not protocol.transport.is_closing():
                protocol.transport.write(_BROKEN)
            self.keep_alive = False
        finally:
            self.response_complete = True
            self.scope.pop("whole", None)  # it holds us, and we hold it: a request would wait for the collector
            if not self.keep_alive:
                protocol.transport.close()
            protocol.on_response_complete()

    async def _send(self, reply: Reply) -> None:
        protocol = self.protocol
        if protocol.flow.write_paused:
            await protocol.flow.drain()
            if self.disconnected:
                return
        headers = reply.headers
        if (b"connection", b"close") in headers:
            self.keep_alive = False
        elif not self.keep_alive:
            headers = [*headers, (b"connection", b"close")]
        start = head(reply.status, headers, protocol.server_state.default_headers)
        protocol.transport.write(start + reply.body if reply.body else start)
        if reply.after is not None:
            await reply.after()

    async def receive(self) -> MutableMapping[str, Any]:
        """The next part of the body, as ASGI says it."""
        protocol = self.protocol
        if self.waiting_for_100_continue and not protocol.transport.is_closing():
            protocol.transport.write(_CONTINUE)
            self.waiting_for_100_continue = False
        if self.more_body and not self.body and not self.disconnected:
            protocol.flow.resume_reading()
            assert isinstance(self.message_event, asyncio.Event)
            self.message_event.clear()
            await self.message_event.wait()
        if self.disconnected:
            return {"type": "http.disconnect"}
        body, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": self.more_body}


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, with a bound on the size of headers and on the time to send them, and the direct way.

    One look a second at each connection takes the place of two timers for each request.
    """

    url: bytes
    length: bytes | None  # Content-Length, apart from the other fields: it alone changes from one request to the next
    _reading = True  # the headers of a request are expected
    _read = 0  # octets of them in earlier packets
    _coming = 0  # octets of the present packet
    _same: list[tuple[bytes, bytes]] | None = None
    _known: dict[Any, Any]
    _deadline = math.inf  # when the client will have been silent, or its headers in coming, for too long
    _look: TimerHandle | None = None
    _turn: Turn | None = None
    _always: object = None
    _well = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has HEADER_SECONDS to send its first headers; between requests, keep-alive counts the time."""
        super().connection_made(transport)
        self._directly: Callable[[str], Direct | None] = getattr(self.app, "directly", _never)
        self._at_once: Callable[[bytes, dict[Any, Any]], bytes | None] = getattr(self.app, "at_once", _none)
        self._deadline = self.loop.time() + HEADER_SECONDS
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Octets from the socket; nothing is read after a refusal."""
        if self.transport.is_closing():
            return
        self._coming = len(data)
        super().data_received(data)
        if self._reading and not self.transport.is_closing():  # the headers are not whole yet
            self._read += len(data)
            if self._read > HEADER_OCTETS:
                self._refuse()

    def on_message_begin(self) -> None:
        """A request starts: count its headers anew, and its time."""
        self.url = b""
        self.headers = []
        self.length = None
        self._read = 0
        self._reading = True
        self._deadline = self.loop.time() + HEADER_SECONDS

    def on_url(self, url: bytes) -> None:
        """Part of the request line."""
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field."""
        name = name.lower()
        if name == b"content-length":
            self.length = value
        else:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The headers are whole: the request goes to whoever answers it."""
        self._deadline = math.inf
        self._turn = None
        self._reading = False
        url, headers, length = self.url, self.headers, self.length
        if self._read + self._coming > HEADER_OCTETS and _octets(url, headers) > HEADER_OCTETS:
            self._refuse()
            raise RuntimeError("headers too large")  # stops the parser
        free = getattr(self.cycle, "response_complete", True)  # no cycle yet: the first request
        if free and length is None and headers == self._same and self._given_again(url):
            return
        if free and url[:1] == b"/" and b"#" not in url and not self.parser.should_upgrade():
            raw, _, query = url.partition(b"?")
            path = raw.decode("ascii", "replace")
            if "%" in path:
                path = unquote(path)
            direct = self._directly(path)
            if direct is not None:
                self._take(direct, path, raw, query)
                return
        super().on_message_begin()  # the scope that uvicorn makes for each request
        self.url = url
        self.headers.extend(_all(headers, length))
        self.expect_100_continue = _expects(headers)
        super().on_headers_complete()

    def _given_again(self, url: bytes) -> bool:
        """Whether the request was answered in this very turn: a GET like one before, on the same connection."""
        parser = self.parser
        if self.flow.write_paused or parser.get_method() != b"GET" or parser.get_http_version() != "1.1":
            return False
        answer = self._at_once(url, self._known)
        if answer is None:
            return False
        state = self.server_state
        if state.default_headers is not self._always:  # made anew each second
            self._always = state.default_headers
            self._well = status_line(200) + b"".join([b"%b: %b\r\n" % field for field in state.default_headers])
        self.transport.write(self._well + answer)
        state.total_requests += 1
        self._deadline = self.loop.time() + self.timeout_keep_alive
        return True

    def _take(self, direct: Direct, path: str, raw: bytes, query: bytes) -> None:
        parser = self.parser
        version = parser.get_http_version()
        headers, length = self.headers, self.length
        if headers != self._same:  # a client says the same with each request of a connection: it is read once
            self._same, self._known = headers, {}
        scope: Scope = {
            "type": "http",
            "http_version": version,
            "method": parser.get_method().decode("ascii"),
            "scheme": self.scheme,
            "path": path,
            "raw_path": raw,
            "query_string": query,
            "headers": _all(headers, length),
            "known": self._known,
            "length": length,
            "server": self.server,
            "client": self.client,
        }
        keep_alive = version != "1.0" and parser.should_keep_alive()
        has_body = length is not None
        for name, _ in headers:
            if name == b"transfer-encoding":
                has_body = True
        turn = Turn(self, scope, keep_alive=keep_alive, has_body=has_body, expect=has_body and _expects(headers))
        self.cycle = turn  # type: ignore[assignment] # what uvicorn reads of it, it has
        self._turn = turn
        task = self.loop.create_task(turn.run(direct))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def on_body(self, body: bytes) -> None:
        """Part of the body of the request."""
        turn = self._turn
        if turn is None:
            super().on_body(body)
        elif not turn.response_complete:
            turn.body += body
            if len(turn.body) > PAUSE_FROM:
                self.flow.pause_reading()
            turn.message_event.set()

    def on_message_complete(self) -> None:
        """The request is whole."""
        turn = self._turn
        if turn is None:
            super().on_message_complete()
        elif not turn.response_complete:
            turn.more_body = False
            turn.message_event.set()

    def on_response_complete(self) -> None:
        """The answer is on its way: the next request in line, or the time of silence starts."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        else:
            self._deadline = self.loop.time() + self.timeout_keep_alive

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """The answer to what is no HTTP, unless an answer was given already; what is wrong most often is said."""
        if self.transport.is_closing():
            return
        length = str(len(_UNREADABLE)).encode()
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n"
            b"connection: close\r\ncontent-length: " + length + b"\r\n\r\n" + _UNREADABLE
        )
        self.transport.close()

    def _refuse(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _watch(self) -> None:
        now = self.loop.time()
        if self.transport.is_closing():
            self._look = None
        elif now >= self._deadline:
            self._look = None
            self.transport.close()
        else:
            self._look = self.loop.call_at(min(self._deadline, now + LOOK), self._watch)


def _all(headers: list[tuple[bytes, bytes]], length: bytes | None) -> list[tuple[bytes, bytes]]:
    return headers if length is None else [*headers, (b"content-length", length)]


def _octets(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)


def _expects(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"expect" and value.lower() == b"100-continue" for name, value in headers)


def _never(path: str) -> Direct | None:
    return None


def _none(path: bytes, known: dict[Any, Any]) -> bytes | None:
    return None
