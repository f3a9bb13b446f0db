"""An edition as a book or as OSCAL, taken from the house."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.conftest import OpenDatabase
from tests.support.doctrine.homes import client, home

from socle.support.doctrine.forms import oscal


@pytest.fixture
async def house(open_house: OpenDatabase) -> AsyncIterator[httpx.AsyncClient]:
    opened = await open_house("doctrine", modules=[("doctrine", "socle.support.doctrine")])
    async with client(home(opened)) as caller:
        yield caller


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("epub", b"PK")])
async def test_the_edition_is_a_book_to_save(house: httpx.AsyncClient, form: str, begins: bytes) -> None:
    answer = await house.get(f"/doctrine/2019/edition.{form}")
    assert answer.content.startswith(begins)
    assert f"doctrine-2019.{form}" in answer.headers["content-disposition"]
    again = await house.get(f"/doctrine/2019/edition.{form}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_the_edition_is_oscal(house: httpx.AsyncClient) -> None:
    catalog = (await house.get("/doctrine/current/oscal/catalog.json")).json()
    assert oscal.from_catalog(catalog).id == "2026"
    definition = (await house.get("/doctrine/2026/oscal/component-definition.json")).json()
    assert definition["component-definition"]["components"]


async def test_a_profile_is_that_of_one_actor(house: httpx.AsyncClient) -> None:
    whole = await house.get("/doctrine/2026/oscal/profile.json")
    hosts = await house.get("/doctrine/2026/oscal/profile-hebergeur.json")
    assert whole.json()["profile"]["imports"][0]["include-all"] == {}
    [wanted] = hosts.json()["profile"]["imports"][0]["include-controls"]
    assert "INN-003" in wanted["with-ids"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/doctrine/2026/oscal/profile-nobody.json", 404),
        ("/doctrine/2026/oscal/catalog.json?actor=hebergeur", 400),
        ("/doctrine/2026/edition.pdf?page=1", 400),
        ("/doctrine/2026/oscal/nothing.json", 404),
        ("/doctrine/1999/edition.epub", 404),
    ],
)
async def test_what_is_not_understood_or_not_there_is_told(house: httpx.AsyncClient, address: str, status: int) -> None:
    assert (await house.get(address)).status_code == status
