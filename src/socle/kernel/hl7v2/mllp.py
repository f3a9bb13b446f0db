"""MLLP: a message between 0x0B and 0x1C 0x0D on a connection, its acknowledgement back the same way, one at a time.

Bounded on all sides: octets of a message, silence, connections. What is no frame ends the connection.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog

START: Final = b"\x0b"
END: Final = b"\x1c\r"

Answer = Callable[[bytes], Awaitable[bytes]]
log = structlog.get_logger("socle.hl7v2")


@dataclass(frozen=True, slots=True)
class Bounds:
    """octets of one message; seconds of silence, and to send a message once begun; connections at a time."""

    octets: int = 1_000_000
    silence: float = 600.0
    sending: float = 30.0
    connections: int = 100


def frame(message: bytes) -> bytes:
    """A message as it travels."""
    return START + message + END


@asynccontextmanager
async def listening(host: str, port: int, answer: Answer, bounds: Bounds | None = None) -> AsyncIterator[int]:
    """Answer what comes at an address while the block runs; the port (drawn when 0 was asked).

    `answer` must not raise. Messages under way are finished when the block ends. Raises: OSError when the port is taken.
    """
    limits = bounds or Bounds()
    talking: set[asyncio.Task[None]] = set()
    answering: set[asyncio.Task[None]] = set()
    closing = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking.add(task)
        try:
            if len(talking) > limits.connections:
                log.warning("too many connections", most=limits.connections)
                return
            while not closing.is_set() and (message := await _next(reader, limits)) is not None:
                answering.add(task)
                try:
                    writer.write(frame(await answer(message)))
                    async with asyncio.timeout(limits.sending):
                        await writer.drain()
                finally:
                    answering.discard(task)
        except (TimeoutError, OSError, asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            pass  # gone, silent, or not speaking MLLP
        except asyncio.CancelledError:
            pass  # the house closes: asyncio's streams would log a cancelled task as a failure
        finally:
            talking.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(talk, host, port, limit=limits.octets + len(END))
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        closing.set()
        for task in talking - answering:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(limits.sending):
                await asyncio.gather(*answering, return_exceptions=True)
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


async def _next(reader: asyncio.StreamReader, limits: Bounds) -> bytes | None:
    """The next message, None at the end. Raises: TimeoutError, LimitOverrunError, IncompleteReadError (cut in the middle)."""
    async with asyncio.timeout(limits.silence):
        first = await reader.read(1)
        while first in (b"\r", b"\n"):  # some senders put an end of line between two frames
            first = await reader.read(1)
    if not first:
        return None
    if first != START:
        raise asyncio.IncompleteReadError(first, None)
    async with asyncio.timeout(limits.sending):
        data = await reader.readuntil(END)
    return data[: -len(END)]
