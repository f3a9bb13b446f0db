"""Reading an edition: what each page says, and where it leads."""

import re
from typing import Any

import httpx
import pytest
from tests.support.doctrine.pages.houses import chapter, client, dated, edition, given, requirement

from socle.support.doctrine.model import (
    Addressee,
    Block,
    Certainty,
    Dates,
    EditionStatus,
    Force,
    Milestone,
    Orientation,
    Section,
)

LATE = Dates(planned=dated("2026-01-01"), revised=(dated("2028-12-31"),))


@pytest.fixture
async def reader(monkeypatch: Any) -> httpx.AsyncClient:
    """Two editions: 2019 with one requirement, 2026 with three."""
    old = requirement("INS-001", "Référencer les données par l'INS.", dates=Dates(planned=dated("2020-01-01")))
    new = requirement("INS-001", "Référencer chaque donnée par l'INS.", dates=Dates(actual=dated("2021-01-01")))
    late = requirement(
        "INS-002", "Authentifier.", dates=LATE, addressees=(Addressee.EDITEUR_DPI,), modules=("foundations.ins",)
    )
    soft = requirement("INS-003", "Former.", force=Force.SHOULD, legal="Article L.1111-8-1")
    security = chapter("security", number="2.4.1", title="Sécurité", certainty=Certainty.C, reconstruction=True)
    ins = chapter(
        requirements=[new, late, soft], modules=("foundations.ins", "services.dmp"), guides=("docs/guides/insi.md",)
    )
    given(
        monkeypatch,
        edition("2019", [chapter(requirements=[old])], status=EditionStatus.PAST),
        edition(
            "2026",
            [security, ins],
            based_on="2019",
            milestones=(
                Milestone("next", "Tout le monde y est", Dates(planned=dated("2027-01-01")), chapters=("ins",)),
            ),
        ),
    )
    return client()


def text(answer: httpx.Response) -> str:
    """What a page says, without its marks."""
    bare = re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2])
    return " ".join(bare.replace("&#39;", "'").replace("\N{NO-BREAK SPACE}", " ").split())


async def test_from_the_home_page_to_ones_obligations_in_two_clicks(reader: httpx.AsyncClient) -> None:
    portal = (await reader.get("/")).text
    first = re.search(r'<a href="([^"]+)"><strong>Que doit faire mon logiciel', portal)
    assert first is not None
    home = (await reader.get(first[1])).text
    second = re.search(r'<a href="([^"]+)"><strong>Dossier patient hospitalier', home)
    assert second is not None
    answer = text(await reader.get(second[1]))
    assert "1 exigence dont 1 obligations" in answer
    assert "Authentifier." in answer
    assert "31 décembre 2028" in answer
    assert "Référencer" not in answer


async def test_each_choice_says_how_many_obligations_wait_behind_it(reader: httpx.AsyncClient) -> None:
    home = (await reader.get("/doctrine")).text
    assert re.search(r"Établissement de santé</strong> <small>1 obligation<", home)
    assert re.search(r"Professionnel libéral</strong> <small>0 obligation<", home)


async def test_the_home_of_the_doctrine_shows_what_falls_due_next_the_nearest_first(reader: httpx.AsyncClient) -> None:
    told = text(await reader.get("/doctrine"))
    assert told.index("1er janvier 2027 dans 1 mois Jalon Tout le monde y est") < told.index("INS-002 Authentifier.")


async def test_an_edition_gives_its_synthesis_its_chapters_and_its_figures(reader: httpx.AsyncClient) -> None:
    told = text(await reader.get("/doctrine/2026"))
    assert "2 chapitres, 3 exigences dont 2 obligations, 1 jalons" in told
    assert "En bref." in told
    assert "prochaine échéance : 31 décembre 2028" in told


async def test_a_chapter_has_a_permanent_link_for_each_paragraph(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/doctrine/2026/ins")).text
    for anchor in ("contexte-1", "contexte-2"):
        assert f'id="{anchor}"' in page
        assert f'href="#{anchor}"' in page
    assert "<strong>identité</strong>" in page


async def test_references_in_the_text_lead_to_the_pages_of_the_same_edition(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/doctrine/2026/ins")).text
    assert '<a href="/doctrine/2026/security">la sécurité</a>' in page
    assert '<a href="/doctrine/2026/exigences/INS-001">INS-001</a>' in page
    assert '<a href="/doctrine/2019/security">' not in (await reader.get("/doctrine/2019/ins")).text


async def test_a_chapter_says_which_modules_implement_it_and_how_they_are(reader: httpx.AsyncClient) -> None:
    page = await reader.get("/doctrine/2026/ins")
    told = text(page)
    assert "Identité nationale de santé en service" in told
    assert "Dossier médical partagé à venir" in told
    assert 'href="/ins"' in page.text
    assert 'href="/modules/services.dmp"' in page.text
    assert "/docs/guides/insi.md" in page.text


async def test_a_chapter_says_plainly_what_it_is_worth(reader: httpx.AsyncClient) -> None:
    assert "lus dans le texte de la doctrine" in text(await reader.get("/doctrine/2026/ins"))
    guessed = text(await reader.get("/doctrine/2026/security"))
    assert "sont déduits" in guessed
    assert "reconstitution de Socle" in guessed


async def test_a_chapter_leads_to_its_neighbours_and_to_the_other_edition(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/doctrine/2026/ins")).text
    assert 'rel="prev" href="/doctrine/2026/security"' in page
    assert 'rel="next"' not in page
    assert 'href="/doctrine/2019/ins"' in page


async def test_a_chapter_without_requirements_says_so_and_leads_on(reader: httpx.AsyncClient) -> None:
    page = await reader.get("/doctrine/2026/security")
    assert "Ce chapitre ne pose aucune exigence" in text(page)
    assert 'href="/doctrine/2026/exigences"' in page.text


async def test_the_colours_of_a_chapter_are_those_of_its_room(monkeypatch: Any) -> None:
    given(monkeypatch, edition("2026", [chapter("dmp", orientation=Orientation.SERVICES)]))
    assert '<div class="in-services chapter">' in (await client().get("/doctrine/2026/dmp")).text


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/doctrine/1998", 404, "éditions : 2019, 2026"),
        ("/doctrine/2026/zebre", 404, "pas de chapitre « zebre »"),
        ("/doctrine/2026/exigences/INS-999", 404, "pas d’exigence « INS-999 »"),
        ("/doctrine/2026/ins?acteur=x", 400, "Le paramètre « acteur » n’existe pas ici"),
        ("/doctrine/2026/exigences?acteur=x&forse=y", 400, "Paramètres de cette page : actor, users, region"),
        ("/doctrine/2026/exigences?actor=editeur", 400, "valeurs possibles de « actor » : editeurs, editeur-dpi"),
        ("/doctrine/2026/exigences?region=99", 400, "« 99 »"),
        ("/doctrine/2026/exigences?date=31/12/2026", 400, "par exemple 2026-12-31"),
        ("/doctrine/2026/exigences?chapter=zebre", 400, "ins"),
        ("/doctrine/2026/exigences?force=must&force=should", 400, "donné deux fois"),
        ("/doctrine/ecarts?de=1998", 400, "2019"),
    ],
)
async def test_what_is_not_understood_is_refused_and_says_what_to_write(
    reader: httpx.AsyncClient, path: str, status: int, said: str
) -> None:
    answer = await reader.get(path)
    assert answer.status_code == status
    assert said in text(answer)


async def test_words_typed_in_the_address_are_only_words(reader: httpx.AsyncClient) -> None:
    for path in ("/doctrine/2026/exigences?q=", "/doctrine/2026/recherche?q=", "/doctrine/2026/"):
        page = (await reader.get(path + "%3Cscript%3Ealert(1)%3C%2Fscript%3E")).text
        assert "<script>alert" not in page


async def test_in_english_the_page_is_in_english_and_the_doctrine_said_to_be_in_french(
    reader: httpx.AsyncClient,
) -> None:
    page = await reader.get("/doctrine/2026/ins?lang=en")
    assert "The text of the doctrine is in French only." in text(page)
    assert '<span lang="fr">Identité nationale de santé</span>' in page.text


async def test_a_page_read_again_is_not_sent_again(reader: httpx.AsyncClient) -> None:
    first = await reader.get("/doctrine/2026")
    again = await reader.get("/doctrine/2026", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_an_edition_published_meanwhile_is_shown_at_once(reader: httpx.AsyncClient, monkeypatch: Any) -> None:
    assert "La nouvelle" not in (await reader.get("/doctrine/2026")).text
    given(monkeypatch, edition("2026", [chapter()], title="La nouvelle"))
    assert "La nouvelle" in (await reader.get("/doctrine/2026")).text


async def test_the_text_is_printed_as_french_is_and_code_is_left_alone(monkeypatch: Any) -> None:
    block = Block("contexte-1", "L'usager : `d'abord : 1`.")
    ins = chapter(
        sections=(Section("contexte", "Contexte", (block,)),), requirements=[requirement("INS-001", "Dire l'INS !")]
    )
    given(monkeypatch, edition("2026", [ins]))
    page = (await client().get("/doctrine/2026/ins")).text
    assert "<p>L’usager\N{NO-BREAK SPACE}: <code>d'abord : 1</code>.</p>" in page
    assert "Dire l’INS\N{NO-BREAK SPACE}!" in page
