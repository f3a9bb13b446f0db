"""Bad input: each gets its clear error, in bounded time and memory, and stores nothing."""

import asyncio
import gzip
import zlib
from typing import Any

import pytest
import structlog
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import BASE, ORGANIZATION, PATIENT, Fhir, issue

from socle.kernel.rest.settings import Limits, Settings
from socle.kernel.store import Stored

DEEP = b'{"resourceType":"Patient","extension":' + b"[" * 5_000 + b"]" * 5_000 + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "structure"),
        (b"   ", 400, "structure"),
        (b"{", 400, "structure"),
        (b'{"resourceType":"Patient"', 400, "structure"),
        (b'{"resourceType":"Patient",}', 400, "structure"),
        (b"\xff\xfe", 400, "structure"),
        (b"[]", 400, "structure"),
        (b'"Patient"', 400, "structure"),
        (b"null", 400, "structure"),
        (b'{"resourceType":"Patient","gender":"male","gender":"female"}', 400, "structure"),
        (DEEP, 400, "structure"),
        (b'{"resourceType":"Patient","multipleBirthInteger":1e999999999}', 400, None),
        (b'{"resourceType":"Patient","active":"true"}', 400, None),
        (b'{"resourceType":"Patient","name":{"family":"Dupont"}}', 400, None),
        (b'{"resourceType":"Patient","surname":"Dupont"}', 400, None),
        (b'{"resourceType":"Patient","birthDate":"1980-02-30"}', 400, None),
        (b'{"resourceType":"Patient","gender":"F"}', 400, None),
        (b'{"resourceType":"Patient","managingOrganization":{"reference":"Organization/a b"}}', 400, None),
        (b'{"resourceType":"Patient","managingOrganization":{"reference":"Patient/1"}}', 400, None),
        (b'{"resourceType":"Patient","managingOrganization":{"reference":"Organization?identifier=x"}}', 400, None),
        (b'{"resourceType":"Patient","contained":[{"resourceType":"Nothing"}]}', 400, None),
        (b'{"resourceType":"Organization","name":"x"}', 400, None),
        (b"{}", 400, None),
    ],
    ids=lambda value: value[:40].decode(errors="replace") if isinstance(value, bytes) else None,
)
async def test_a_body_that_is_no_legal_patient(fhir: Fhir, body: bytes, status: int, code: str | None) -> None:
    answer = await fhir.post("Patient", body, headers={"content-type": "application/fhir+json"})
    assert answer.status_code == status, answer.text
    first = issue(answer)
    assert first["severity"] == "error"
    assert len(first["diagnostics"]) > 10
    assert code in (None, first["code"])
    assert await fhir.versions() == 0


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "application/fhir+json; charset=iso-8859-1",
        "application/fhir+json; fhirVersion=3.0",
        "application/json, application/fhir+json",
    ],
)
async def test_a_body_of_another_kind(fhir: Fhir, media: str) -> None:
    answer = await fhir.post("Patient", PATIENT, headers={"content-type": media})
    assert answer.status_code == 415
    assert "application/fhir+json" in issue(answer)["diagnostics"]


@pytest.mark.parametrize("media", ["application/json", "application/fhir+json; charset=UTF-8; fhirVersion=4.0"])
async def test_bodies_that_are_welcome(fhir: Fhir, media: str) -> None:
    assert (await fhir.post("Patient", PATIENT, headers={"content-type": media})).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "Nonsense/1", 404),
        ("GET", "patient/1", 404),
        ("GET", "DomainResource/1", 404),
        ("GET", "Patient/1/2/3/4", 404),
        ("GET", "Organization/1/Observation", 404),
        ("GET", "Patient/a%20b", 400),
        ("GET", "Patient/" + "a" * 65, 400),
        ("GET", "Patient/1%2F..%2F..", 404),
        ("GET", "Patient/é", 400),
        ("GET", "Patient?name=%FF", 400),
        ("GET", "Patient?name=%00", 400),
        ("POST", "Patient/1", 405),
        ("PUT", "metadata", 405),
        ("DELETE", "", 405),
        ("GET", "Patient/_search", 405),
        ("TRACE", "Patient/1", 405),
        ("GET", "Patient?" + "&".join(f"_id={i}" for i in range(200)), 400),
        ("GET", "Patient?_id=" + "a" * 9_000, 414),
    ],
)
async def test_an_address_that_makes_no_sense(fhir: Fhir, method: str, path: str, status: int) -> None:
    answer = await fhir(method, path)
    assert (answer.status_code, issue(answer)["severity"]) == (status, "error")
    assert (status == 405) == ("allow" in answer.headers)


async def test_an_address_that_is_too_long_is_refused_in_the_language_of_whoever_asks(fhir: Fhir) -> None:
    for language, said in (("en", "The URL is longer"), ("fr", "L'adresse dépasse")):
        answer = await fhir.get("Patient?_id=" + "a" * 9_000, headers={"accept-language": language})
        assert issue(answer)["diagnostics"].startswith(said)


async def test_too_many_headers(fhir: Fhir) -> None:
    assert (await fhir.get("Patient/1", headers={f"x-{i}": "y" for i in range(100)})).status_code == 431


# -- size and time ----------------------------------------------------------------------------------------------------


async def ask(fhir: Fhir, messages: list[dict[str, Any]], headers: dict[str, str]) -> tuple[int, int, list[Any]]:
    """Send raw ASGI messages; (status, messages taken, what was sent)."""
    taken, sent = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        if not messages:
            await asyncio.Event().wait()  # a client that says nothing
        return messages[min(taken, len(messages)) - 1]

    async def send(message: Any) -> None:
        sent.append(message)

    all_headers = {
        "host": "test",
        "authorization": "Bearer socle_writer",
        "content-type": "application/fhir+json",
        **headers,
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"{BASE}/Patient",
        "query_string": b"",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in all_headers.items()],
    }
    await fhir.app(scope, receive, send)
    return (sent[0]["status"] if sent else 0), taken, sent


def chunk(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_announced_too_large_is_refused_before_it_is_read(serve: Serve) -> None:
    fhir = serve(settings=Settings(limits=Limits(body=1_000)))
    status, _, sent = await ask(fhir, [chunk(b"", False)], {"content-length": "50000000"})
    assert status == 413
    assert (b"connection", b"close") in sent[0]["headers"]
    assert sent[1]["body"]


async def test_a_body_that_grows_too_large_is_refused_on_the_way_and_heard_out_for_a_while(serve: Serve) -> None:
    fhir = serve(settings=Settings(limits=Limits(body=1_000)))
    status, taken, sent = await ask(fhir, [chunk(b"x" * 400)], {"transfer-encoding": "chunked"})
    assert status == 413
    assert 3 <= taken <= 20
    assert sent[-1].get("more_body", False) is False
    assert await fhir.versions() == 0


async def test_large_bodies_all_at_once_are_put_off_and_room_comes_back(serve: Serve) -> None:
    fhir = serve(settings=Settings(limits=Limits(body=1_000, held=1_500)))
    await ask(fhir, [chunk(b"x" * 900), {"type": "http.disconnect"}], {})
    body = b'{"resourceType":"Patient"}'
    assert (await ask(fhir, [chunk(b" " * 900 + body, False)], {}))[0] == 201
    assert (await ask(serve(settings=Settings(limits=Limits(held=10))), [chunk(body, False)], {}))[0] == 503
    assert (await ask(fhir, [chunk(b" " * 900 + body, False)], {}))[0] == 201


async def test_a_client_that_leaves_is_forgotten(fhir: Fhir) -> None:
    status, _, sent = await ask(fhir, [chunk(b'{"resourceType"'), {"type": "http.disconnect"}], {})
    assert (status, sent) == (0, [])
    assert await fhir.versions() == 0


async def test_a_client_that_is_too_slow_is_told_so(serve: Serve) -> None:
    fhir = serve(settings=Settings(limits=Limits(seconds=0.0)))
    status, _, _ = await ask(fhir, [], {})
    assert status == 408


async def test_a_small_body_that_hides_a_huge_one(serve: Serve) -> None:
    fhir = serve(settings=Settings(limits=Limits(body=100_000)))
    bomb = gzip.compress(b" " * 10_000_000)
    answer = await fhir.post("Patient", bomb, headers={"content-encoding": "gzip"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [
        ("gzip", b"not gzip", 400),
        ("gzip", gzip.compress(b"{}")[:-4], 400),
        ("gzip", gzip.compress(b"{}") + b"more", 400),
        ("br", b"x", 415),
        ("deflate", zlib.compress(b"{}"), 415),
    ],
    ids=["not gzip", "cut short", "more after the end", "br", "deflate"],  # the octets of gzip tell the time
)
async def test_codings_that_cannot_be_read(fhir: Fhir, coding: str, body: bytes, status: int) -> None:
    answer = await fhir.post("Patient", body, headers={"content-encoding": coding})
    assert answer.status_code == status


# -- what nobody foresaw ----------------------------------------------------------------------------------------------


async def test_an_unexpected_error_hides_its_details_and_logs_no_data(
    fhir: Fhir, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fhir.database.store("sandbox")

    def broken(resource_type: str, resource_id: str) -> Stored:
        raise ValueError("Dupont, née le 29/02/1980")

    monkeypatch.setattr(store, "read", broken)
    with structlog.testing.capture_logs() as logs:
        answer = await fhir.get("Patient/p1", headers={"x-request-id": "r-1"})
    assert (answer.status_code, issue(answer)["code"]) == (500, "exception")
    assert "r-1" in answer.text
    assert "Dupont" not in answer.text + str(logs)
    assert (logs[0]["request"], logs[0]["error"]) == ("r-1", "ValueError")
    [event] = await fhir.events()
    assert (event.outcome.value, event.entities) == ("8", ("Patient/p1",))


async def test_nothing_is_shown_when_its_trace_cannot_be_kept(fhir: Fhir, monkeypatch: pytest.MonkeyPatch) -> None:
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})

    async def broken(event: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(fhir.database.store("sandbox"), "record", broken)
    answer = await fhir.get("Patient/p1")
    assert answer.status_code == 503
    assert "Dupont" not in answer.text
    assert (await fhir.get("Organization/o1")).status_code == 200
