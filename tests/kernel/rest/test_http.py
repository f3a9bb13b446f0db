"""HTTP as FHIR uses it: formats, compression, languages, identifiers of requests, links. FHIR R4 http.html."""

import gzip

import pytest
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import ORGANIZATION, PATIENT, URL, Fhir, issue

from socle.kernel.rest.settings import Settings

O1 = {**ORGANIZATION, "id": "o1"}


@pytest.fixture
async def o1(fhir: Fhir) -> Fhir:
    await fhir.put("Organization/o1", O1)
    return fhir


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/fhir+json", "application/fhir+json"),
        ("application/json", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/fhir+json"),
        ("application/fhir+xml;q=0.4, application/json;q=0.5", "application/json"),
        ("application/fhir+xml;q=0.9, application/json;q=0.5", "application/fhir+xml"),
        ("application/xml", "application/xml"),
        ("text/xml", "text/xml"),
        ("application/fhir+json; fhirVersion=4.0", "application/fhir+json"),
        ("application/fhir+json;charset=utf-8", "application/fhir+json"),
        ("application/*", "application/fhir+json"),
        ("application/fhir+json;q=0, */*", "application/fhir+xml"),
        ("APPLICATION/FHIR+JSON", "application/fhir+json"),
        ("", "application/fhir+json"),
    ],
)
async def test_accept_chooses_the_format(o1: Fhir, accept: str, media: str) -> None:
    answer = await o1.get("Organization/o1", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{media};charset=utf-8")


@pytest.mark.parametrize(
    "accept",
    [
        "text/turtle",
        "application/fhir+json;q=0",
        "application/fhir+json;q=x",
        "application/fhir+json; fhirVersion=5.0",
    ],
)
async def test_what_is_not_offered_is_not_acceptable(o1: Fhir, accept: str) -> None:
    answer = await o1.get("Organization/o1", headers={"accept": accept})
    assert (answer.status_code, "fhir+json" in issue(answer)["diagnostics"]) == (406, True)


@pytest.mark.parametrize("value", ["json", "application/json", "application/fhir+json", "application/fhir%2Bjson"])
async def test_format_in_the_url_wins(o1: Fhir, value: str) -> None:
    answer = await o1.get(f"Organization/o1?_format={value}", headers={"accept": "*/*"})
    assert answer.status_code == 200


@pytest.mark.parametrize("value", ["ttl", "text/turtle", "html", ""])
async def test_other_formats_in_the_url_are_not_acceptable(o1: Fhir, value: str) -> None:
    assert (await o1.get(f"Organization/o1?_format={value}")).status_code == 406


@pytest.mark.parametrize("path", ["Organization/o1?_pretty=yes", "Organization/o1?_format=json&_format=json"])
async def test_parameters_of_the_layout_are_checked_too(o1: Fhir, path: str) -> None:
    assert (await o1.get(path)).status_code == 400


async def test_a_large_answer_is_compressed_for_who_can_read_it(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**O1, "alias": ["nom " * 20 + str(i) for i in range(50)]})
    plain = await fhir.get("Organization/o1", headers={"accept-encoding": "identity"})
    small = await fhir.get("Organization/o1", headers={"accept-encoding": "br;q=1.0, gzip;q=0.5"})
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(plain.content) / 4
    assert small.content == plain.content
    refused = await fhir.get("Organization/o1", headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


async def test_a_compressed_body_is_understood(fhir: Fhir) -> None:
    body = gzip.compress(b'{"resourceType":"Patient","birthDate":"1980-02-29"}')
    answer = await fhir.post("Patient", body, headers={"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()["birthDate"]) == (201, "1980-02-29")


async def test_the_identifier_of_a_request_comes_back(fhir: Fhir) -> None:
    assert (await fhir.get("Patient/p1", headers={"x-request-id": "abc-1"})).headers["x-request-id"] == "abc-1"


async def test_or_is_made_when_it_is_absent_or_odd(fhir: Fhir) -> None:
    first, second = await fhir.get("Patient/p1"), await fhir.get("Patient/p1", headers={"x-request-id": "a b\tc"})
    assert first.headers["x-request-id"] != second.headers["x-request-id"] != "a b\tc"


async def test_errors_speak_the_language_of_the_caller(fhir: Fhir) -> None:
    french = issue(await fhir.get("Patient/p1"))["diagnostics"]
    english = issue(await fhir.get("Patient/p1", headers={"accept-language": "de, en-GB;q=0.8, fr;q=0.5"}))[
        "diagnostics"
    ]
    assert (french, english) == ("La ressource Patient/p1 n'existe pas.", "The resource Patient/p1 does not exist.")


async def test_nothing_personal_is_kept_by_caches(o1: Fhir) -> None:
    await o1.put("Patient/p1", {**PATIENT, "id": "p1"})
    assert (await o1.get("Patient/p1")).headers["cache-control"] == "no-store"
    assert (await o1.get("Organization/o1")).headers["cache-control"] == "no-cache"


async def test_links_start_where_the_client_came_in(o1: Fhir) -> None:
    answer = await o1.get("Organization?_id=o1", headers={"host": "fhir.example:8443"})
    assert answer.json()["entry"][0]["fullUrl"] == "http://fhir.example:8443/sandbox/fhir/Organization/o1"


async def test_a_proxy_is_believed_only_when_it_is_trusted(serve: Serve) -> None:
    said = {"x-forwarded-proto": "https", "x-forwarded-host": "public.example", "x-forwarded-for": "6.6.6.6, 10.1.2.3"}
    fhir = serve()
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"}, headers=said)
    assert (await fhir.get("Patient?_id=p1", headers=said)).json()["link"][0]["url"].startswith(URL)
    assert (await fhir.events())[-1].trace.source != "10.1.2.3"
    trusting = serve(settings=Settings(trust_forwarded=True))
    found = (await trusting.get("Patient?_id=p1", headers=said)).json()
    assert found["link"][0]["url"] == "https://public.example/sandbox/fhir/Patient?_id=p1"
    assert (await fhir.events())[-1].trace.source == "10.1.2.3"


async def test_a_configured_url_wins(serve: Serve) -> None:
    fhir = serve(settings=Settings(url="https://socle.example"))
    answer = await fhir.post("Organization", ORGANIZATION)
    assert answer.headers["location"].startswith("https://socle.example/sandbox/fhir/Organization/")


async def test_other_origins_are_not_let_in(o1: Fhir) -> None:
    answer = await o1.get("Organization/o1", headers={"origin": "https://app.example"})
    assert "access-control-allow-origin" not in answer.headers
    asked = {"origin": "https://app.example", "access-control-request-method": "GET"}
    assert (await o1("OPTIONS", "Organization/o1", headers=asked)).status_code == 405


async def test_unless_they_are_named(serve: Serve) -> None:
    fhir = serve(settings=Settings(origins=frozenset({"https://app.example"})))
    asked = {"origin": "https://app.example", "access-control-request-method": "PUT"}
    answer = await fhir.as_("")("OPTIONS", "Organization/o1", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    answer = await fhir.get("Organization/o1", headers={"origin": "https://app.example"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (404, "https://app.example")
    answer = await fhir.get("Organization/o1", headers={"origin": "https://other.example"})
    assert "access-control-allow-origin" not in answer.headers
