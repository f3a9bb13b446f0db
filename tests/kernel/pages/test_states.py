"""The state of the modules, on their pages and for machines."""

from dataclasses import replace

import httpx
import pytest
from tests.kernel.pages.houses import House, application, full_house

from socle.kernel.outcome import Text

WHY = Text("La base d'essai est vide.", "The test base is empty.")


@pytest.fixture
def client() -> httpx.AsyncClient:
    house: House = replace(full_house(), troubles={"foundations.ins": WHY})
    return httpx.AsyncClient(transport=httpx.ASGITransport(application(house)), base_url="http://house")


async def test_the_list_says_what_is_degraded_and_why(client: httpx.AsyncClient) -> None:
    page = (await client.get("/modules?status=degraded")).text
    assert page.count('class="row-link"') == 1
    assert "/modules/foundations.ins" in page
    assert "dégradé" in page
    assert "La base d’essai est vide." in page


async def test_the_list_keeps_apart_what_runs_and_what_is_to_come(client: httpx.AsyncClient) -> None:
    running = (await client.get("/modules?status=running")).text
    absent = (await client.get("/modules?status=absent")).text
    assert "/modules/foundations.interoperability" in running
    assert "/modules/foundations.ins" not in running
    assert "/modules/services.dmp" in absent
    assert "/modules/foundations.interoperability" not in absent


async def test_the_page_of_a_module_says_why_it_is_degraded(client: httpx.AsyncClient) -> None:
    assert "The test base is empty." in (await client.get("/modules/foundations.ins?lang=en")).text


async def test_machines_read_the_same(client: httpx.AsyncClient) -> None:
    answer = await client.get("/modules.json")
    assert answer.headers["content-type"].startswith("application/json")
    states = {module["name"]: (module["state"], module["reason"]) for module in answer.json()["modules"]}
    assert states["foundations.ins"] == ("degraded", {"fr": WHY.fr, "en": WHY.en})
    assert states["foundations.interoperability"] == ("running", None)
    assert states["services.dmp"][0] == "absent"
