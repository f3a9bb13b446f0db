"""A request made by another site in the reader's name is refused; everybody else passes."""

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy.origin import is_foreign
from socle.kernel.rest.csrf import RefuseForeign, check

SESSION = {"cookie": "socle_demo=x", "host": "socle.test"}


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),  # another port of the same machine
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://socle.test"}, True),
        ({"origin": "http://socle.test"}, False),
        ({"origin": "http://SOCLE.test"}, False),
        ({"origin": "http://socle.test:8080"}, True),
        ({"origin": "https://evil.test"}, True),
        ({"origin": "null"}, True),
        ({}, False),
    ],
)
def test_where_a_request_comes_from(headers: dict[str, str], foreign: bool) -> None:
    assert is_foreign({"host": "socle.test", **headers}) is foreign


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_unsafe_request_with_a_cookie_from_elsewhere_is_refused(method: str) -> None:
    with pytest.raises(Problem) as caught:
        check(method, {**SESSION, "sec-fetch-site": "same-site"})
    assert caught.value.kind is Kind.FORBIDDEN


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_never_refused_for_its_origin(method: str) -> None:
    check(method, {**SESSION, "sec-fetch-site": "cross-site"})


def test_software_with_its_key_is_never_refused_for_its_origin() -> None:
    check("POST", {**SESSION, "authorization": "Bearer socle_x", "origin": "https://software.test"})


def test_a_request_without_cookie_has_nothing_to_abuse() -> None:
    check("POST", {"host": "socle.test", "origin": "https://evil.test"})


async def _answer(request: object) -> PlainTextResponse:
    return PlainTextResponse("done")


def client() -> httpx.AsyncClient:
    app = RefuseForeign(Starlette(routes=[Route("/", _answer, methods=["GET", "POST"])]))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://socle.test")


async def test_the_refusal_is_an_operation_outcome() -> None:
    answer = await client().post("/", headers={"cookie": "socle_demo=x", "sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    outcome = orjson.loads(answer.content)
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["code"] == "forbidden"


async def test_a_form_of_our_own_passes() -> None:
    answer = await client().post("/", headers={"cookie": "socle_demo=x", "sec-fetch-site": "same-origin"})
    assert answer.text == "done"


async def test_an_application_may_answer_the_refusal_in_its_own_terms() -> None:
    async def refuse(request: Request, error: Exception) -> PlainTextResponse:
        assert isinstance(error, Problem)
        return PlainTextResponse(f"page: {error.kind.name}", status_code=error.kind.status)

    app = RefuseForeign(Starlette(routes=[Route("/", _answer, methods=["POST"])]), refuse)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://socle.test") as http:
        response = await http.post("/", headers={**SESSION, "sec-fetch-site": "cross-site"})
    assert (response.status_code, response.text) == (403, "page: FORBIDDEN")
