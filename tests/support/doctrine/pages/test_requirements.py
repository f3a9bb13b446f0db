"""The requirement table, filtered in plain language; the card of a requirement; search; differences."""

import re
from typing import Any

import httpx
import pytest
from tests.support.doctrine.pages.houses import chapter, client, dated, edition, given, requirement
from tests.support.doctrine.pages.test_reading import text

from socle.support.doctrine.model import (
    Addressee,
    Dates,
    EditionStatus,
    Force,
    Milestone,
    Users,
    Verification,
    Verified,
)
from socle.support.doctrine.pages.requirements import SIZE

DPI, LGO = Addressee.EDITEUR_DPI, Addressee.EDITEUR_LGO


@pytest.fixture
async def reader(monkeypatch: Any) -> httpx.AsyncClient:
    """2019 and 2026: one kept, one reworded and re-dated, one dropped, some new."""
    old = [
        requirement("INS-001", "Référencer les données par l'INS.", dates=Dates(planned=dated("2020-01-01"))),
        requirement("INS-002", "Ne rien faire."),
        requirement("INS-003", "Garder ceci."),
    ]
    new = [
        requirement(
            "INS-001",
            "Référencer toutes les données par l'INS.",
            dates=Dates(planned=dated("2020-01-01"), actual=dated("2021-01-01")),
            verified=Verified(Verification.SCENARIO, "Un scénario.", "foundations.ins#INS-012"),
            not_verified="",
        ),
        requirement("INS-003", "Garder ceci."),
        requirement("INS-010", "Authentifier.", addressees=(DPI,), dates=Dates(planned=dated("2028-12-31"))),
        requirement(
            "INS-011", "Tracer.", addressees=(DPI, LGO), force=Force.SHOULD, dates=Dates(planned=dated("2027-06-30"))
        ),
        requirement("INS-012", "Afficher.", addressees=(LGO,), users=(Users.USAGERS,)),
        requirement("INS-013", "Alerter.", addressees=(Addressee.REGION,), regions=("53",)),
    ]
    given(
        monkeypatch,
        edition("2019", [chapter(requirements=old, title="INS")], status=EditionStatus.PAST),
        edition(
            "2026",
            [chapter(requirements=new)],
            based_on="2019",
            milestones=(Milestone("m", "INS hébergée", Dates(planned=dated("2027-01-01"))),),
        ),
    )
    return client()


def ids(answer: httpx.Response) -> list[str]:
    """The requirements of the table, in order."""
    return re.findall(r'class="row-link" href="[^"]+">([^<]+)<', answer.text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["INS-011", "INS-010", "INS-001", "INS-003", "INS-012", "INS-013"]),
        ("?sort=chapter", ["INS-001", "INS-011", "INS-010", "INS-003", "INS-012", "INS-013"]),
        ("?actor=editeur-dpi", ["INS-011", "INS-010"]),
        ("?actor=editeurs", ["INS-011", "INS-010", "INS-012"]),
        ("?actor=editeur-dpi&force=must", ["INS-010"]),
        ("?actor=editeur-lgo&users=professionnels-liberaux", ["INS-011"]),
        ("?actor=region&region=53", ["INS-013"]),
        ("?actor=region&region=11", []),
        ("?actor=editeur-dpi&date=2027-12-31", ["INS-011"]),
        ("?actor=editeur-dpi&date=2027", ["INS-011"]),
        ("?actor=editeur-dpi&date=2028", ["INS-011", "INS-010"]),
        ("?chapter=ins&q=referencer", ["INS-001"]),
        ("?q=authentification", []),
        ("?q=authentifier", ["INS-010"]),
    ],
)
async def test_the_sentence_of_the_filters(reader: httpx.AsyncClient, query: str, found: list[str]) -> None:
    assert ids(await reader.get(f"/doctrine/2026/exigences{query}")) == found


async def test_what_is_to_come_is_told_apart_from_what_applies_already(reader: httpx.AsyncClient) -> None:
    told = text(await reader.get("/doctrine/2026/exigences"))
    for before, after in (
        ("À venir 2", "INS-011"),
        ("INS-010", "Déjà applicable 1"),
        ("INS-001", "Sans échéance connue 3"),
    ):
        assert told.index(before) < told.index(after)


async def test_a_slip_is_shown_with_what_was_planned(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/doctrine/2026/exigences?q=INS-001")).text
    assert "<del>1er janvier 2020</del>" in page
    assert "1 an plus tard" in page


async def test_the_filters_go_with_the_files_and_stay_in_the_form(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/doctrine/2026/exigences?actor=editeur-dpi&force=must")).text
    assert 'href="/doctrine/2026/echeances.ics?actor=editeur-dpi&amp;force=must"' in page
    assert 'href="/doctrine/2026/edition.csv?actor=editeur-dpi&amp;force=must"' in page
    assert '<option value="editeur-dpi" selected>' in page
    assert '<option value="must" selected>' in page


async def test_an_empty_answer_offers_to_take_each_condition_away(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/doctrine/2026/exigences?actor=region&region=11")
    assert "Aucune exigence ne répond à cette phrase" in text(answer)
    assert 'href="/doctrine/2026/exigences?actor=region"' in answer.text
    assert 'href="/doctrine/2026/exigences?region=11"' in answer.text


async def test_a_long_table_has_pages_and_can_be_had_whole(monkeypatch: Any) -> None:
    many = [requirement(f"INS-{rank:04d}", f"Faire {rank}.") for rank in range(SIZE + 5)]
    given(monkeypatch, edition("2026", [chapter(requirements=many)]))
    async with client() as reader:
        first = await reader.get("/doctrine/2026/exigences?actor=etablissement")
        second = await reader.get("/doctrine/2026/exigences?actor=etablissement&page=2")
        whole = await reader.get("/doctrine/2026/exigences?actor=etablissement&page=all")
    assert 'rel="next" href="/doctrine/2026/exigences?actor=etablissement&amp;page=2"' in first.text
    assert ids(first) + ids(second) == ids(whole) == [one.id for one in many]


async def test_the_card_gives_every_date_with_its_source_and_the_proof(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/doctrine/2026/exigences/INS-001")
    told = text(answer)
    assert "prévue : 1er janvier 2020 Journal officiel (certitude B)" in told
    assert "effective : 1er janvier 2021 Journal officiel (certitude B)" in told
    assert "Scénario joué : Un scénario." in told
    assert '<a href="/modules/foundations.ins">' in answer.text


async def test_the_card_tells_the_story_from_one_edition_to_the_next(reader: httpx.AsyncClient) -> None:
    reworded = (await reader.get("/doctrine/2026/exigences/INS-001")).text
    assert re.search(r"<ins>.*toutes ?.*</ins>", reworded)
    assert "Formulation inchangée depuis l’édition 2019" in (await reader.get("/doctrine/2026/exigences/INS-003")).text
    dropped = (await reader.get("/doctrine/2019/exigences/INS-002")).text
    assert "L’édition 2026 ne la porte plus." in dropped


async def test_a_search_shows_what_was_found_in_its_place(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/doctrine/2026/recherche?q=identites")
    assert "<mark>identité</mark>" in answer.text
    assert 'href="/doctrine/2026/ins#contexte-1"' in answer.text
    found = (await reader.get("/doctrine/2026/recherche?q=hebergement")).text
    assert "INS <mark>hébergée</mark>" in found


async def test_a_search_that_finds_part_of_the_words_says_so(reader: httpx.AsyncClient) -> None:
    assert "voici ce qui en contient une partie" in text(await reader.get("/doctrine/2026/recherche?q=identité+zèbre"))


async def test_a_search_that_finds_nothing_offers_words_and_the_other_edition(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/doctrine/2026/recherche?q=zebre")
    assert "Rien ne contient tous ces mots" in text(answer)
    assert 'href="/doctrine/2019/recherche?q=zebre"' in answer.text


async def test_the_differences_between_two_editions(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/doctrine/ecarts?de=2019&a=2026")
    told = text(answer)
    assert "6 changements" in told  # one reworded, one dropped, four new
    assert "INS-003" not in told
    assert re.search(r"<del><span class=\"unseen\">\[retiré : </span>Ne rien faire.", answer.text.replace("\xa0", " "))
    assert re.search(r"<ins>[^/]*</span> ?toutes", answer.text)
    assert "effective 1er janvier 2021" in told
    assert 'href="/doctrine/api/diff?from=2019&amp;to=2026"' in answer.text


async def test_the_differences_can_be_sorted_out(reader: httpx.AsyncClient) -> None:
    dropped = await reader.get("/doctrine/ecarts?de=2019&a=2026&kind=dropped")
    assert "1 changement " in text(dropped)
    assert 'href="/doctrine/2019/exigences/INS-002"' in dropped.text
    assert "Rien ne change avec ces filtres" in text(await reader.get("/doctrine/ecarts?de=2026&a=2026"))


async def test_by_default_the_edition_in_force_is_compared_with_the_one_that_it_revises(
    reader: httpx.AsyncClient,
) -> None:
    assert "Ce qui change de 2019 à 2026" in text(await reader.get("/doctrine/ecarts"))


async def test_with_one_edition_there_is_nothing_to_compare(monkeypatch: Any) -> None:
    given(monkeypatch, edition("2026", [chapter()]))
    answer = await client().get("/doctrine/ecarts")
    assert (answer.status_code, "n’en a qu’une" in text(answer)) == (404, True)
