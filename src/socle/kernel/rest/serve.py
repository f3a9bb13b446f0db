"""The HTTP server: uvicorn on uvloop and httptools, with the limits that protect it and an orderly end."""

import asyncio
import gc
import signal
import socket
from asyncio import TimerHandle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_OCTETS: Final = 64 * 1024  # request line and header fields of one request, together
HEADER_SECONDS: Final = 20.0  # time to send them
KEEP_ALIVE: Final = 30  # seconds that an idle connection is kept
GRACE: Final = 10  # seconds given to requests under way when the server stops
BACKLOG: Final = 2_048
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, with a bound on the size of headers and on the time to send them (it has neither)."""

    _read = 0
    _late: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has HEADER_SECONDS to send its first headers; between requests, keep-alive counts the time."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEADER_SECONDS, self._too_late)

    def on_message_begin(self) -> None:
        """A request starts: count its headers anew, and its time."""
        super().on_message_begin()
        self._read = 0
        if self._late is None:
            self._late = self.loop.call_later(HEADER_SECONDS, self._too_late)

    def on_url(self, url: bytes) -> None:
        """Part of the request line."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are whole."""
        self._in_time()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Octets from the socket; nothing is read after a refusal."""
        if not self.transport.is_closing():
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._in_time()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """uvicorn's answer to what is no HTTP, unless an answer was given already."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _count(self, octets: int) -> None:
        self._read += octets
        if self._read > HEADER_OCTETS and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()
            raise RuntimeError("headers too large")  # stops the parser

    def _too_late(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.close()

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Server(uvicorn.Server):
    """uvicorn's server, which lets the house close after it: it does not raise the signal again once stopped."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM stop serving; a second SIGINT does not wait for requests under way."""
        loop = asyncio.get_running_loop()
        taken: list[signal.Signals] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError, RuntimeError, NotImplementedError):  # only the main thread may
                loop.add_signal_handler(number, self.handle_exit, number, None)
                taken.append(number)
        try:
            yield
        finally:
            for number in taken:
                loop.remove_signal_handler(number)


def configuration(app: Any, **overrides: Any) -> uvicorn.Config:
    """Settings of the server: no access log (URLs may carry personal data), no server name, bounded times."""
    settings: dict[str, Any] = {
        "loop": "uvloop",
        "http": Protocol,
        "ws": "none",
        "lifespan": "off",
        "interface": "asgi3",
        "access_log": False,
        "log_config": None,
        "log_level": "warning",
        "proxy_headers": False,
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE,
        "timeout_graceful_shutdown": GRACE,
        "backlog": BACKLOG,
    }
    return uvicorn.Config(app, **{**settings, **overrides})


async def serve_until_stopped(app: Any, listener: socket.socket, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serve `app` on a bound socket until SIGINT or SIGTERM; requests under way are finished first.

    `ready` is called once connections are accepted.
    """
    gc.collect()
    gc.freeze()  # definitions and code stay: no need to walk them again and again
    gc.set_threshold(20_000, 20, 50)
    server = _Server(configuration(app))
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    if server.started:
        ready()
    await serving
