"""The directory that people search, over the registers of the demonstration: a list, a map, cards."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from tests.browser import browser, context, overflow, served, violations

from socle.foundations.care_offer.actions import offers
from socle.foundations.care_offer.api.endpoint import ENDPOINT as OFFER
from socle.foundations.care_offer.demo import HOUSE, trace_at
from socle.foundations.care_offer.synthetic import resources
from socle.foundations.country import Country
from socle.foundations.directory.module import MODULE
from socle.foundations.directory.pages import EXAMPLES
from socle.foundations.people import demo as people_demo
from socle.foundations.people.api import ENDPOINT as PEOPLE
from socle.foundations.structures import demo as structures_demo
from socle.foundations.structures.api import ENDPOINT as STRUCTURES
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.module import House, Settings
from socle.kernel.pages import exception_handlers, portal_routes
from socle.kernel.policy import Actor, Means
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

__all__ = ["browser"]
NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
SCHEMAS = ("annuaire", "structures", "care_offer")


@pytest.fixture(scope="session")
def filled(postgres: EmbeddedPostgres) -> str:
    """A database with the demonstration of both registers, which tests only read."""

    async def make() -> str:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE DATABASE directory_tests")
        await connection.close()
        dsn = postgres.dsn.replace("/postgres?", "/directory_tests?")
        database = await open_database(dsn, clock=lambda: NOW)
        await database.migrate(steps(SCHEMAS, [(name, f"socle.foundations.{module}") for name, module in MODULES]))
        by = structures_demo.SEEDER
        trace = Trace(by.id, by.name, "operator", "", by.means, "essai", NOW, "structures", "finess:import")
        await structures_demo.fill(database, Repository(STRUCTURES.register, database.store("structures"), r4()), trace)
        await people_demo.fill(Repository(PEOPLE.register, database.store("annuaire"), r4()), database, lambda: NOW)
        offer = Repository(OFFER.register, database.store("care_offer"), r4())
        some = resources(Country.demo(), NOW, establishments=3, practitioners=0)
        await offers.put(offer, some, by=HOUSE, trace=trace_at(NOW))
        await database.close()
        return dsn

    return asyncio.run(make())


MODULES = (("annuaire", "people"), ("structures", "structures"), ("care_offer", "care_offer"))


class AlwaysRegion:
    """Takes every reader for someone of a region."""

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        """Someone who sees the whole care offer."""
        return Actor("r", "Région", frozenset({"care-offer-region"}), Means.API_KEY)


def pages_of(database: PostgresDatabase, *known: AlwaysRegion) -> Starlette:
    """The pages, for a reader who is nobody, or whom `known` knows."""
    repositories = {
        "annuaire": Repository(PEOPLE.register, database.store("annuaire"), r4()),
        "structures": Repository(STRUCTURES.register, database.store("structures"), r4()),
        "care_offer": Repository(OFFER.register, database.store("care_offer"), r4()),
    }
    settings = Settings(Path("/nowhere"), demo=False, population=0, url="http://socle.test")
    house = House(settings, (MODULE,), repositories, database, lambda: NOW, Authenticators(list(known)), b"0" * 32)
    assert MODULE.routes is not None
    return Starlette(
        routes=[*portal_routes(house), *MODULE.routes(house)], exception_handlers=exception_handlers(house)
    )


@pytest.fixture
async def reader(filled: str) -> AsyncIterator[httpx.AsyncClient]:
    """Someone who reads."""
    database = await open_database(filled, clock=lambda: NOW)
    transport = httpx.ASGITransport(app=pages_of(database))
    async with httpx.AsyncClient(transport=transport, base_url="http://socle.test") as client:
        yield client
    await database.close()


async def test_a_profession_and_a_town_find_who_practises_there_on_a_map(reader: httpx.AsyncClient) -> None:
    said = (await reader.get("/annuaire?q=infirmière à Lyon")).text
    assert "profession Infirmier" in said
    assert "ville LYON" in said
    begin = said.index("Professionnels</h2>")
    people = said[begin : said.index("<section>", begin)]
    assert people.count('class="row-link"') == 15
    assert people.count("Lyon") >= 15
    assert said.count("<circle") >= 10


async def test_a_specialty_and_a_town_find_who_has_it_in_the_order_of_names(reader: httpx.AsyncClient) -> None:
    everyone = [one for one in Country.demo().practitioners() if one.specialite[0] == "SM04" and one.situations]
    towns = [each.structure.address.commune for one in everyone for each in one.situations]
    town = towns[0]
    said = (await reader.get("/annuaire", params={"q": f"cardiologue {town.code_postal}"})).text
    assert "spécialité Cardiologie et maladies vasculaires" in said
    begin = said.index("Professionnels</h2>")
    people = said[begin : said.index("<section>", begin)]
    there = [one for one in everyone if any(s.structure.address.commune == town for s in one.situations)]
    found = re.findall(r"/annuaire/professionnels/([0-9]+)", people)
    assert found == [one.id_national for one in sorted(there, key=lambda one: one.nom)]
    whole = (await reader.get("/annuaire", params={"q": f"{there[0].nom} cardiologue"})).text
    assert f"/annuaire/professionnels/{there[0].id_national}" in whole


async def test_before_anything_is_asked_a_map_and_examples_lead_to_answers(reader: httpx.AsyncClient) -> None:
    said = (await reader.get("/annuaire")).text
    assert "map-land" in said
    assert 'href="/annuaire?q=Lyon"' in said
    for words in EXAMPLES:
        assert f'href="/annuaire?q={quote(words)}"' in said
        found = (await reader.get("/annuaire", params={"q": words})).text
        assert "row-link" in found, words


async def test_a_number_finds_its_holder_and_leads_to_the_card(reader: httpx.AsyncClient) -> None:
    one = next(Country.demo().practitioners())
    said = (await reader.get(f"/annuaire?q={one.rpps}")).text
    assert f"/annuaire/professionnels/{one.id_national}" in said
    card = (await reader.get(f"/annuaire/professionnels/{one.id_national}")).text
    assert one.rpps in card
    assert "Lieux d’exercice" in card


async def test_words_of_a_name_are_taken_for_a_name_when_asked(reader: httpx.AsyncClient) -> None:
    assert "nom lyon" in (await reader.get("/annuaire?q=lyon&comme=nom")).text


async def test_the_card_of_an_establishment_shows_its_beds_to_who_sees_them(
    reader: httpx.AsyncClient, filled: str
) -> None:
    number = next(Country.demo().establishments()).finess
    public = (await reader.get(f"/annuaire/etablissements/{number}")).text
    assert "CHU DES GLYCINES" in public
    assert "/offre/fiche/offre-0-0" in public
    assert "pas en libre accès" in public
    assert "Médecine" in public
    database = await open_database(filled, clock=lambda: NOW)
    transport = httpx.ASGITransport(app=pages_of(database, AlwaysRegion()))
    async with httpx.AsyncClient(transport=transport, base_url="http://socle.test") as region:
        whole = (await region.get(f"/annuaire/etablissements/{number}")).text
        owner = whole.partition("Entité juridique</h2>")[2].partition('href="')[2].partition('"')[0]
        entity = (await region.get(owner)).text
        assert (await region.get("/annuaire/etablissements/0B5999999")).status_code == 404
    await database.close()
    assert "disponibles sur" in whole
    assert "Soins intensifs" in whole
    assert f"/annuaire/etablissements/{number}" in entity


async def test_an_establishment_is_found_by_the_same_box(reader: httpx.AsyncClient) -> None:
    said = (await reader.get("/annuaire?q=pharmacie lyon")).text
    assert "PHARMACIE" in said
    assert 'href="/annuaire/etablissements/0B5' in said


@pytest.mark.parametrize(
    ("path", "status"),
    [("/annuaire?x=1", 400), ("/annuaire?q=a&comme=tout", 400), ("/annuaire/professionnels/899999999999", 404)],
)
async def test_what_is_not_understood_or_not_there_is_told(reader: httpx.AsyncClient, path: str, status: int) -> None:
    assert (await reader.get(path)).status_code == status


async def test_too_little_is_told_and_finds_nothing(reader: httpx.AsyncClient) -> None:
    assert "Donnez un nom, une profession ou une ville" in (await reader.get("/annuaire?q=de la")).text


class Served:
    """The pages, over a database that is opened in the loop that serves them."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        await receive()
        database = await open_database(self._dsn, clock=lambda: NOW)
        self._app = pages_of(database)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await database.close()
        await send({"type": "lifespan.shutdown.complete"})


@pytest.fixture(scope="module")
def address(filled: str) -> Iterator[str]:
    """Where a browser finds the pages."""
    with served(Served(filled)) as url:
        yield url


@pytest.mark.browser
@pytest.mark.parametrize("look", [{}, {"phone": True, "dark": True}], ids=["wide", "phone-dark"])
def test_the_directory_is_accessible_in_every_look(browser: Any, address: str, look: dict[str, bool]) -> None:
    here = context(browser, bypass_csp=True, **look)
    page = here.new_page()
    one = next(Country.demo().practitioners())
    for path in ("", "?q=infirmier lyon", "?q=zzz", f"/professionnels/{one.id_national}", "/etablissements/0B5000001"):
        page.goto(f"{address}/annuaire{path}")
        assert violations(page) == [], path
        assert overflow(page) == 0, path
    here.close()


@pytest.mark.browser
def test_a_reader_goes_from_words_to_a_card_without_script(browser: Any, address: str) -> None:
    here = context(browser, script=False)
    page = here.new_page()
    page.goto(f"{address}/annuaire")
    page.get_by_label("Qui, quoi, où").fill("médecin paris")
    page.get_by_role("button", name="Chercher").click()
    name = page.locator("a.row-link").first.inner_text()
    page.locator("a.row-link").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == name
    here.close()
