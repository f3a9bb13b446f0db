"""`/connexion`: one chooses who one is, and both coming in and going out leave a trace."""

from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from tests.foundations.operational_security.conftest import Desk, desk

from socle.foundations.actor_identity.people import PEOPLE, ROLES
from socle.kernel.pages import exception_handlers

__all__ = ["desk"]


async def log_in(client: httpx.AsyncClient, person: str = "auditeur", **form: str) -> httpx.Response:
    headers = {"sec-fetch-site": "same-origin"}
    return await client.post("/connexion", data={"person": person, "next": "/traces", **form}, headers=headers)


async def test_the_page_offers_one_person_for_each_role(desk: Desk) -> None:
    said = (await desk.get("/connexion", role="", **{"accept-language": "fr"})).text
    for person in PEOPLE.values():
        assert person.name in said
    assert "ne prouve rien" in said


async def test_logging_in_leads_back_to_the_page_that_asked(desk: Desk) -> None:
    async with desk.client("") as client:
        assert (await client.get("/traces")).status_code == 401
        answer = await log_in(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/traces")
        traces = await client.get("/traces")
    assert traces.status_code == 200
    assert "Inès Morvan" in traces.text


async def test_logging_in_and_out_leaves_traces(desk: Desk) -> None:
    async with desk.client("") as client:
        await log_in(client)
        await client.post("/deconnexion", headers={"sec-fetch-site": "same-origin"})
        assert (await client.get("/traces")).status_code == 401
    logged = [e.trace for e in await desk.recorded() if e.trace.interaction in ("login", "logout")]
    assert [(t.interaction, t.name, t.means) for t in logged] == [
        ("logout", "Inès Morvan", "demo"),
        ("login", "Inès Morvan", "demo"),
    ]


async def test_only_a_person_of_the_demonstration_comes_in(desk: Desk) -> None:
    async with desk.client("") as client:
        answer = await log_in(client, "root")
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


async def test_a_login_never_leads_to_another_site(desk: Desk) -> None:
    async with desk.client("") as client:
        answer = await log_in(client, next="https://evil.test/")
    assert answer.headers["location"] == "/"


async def test_another_site_cannot_log_the_reader_in(desk: Desk) -> None:
    async with desk.client("") as client:
        answer = await client.post("/connexion", data={"person": "agent"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_without_demonstration_nobody_comes_in(desk: Desk) -> None:
    house = replace(desk.house, settings=replace(desk.house.settings, demo=False))
    routes = [route for module in house.modules if module.routes for route in module.routes(house)]
    desk.app = Starlette(routes=routes, exception_handlers=exception_handlers(house))
    said = (await desk.get("/connexion", role="", **{"accept-language": "fr"})).text
    assert "offre pas de connexion de démonstration" in said
    async with desk.client("") as client:
        assert (await log_in(client)).status_code == 400


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE.keys())
def test_each_person_has_one_role_that_is_explained(person: object) -> None:
    [role] = person.roles  # type: ignore[attr-defined]
    assert role in ROLES
