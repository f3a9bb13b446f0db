"""Headers that protect the reader are on every answer, and replace none that the answer chose."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from socle.kernel.rest.headers import SecurityHeaders


async def _page(request: Request) -> Response:
    return HTMLResponse("<p>bonjour</p>")


async def _data(request: Request) -> Response:
    return JSONResponse({})


async def _own(request: Request) -> Response:
    return Response("", headers={"Content-Security-Policy": "sandbox", "Referrer-Policy": "no-referrer"})


ROUTES = [Route("/page", _page), Route("/data", _data), Route("/own", _own)]


def client(*, secure: bool = False) -> httpx.AsyncClient:
    app = SecurityHeaders(Starlette(routes=ROUTES), secure=secure)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://socle.test")


@pytest.mark.parametrize("path", ["/page", "/data", "/own", "/absent"])
async def test_every_answer_forbids_guessing_types(path: str) -> None:
    assert (await client().get(path)).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/page", "/data"])
async def test_no_answer_can_be_framed(path: str) -> None:
    assert "frame-ancestors 'none'" in (await client().get(path)).headers["content-security-policy"]


async def test_a_page_runs_only_scripts_of_this_origin() -> None:
    policy = (await client().get("/page")).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


async def test_data_runs_no_script_at_all() -> None:
    assert "script-src" not in (await client().get("/data")).headers["content-security-policy"]


async def test_an_answer_that_chose_its_headers_keeps_them_once() -> None:
    headers = (await client().get("/own")).headers
    assert headers.get_list("content-security-policy") == ["sandbox"]
    assert headers.get_list("referrer-policy") == ["no-referrer"]


async def test_https_is_remembered_only_by_a_house_reached_by_https() -> None:
    assert "strict-transport-security" not in (await client().get("/data")).headers
    assert "max-age" in (await client(secure=True).get("/data")).headers["strict-transport-security"]
