"""MLLP: frames in, frames out, in order; what is no frame, too long or too slow ends the connection."""

import asyncio
from contextlib import suppress

import pytest

from socle.kernel.hl7v2 import Bounds, frame, listening


async def echo(message: bytes) -> bytes:
    return b"<" + message + b">"


async def said(port: int, data: bytes) -> bytes:
    """What comes back until the server closes; we say no more after `data`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    try:
        return await reader.read()
    except ConnectionResetError:  # closed on what we said
        return b""
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_each_message_gets_its_answer_in_order() -> None:
    async with listening("127.0.0.1", 0, echo) as port:
        assert await said(port, frame(b"one") + b"\r\n" + frame(b"two")) == frame(b"<one>") + frame(b"<two>")


async def test_a_message_in_pieces_is_whole() -> None:
    async with listening("127.0.0.1", 0, echo) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in (b"\x0bo", b"n", b"e\x1c", b"\r"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        assert await reader.readuntil(b"\r") == frame(b"<one>")
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", b"\x0bcut in the middle", b"\x0b" + b"x" * 300 + b"\x1c\r", b""]
)
async def test_what_is_no_frame_or_too_long_gets_no_answer(data: bytes) -> None:
    async with listening("127.0.0.1", 0, echo, Bounds(octets=100)) as port:
        assert await said(port, data) == b""


async def test_a_silent_connection_is_closed() -> None:
    async with listening("127.0.0.1", 0, echo, Bounds(silence=0.02)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_more_connections_than_allowed_are_closed() -> None:
    async with listening("127.0.0.1", 0, echo, Bounds(connections=1)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(frame(b"first"))
        await reader.readuntil(b"\r")
        assert await said(port, frame(b"second")) == b""
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_a_message_under_way_is_answered_although_the_house_closes() -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    async def slow(message: bytes) -> bytes:
        begun.set()
        await finish.wait()
        return message

    async with listening("127.0.0.1", 0, slow) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(frame(b"one"))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.02, finish.set)
    assert await reader.readuntil(b"\r") == frame(b"one")
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
