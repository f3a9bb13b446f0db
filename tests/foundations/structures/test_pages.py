"""The pages of the register: a search that finds, a card that tells EJ from ET, loads that say what they changed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from tests.foundations.structures.support import (
    EJ1,
    EJ2,
    ET1,
    ET2,
    NOW,
    Structures,
    agreement,
    care,
    csv_text,
    ej_line,
    et_line,
    geo_line,
    numero,
    training,
    xml_text,
)
from tests.foundations.structures.test_more_feeds import grouped

from socle.foundations.structures.module import MODULE
from socle.foundations.structures.permissions import REGISTER
from socle.kernel.module import House, Settings
from socle.kernel.outcome import Problem
from socle.kernel.pages import exception_handlers, portal_routes
from socle.kernel.rest.authenticators import Authenticators


def pages_of(structures: Structures) -> Starlette:
    """The pages, for a reader who is nobody."""
    settings = Settings(Path("/nowhere"), demo=False, population=0, url="http://socle.test")
    house = House(
        settings,
        (MODULE,),
        {REGISTER: structures.repository},
        structures.database,
        lambda: NOW + timedelta(days=3),
        Authenticators([]),
        b"0" * 32,
    )
    assert MODULE.routes is not None
    routes = [*portal_routes(house), *MODULE.routes(house)]
    return Starlette(routes=routes, exception_handlers=exception_handlers(house))


@pytest.fixture
async def reader(structures: Structures) -> AsyncIterator[httpx.AsyncClient]:
    """Someone who reads, in a register with two establishments that changed once."""
    await structures.load_text(
        csv_text(ej_line(EJ1), et_line(ET1), geo_line(ET1), et_line(ET2, name="CLINIQUE DU LAC", commune="053")),
    )
    await structures.load_text(xml_text(care()), "soins.xml")
    text = csv_text(ej_line(EJ1), et_line(ET1, name="HOPITAL NEUF"), geo_line(ET1))
    await structures.load_text(text, now=NOW + timedelta(days=1))
    transport = httpx.ASGITransport(app=pages_of(structures))
    async with httpx.AsyncClient(transport=transport, base_url="http://socle.test") as client:
        yield client


async def read(reader: httpx.AsyncClient, path: str, status: int = 200) -> str:
    """What a page says."""
    answer = await reader.get(path)
    assert answer.status_code == status, path
    return answer.text


async def test_a_structure_is_found_by_words_in_any_order_with_its_place_on_a_map(reader: httpx.AsyncClient) -> None:
    said = await read(reader, "/structures?q=viriat hôpit")
    assert "HOPITAL NEUF" in said
    assert "CLINIQUE DU LAC" not in said
    assert said.count('r="10"') == 1


async def test_articles_say_nothing_and_saint_is_often_abbreviated(
    reader: httpx.AsyncClient, structures: Structures
) -> None:
    await structures.load_text(
        csv_text(ej_line(EJ1), et_line(ET1, name="HOPITAL ST LOUIS")), now=NOW + timedelta(days=2)
    )
    for words in ("hôpital Saint-Louis", "l'hôpital st louis de Viriat", "hopital à viriat", "l"):
        assert "HOPITAL ST LOUIS" in await read(reader, f"/structures?q={words}"), words
    assert "HOPITAL ST LOUIS" not in await read(reader, "/structures?q=hôpital sainte louise")


async def test_a_whole_number_leads_to_its_card(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(f"/structures?q={ET1.lower()}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/structures/{ET1}")


async def test_a_card_shows_the_entity_the_activities_and_the_place(reader: httpx.AsyncClient) -> None:
    said = await read(reader, f"/structures/{ET1}")
    for words in ("GROUPE DES DEUX RIVES", "Gynécologie-obstétrique", "01440 VIRIAT", "46,211257", "84-01-1"):
        assert words in said


async def test_a_card_says_when_it_is_not_of_the_nature_that_was_meant(reader: httpx.AsyncClient) -> None:
    assert "numéro d’une entité juridique (EJ)" in await read(reader, f"/structures/{EJ1}?attendu=ET")
    assert "Ce n’est pas ce que vous cherchiez" not in await read(reader, f"/structures/{EJ1}?attendu=EJ")


async def test_a_closed_structure_keeps_its_card_and_says_so(reader: httpx.AsyncClient) -> None:
    assert "fermé" in await read(reader, f"/structures/{ET2}")


async def test_the_history_shows_what_changed_and_what_was_known_on_a_day(reader: httpx.AsyncClient) -> None:
    said = await read(reader, f"/structures/{ET1}/historique?le={NOW.date().isoformat()}")
    assert "<del>HOPITAL DU PONT</del>" in said
    assert "<strong>HOPITAL DU PONT</strong>" in said
    assert "ne la connaissait pas encore" in await read(reader, f"/structures/{ET1}/historique?le=2001-01-01")


async def test_loads_say_what_they_changed_in_pages_and_in_csv(
    reader: httpx.AsyncClient, structures: Structures
) -> None:
    rows = await structures.database.query(f"SELECT max(id) AS id FROM {REGISTER}.load")
    id = rows[0]["id"]
    assert f"/structures/imports/{id}" in await read(reader, "/structures/imports")
    said = await read(reader, f"/structures/imports/{id}")
    assert "<ins>HOPITAL NEUF</ins>" in said
    assert "CLINIQUE DU LAC" not in await read(reader, f"/structures/imports/{id}?changement=changed")
    text = await read(reader, f"/structures/imports/{id}/export.csv")
    assert f"{ET1};HOPITAL NEUF;changed;rs;HOPITAL DU PONT;HOPITAL NEUF" in text
    assert f"{ET2};CLINIQUE DU LAC;closed;;;" in text


async def test_a_refused_load_shows_its_faults(reader: httpx.AsyncClient, structures: Structures) -> None:
    with pytest.raises(Problem):
        await structures.load_text(csv_text(et_line(ET1, categetab="3X5")), "faux.csv")
    rows = await structures.database.query(f"SELECT max(id) AS id FROM {REGISTER}.load")
    said = await read(reader, f"/structures/imports/{rows[0]['id']}")
    assert "faux.csv:2" in said
    assert "une catégorie de 3 chiffres" in said
    assert "rien n’a changé dans le répertoire" in said


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/structures?x=1", 400),
        ("/structures?nature=XX", 400),
        ("/structures/zzz", 400),
        (f"/structures/{numero(999)}", 404),
        (f"/structures/{ET1}/historique?le=hier", 400),
        ("/structures/imports/999999", 404),
        ("/structures/imports/99999999999", 404),
    ],
)
async def test_what_is_not_understood_or_not_there_is_told(reader: httpx.AsyncClient, path: str, status: int) -> None:
    await read(reader, path, status)


async def test_an_empty_register_teaches_how_to_fill_it(structures: Structures) -> None:
    transport = httpx.ASGITransport(app=pages_of(structures))
    async with httpx.AsyncClient(transport=transport, base_url="http://socle.test") as client:
        assert "socle import finess" in (await client.get("/structures")).text
        assert "socle import finess" in (await client.get("/structures/imports")).text


async def test_the_card_shows_training_and_agreements(structures: Structures, reader: httpx.AsyncClient) -> None:
    await structures.load_text(xml_text(training()), "106.xml")
    await structures.load_text(xml_text(agreement()), "107.xml")
    said = (await reader.get(f"/structures/{ET1}")).text
    assert "Formation des infirmiers · Enseignement" in said
    assert "120 places autorisées" in said
    assert "Convention tripartite" in said
    assert "Obstétrique" in said  # what other feeds said stays


async def test_the_card_of_a_member_and_of_a_group_show_who_is_of_it(structures: Structures) -> None:
    await structures.load_text(grouped(first=True), "structures.json")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=pages_of(structures)), base_url="http://socle.test"
    ) as client:
        member = (await client.get(f"/structures/{EJ1}")).text
        assert "GCS DES DEUX RIVES</a> · membre <small>type 03" in member
        assert "GHT DES RIVES · entité support" in member
        assert "2 membres" in member
        group = (await client.get(f"/structures/{EJ2}")).text
        assert "Cette entité est un groupement" in group
        assert f'href="/structures/{EJ1}"' in group
        assert "Groupements" not in (await client.get(f"/structures/{ET1}")).text
