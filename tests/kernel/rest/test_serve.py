"""The real HTTP server, over a socket: limits on headers, pipelined answers, large bodies, an orderly end."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import Fhir

from socle.assembly.dispatch import Dispatch
from socle.kernel.rest import wire
from socle.kernel.rest.serve import serve_until_stopped
from socle.kernel.rest.settings import Limits, Settings


@asynccontextmanager
async def running(app: Any) -> AsyncIterator[int]:
    """`app` served on a port; stopped by SIGTERM, as a service is."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready = asyncio.Event()
    task = asyncio.create_task(serve_until_stopped(app, listener, ready=ready.set))
    await ready.wait()
    try:
        yield listener.getsockname()[1]
    finally:
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await task
        listener.close()


async def talk(port: int, text: bytes, *, until: bytes = b"") -> bytes:
    """What comes back until the server closes, or until `until` has come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    try:
        return await (reader.readuntil(until) if until else reader.read())
    finally:
        writer.close()


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def test_it_serves_until_it_is_told_to_stop() -> None:
    async with running(hello) as port:
        answer = await talk(port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", until=b"hello")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"server:" not in answer.lower()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_request_under_way_is_finished_before_the_end() -> None:
    started, finish = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        started.set()
        await finish.wait()
        await hello(scope, receive, send)

    async with running(slow) as port:
        asked = asyncio.create_task(talk(port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"))
        await started.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        asyncio.get_running_loop().call_later(0.05, finish.set)
        assert (await asked).endswith(b"hello")


async def test_headers_that_are_too_large_are_refused() -> None:
    async with running(hello) as port:
        answer = await talk(port, b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 70_000 + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 431 ")
        answer = await talk(port, b"GET /" + b"y" * 70_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_client_that_does_not_finish_its_headers_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEADER_SECONDS", 0.05)
    async with running(hello) as port:
        assert await talk(port, b"") == b""
        assert await talk(port, b"GET / HTTP/1.1\r\nhost: x\r\n") == b""


async def test_what_is_no_http_is_refused() -> None:
    async with running(hello) as port:
        assert (await talk(port, b"\x16\x03\x01\x02\x00")).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("direct", [True, False])
async def test_a_large_body_gets_its_answer_although_the_client_goes_on_sending(serve: Serve, direct: bool) -> None:
    fhir = serve(settings=Settings(url="http://test", limits=Limits(body=100_000)))
    async with running(wired(fhir) if direct else fhir.app) as port:
        head = (
            b"POST /sandbox/fhir/Patient HTTP/1.1\r\nhost: x\r\nauthorization: Bearer socle_writer\r\n"
            b"content-type: application/fhir+json\r\n"
        )
        body = b"x" * 350_000
        announced = await talk(port, head + b"content-length: 350000\r\n\r\n" + body)
        assert announced.startswith(b"HTTP/1.1 413 ")
        assert b'"OperationOutcome"' in announced
        chunked = await talk(
            port, head + b"transfer-encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
        )
        assert chunked.startswith(b"HTTP/1.1 413 ")
        assert b'"OperationOutcome"' in chunked


async def test_an_accent_that_is_not_encoded_is_told(serve: Serve) -> None:
    async with running(wired(serve())) as port:
        answer = await talk(port, "GET /sandbox/fhir/Patient?family=Lefèvre HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    head, _, text = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert f"content-length: {len(text)}".encode() in head
    assert "%C3%A8" in text.decode()


async def test_what_the_headers_say_is_read_anew_when_they_change(serve: Serve) -> None:
    fhir = serve()
    head = b"GET /sandbox/fhir/Patient/none HTTP/1.1\r\nhost: x\r\n"
    async with running(wired(fhir)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        statuses = []
        for more in (
            b"authorization: Bearer socle_reader\r\n",
            b"",
            b"authorization: Bearer socle_reader\r\n",
            b"x: y\r\n",
        ):
            writer.write(head + more + b"\r\n")
            statuses.append(await answered(reader))
        writer.close()
    assert [status for status, _ in statuses] == [404, 401, 404, 401]


async def test_each_body_of_a_connection_has_its_own_length_where_the_other_headers_are_the_same(serve: Serve) -> None:
    fhir = serve(settings=Settings(url="http://test", limits=Limits(body=1_000)))
    head = (
        b"POST /sandbox/fhir/Organization HTTP/1.1\r\nhost: x\r\nauthorization: Bearer socle_writer\r\n"
        b"content-type: application/fhir+json\r\n"
    )
    async with running(wired(fhir)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        statuses = []
        for letters in (1, 500, 3, 2_000):
            body = b'{"resourceType":"Organization","name":"' + b"x" * letters + b'"}'
            writer.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
            statuses.append((await answered(reader))[0])
        writer.close()
    assert statuses == [201, 201, 201, 413]


async def test_a_length_said_twice_is_refused(serve: Serve) -> None:
    fhir = serve()
    async with running(wired(fhir)) as port:
        answer = await talk(
            port,
            b"POST /sandbox/fhir/Organization HTTP/1.1\r\nhost: x\r\nauthorization: Bearer socle_writer\r\n"
            b"content-type: application/fhir+json\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}",
        )
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_requests_of_one_connection_have_each_their_number_even_when_alike(serve: Serve) -> None:
    fhir = serve()
    async with running(wired(fhir)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        numbers = []
        for _ in range(3):
            writer.write(b"GET /sandbox/fhir/metadata HTTP/1.1\r\nhost: x\r\n\r\n")
            numbers.append((await answered(reader))[1]["x-request-id"])
        writer.close()
    assert len(set(numbers)) == 3


async def test_pipelined_requests_are_answered_in_order(serve: Serve) -> None:
    fhir = serve()
    async with running(wired(fhir)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"".join(
                b"GET /sandbox/fhir/metadata HTTP/1.1\r\nhost: x\r\nx-request-id: n%d\r\n\r\n" % rank
                for rank in range(5)
            )
        )
        assert [(await answered(reader))[1]["x-request-id"] for _ in range(5)] == [f"n{rank}" for rank in range(5)]
        writer.close()


async def test_a_body_that_comes_in_pieces_after_a_continue_is_whole(serve: Serve) -> None:
    fhir = serve()
    body = b'{"resourceType":"Organization","name":"' + b"x" * 200_000 + b'"}'
    async with running(wired(fhir)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /sandbox/fhir/Organization HTTP/1.1\r\nhost: x\r\nauthorization: Bearer socle_writer\r\n"
            b"content-type: application/fhir+json\r\nexpect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        for begin in range(0, len(body), 50_000):
            writer.write(body[begin : begin + 50_000])
            await writer.drain()
        status, _ = await answered(reader)
        assert status == 201
        writer.close()


async def test_a_connection_of_http_1_0_is_closed_after_its_answer(serve: Serve) -> None:
    fhir = serve()
    async with running(wired(fhir)) as port:
        answer = await talk(port, b"GET /sandbox/fhir/metadata HTTP/1.0\r\nhost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer.lower()


def wired(fhir: Fhir) -> Dispatch:
    """The server as the house mounts it: answered directly, without ASGI."""

    async def well() -> dict[str, Any]:
        return {"status": "ok"}

    return Dispatch({"/sandbox/fhir": fhir.app}, hello, well)


async def answered(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """The status and the headers of the next answer; its body is read too."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    await reader.readexactly(int(headers.get("content-length", "0")))
    return int(lines[0].split()[1]), headers


async def test_an_answered_request_leaves_nothing_to_the_collector_of_cycles(serve: Serve) -> None:
    fhir = serve()
    request = b"GET /sandbox/fhir/Patient/none HTTP/1.1\r\nhost: x\r\nauthorization: Bearer socle_reader\r\n\r\n"
    async with running(wired(fhir)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def ask() -> None:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))

        gc.collect()
        gc.disable()
        try:
            for _ in range(50):
                await ask()
            alive = sum(isinstance(one, wire.Turn) for one in gc.get_objects())
        finally:
            gc.enable()
        writer.close()
    assert alive <= 2  # the last one, kept by its connection
