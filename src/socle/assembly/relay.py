"""What only the first worker holds, asked of it by the others: websockets, which are bound to its subscriptions."""

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from socle.assembly.dispatch import Dispatch, Receive, Scope, Send
from socle.kernel.rest.wire import Direct

_SECONDS: Final = 5.0  # to reach the first worker
_LARGEST: Final = 65_536
_OURS: Final = frozenset({b"host", b"connection", b"upgrade"})  # each hop says its own
_GOING_AWAY: Final = 1001
_TRY_AGAIN: Final = 1013


class Relaying:
    """An application whose websockets are served by the first worker, at a port of this machine."""

    def __init__(self, app: Dispatch, port: int) -> None:
        self._app = app
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] == "websocket":
            return await _relay(scope, receive, send, self._port)
        return await self._app(scope, receive, send)

    def directly(self, path: str) -> Direct | None:
        """Who answers a path by whole replies."""
        return self._app.directly(path)


async def _relay(scope: Scope, receive: Receive, send: Send, port: int) -> None:
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
        if name not in _OURS and not name.startswith(b"sec-websocket")
    ]
    await receive()  # "websocket.connect"
    try:
        inner = await connect(
            f"ws://127.0.0.1:{port}{scope['raw_path'].decode('ascii')}{query.decode('ascii')}",
            additional_headers=headers,
            open_timeout=_SECONDS,
            max_size=_LARGEST,
            proxy=None,
        )
    except (OSError, TimeoutError, WebSocketException):
        await send({"type": "websocket.close", "code": _TRY_AGAIN})
        return
    async with inner:
        await send({"type": "websocket.accept"})
        up = asyncio.create_task(_from_client(receive, inner))
        down = asyncio.create_task(_to_client(inner, send))
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        for task in (up, down):
            task.cancel()
        await asyncio.gather(up, down, return_exceptions=True)


async def _from_client(receive: Receive, inner: ClientConnection) -> None:
    """Until the client leaves."""
    with suppress(ConnectionClosed):
        while True:
            message: MutableMapping[str, Any] = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            await inner.send(message["bytes"] if text is None else text)


async def _to_client(inner: ClientConnection, send: Send) -> None:
    """Until the first worker ends the conversation."""
    async for text in inner:
        await send({"type": "websocket.send", **({"text": text} if isinstance(text, str) else {"bytes": text})})
    await send({"type": "websocket.close", "code": inner.close_code or _GOING_AWAY})
