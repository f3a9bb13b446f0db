"""The HTTP server: uvicorn on uvloop and httptools, with the limits that protect it and an orderly end."""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import uvicorn

from socle.kernel.rest.wire import Protocol

KEEP_ALIVE: Final = 30  # seconds that an idle connection is kept
GRACE: Final = 10  # seconds given to requests under way when the server stops
BACKLOG: Final = 2_048


def listen(host: str, port: int, *, shared: bool) -> socket.socket:
    """A socket bound to an address; `shared` with the other workers, which do the same. Raises: OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


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
        "ws": "websockets-sansio",
        "ws_max_size": 65_536,
        "ws_max_queue": 8,
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


async def serve_until_stopped(app: Any, *listeners: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Serve `app` on bound sockets until SIGINT or SIGTERM; requests under way are finished first.

    `ready` is called once connections are accepted.
    """
    gc.collect()
    gc.freeze()  # definitions and code stay: no need to walk them again and again
    gc.set_threshold(100_000, 20, 50)
    server = _Server(configuration(app))
    serving = asyncio.ensure_future(server.serve(sockets=list(listeners)))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    if server.started:
        ready()
    await serving
