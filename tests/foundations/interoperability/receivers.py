"""Somebody who receives notifications: a real HTTP server on this machine, that may be up, down, slow or in a bad mood."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass
class Letter:
    """One request received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """`status` is what it answers; `hang` makes it never answer."""

    status: int = 200
    hang: bool = False
    location: str = ""
    letters: list[Letter] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def events(self) -> list[Letter]:
        """Those that are no handshake."""
        return [one for one in self.letters if one.body and kind(one) not in ("handshake", "heartbeat")]

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = (await reader.readline()).decode().split()
            headers: dict[str, str] = {}
            while (line := (await reader.readline()).decode().strip()) != "":
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.letters.append(Letter(first[0], first[1], headers, body))
            if self.hang:
                await asyncio.sleep(3600)
            location = f"Location: {self.location}\r\n" if self.location else ""
            writer.write(
                f"HTTP/1.1 {self.status} X\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, IndexError):
            pass
        finally:
            writer.close()


def kind(letter: Letter) -> str:
    """handshake, heartbeat, event-notification; "" for what is no notification Bundle."""
    if not letter.body or letter.json.get("resourceType") != "Bundle":
        return ""
    return str(part(letter, "type"))


def part(letter: Letter, name: str) -> Any:
    """The value of a parameter of the SubscriptionStatus."""
    for one in letter.json["entry"][0]["resource"]["parameter"]:
        if one["name"] == name:
            return next((value for key, value in one.items() if key.startswith("value")), one.get("part"))
    return None


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that is up."""
    receiver = Receiver()
    await receiver.up()
    try:
        yield receiver
    finally:
        await receiver.down()
