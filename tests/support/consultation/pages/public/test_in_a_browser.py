"""The consultation as people live it, in a browser: with script and without, by keyboard, on a phone, in the dark."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import browser, context, overflow, served, violations
from tests.support.consultation.pages.public.houses import NOW, PEOPLE, Site, copied

from socle.kernel.audit import Trace
from socle.kernel.policy import Means
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.support.consultation import demo
from socle.support.consultation.actions import Forum
from socle.support.consultation.store.rows import SCHEMA

pytestmark = pytest.mark.browser
__all__ = ["browser"]

HOSTILE = 900_001  # its number: what no form would take, as an import or an older rule may have left it
ZALGO = "Z\u0351\u036b\u0343\u0316\u0353\u0347" * 40
ENDLESS = "A" * 20_000
TURNED = "Texte \u202eésrevner\u202e et \u2067isolé"
LOOKS: list[dict[str, bool]] = [{}, {"phone": True}]  # each in both palettes
PATHS = [
    "/concertation",
    "/concertation/2026",
    "/concertation/2026/texte",
    "/concertation/2026/ins",
    "/concertation/2026/contributions",
    "/concertation/2026/contributions?q=zzzz",
    "/concertation/2026/contributions/1",
    f"/concertation/2026/contributions/{HOSTILE}",
    "/concertation/2026/synthese",
    "/concertation/2026/donnees",
    "/concertation/2026/contribuer?chapter=ins",
    "/concertation/2026/nulle-part",
]
LOGGED = [
    "/concertation/2026/contribuer?chapter=ins&requirement=INS-005",
    "/concertation/2026/contribuer",
    "/concertation/mes-contributions",
    "/concertation/2026/contributions/3",
]


async def furnish(forum: Forum) -> None:
    await demo.fill(forum, NOW)
    trace = Trace("house", "Socle", "", "", Means.SYSTEM, "test", NOW, SCHEMA, "test")
    title = f"<script>document.title='pris'</script> {TURNED}"
    text = f"{TURNED}\n\n{ZALGO}\n\n{ENDLESS}\n\n<img src=x onerror=\"document.title='pris'\"><style>*{{display:none}}</style>"
    columns = "consultation, chapter, block, requirement, actor"
    await forum.database.write(
        SCHEMA,
        [
            (
                f"INSERT INTO consultation.contribution (id, {columns}, key, kind, title, text, before, after, at) "
                f"SELECT $1, {columns}, 'hostile', 'proposal', $2, $3, 'Avant.', $4, $5 "
                "FROM consultation.contribution WHERE id = 1",
                (HOSTILE, title, text, ENDLESS, NOW),
            ),
            (
                "INSERT INTO consultation.argument (id, contribution, actor, key, side, text, at) "
                "SELECT $1 + 1, $1, actor, 'hostile', 'for', $2, $3 FROM consultation.contribution WHERE id = $1",
                (HOSTILE, text[:4_000], NOW),
            ),
        ],
        trace,
    )


@pytest.fixture(scope="module")
def site(postgres: EmbeddedPostgres, consultation_template: str) -> Iterator[str]:
    """The address of a house with the demonstration, and one hostile contribution."""
    with served(Site(copied(postgres.dsn, consultation_template), furnish)) as url:
        yield url


@pytest.fixture
def opened(browser: Any, site: str) -> Iterator[Any]:
    """Opens a page, as nobody or as one of the people: `opened("/concertation", "anne", phone=True)`."""
    contexts: list[Any] = []

    def open_page(path: str, who: str = "", **look: Any) -> Any:
        contexts.append(context(browser, **look))
        page = contexts[-1].new_page()
        if not who:
            page.goto(site + path)
            return page
        page.goto(f"{site}/connexion?next=/concertation/mes-contributions")
        page.get_by_role("button", name=PEOPLE[who].name).click()
        page.wait_for_url("**/mes-contributions")
        page.goto(site + path)
        return page

    yield open_page
    for one in contexts:
        one.close()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing_and_nothing_overflows(opened: Any, site: str, look: dict[str, bool]) -> None:
    page = opened("/concertation", **look)
    for path in PATHS:
        page.goto(site + path)
        assert violations(page, dark=True) == [], path
        assert overflow(page) == 0, path
    page = opened("/concertation", "anne", **look)
    for path in LOGGED:
        page.goto(site + path)
        assert violations(page, dark=True) == [], path
        assert overflow(page) == 0, path


def test_at_200_per_cent_nothing_scrolls_sideways(browser: Any, site: str) -> None:
    zoomed = context(browser, zoomed=True)
    page = zoomed.new_page()
    for path in PATHS:
        page.goto(site + path)
        assert overflow(page) == 0, path
    zoomed.close()


def test_hostile_text_neither_runs_nor_leaves_its_box(opened: Any, site: str) -> None:
    complaints: list[str] = []
    page = opened("/concertation")
    page.on("console", lambda message: complaints.append(message.text))
    for path in (f"/contributions/{HOSTILE}", "/contributions", ""):
        page.goto(f"{site}/concertation/2026{path}")
        assert page.title() != "pris"
        expect(page.locator("main img, main script, main style")).to_have_count(0)
    assert complaints == []
    page.goto(f"{site}/concertation/2026/contributions/{HOSTILE}")
    heading = page.locator("h1")
    assert "C-900001" in heading.inner_text()  # what follows the title is read in its own direction
    said = page.locator(".said.whole").first
    assert said.evaluate("node => getComputedStyle(node).unicodeBidi") == "isolate"
    assert said.evaluate("node => getComputedStyle(node).overflowX") == "clip"


@pytest.mark.parametrize("script", [True, False])
def test_from_the_doctrine_to_a_contribution_filed(opened: Any, site: str, script: bool) -> None:
    page = opened("/doctrine/2026/ins", script=script)
    page.get_by_role("link", name="Contribuer sur ce chapitre").or_(page.locator("nav.toc a.button")).first.click()
    expect(page).to_have_url(f"{site}/concertation/2026/ins")
    page.get_by_role("link", name="Contribuer sur INS-003").click()
    page.locator("main").get_by_role("link", name="Se connecter").first.click()
    page.get_by_role("button", name=PEOPLE["bruno"].name).click()
    page.wait_for_url("**/contribuer?chapter=ins&requirement=INS-003")
    title = f"Un statut de plus, {'avec' if script else 'sans'} script"
    page.get_by_label("Titre").fill(title)
    page.get_by_label("Votre contribution").fill("Il en manque un.\n\nVoici pourquoi.")
    wording = page.get_by_label("Votre rédaction")
    wording.fill(wording.input_value() + " Et un de plus.")
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.locator(".preview .wording ins")).to_contain_text("Et un de plus.")
    assert not script or violations(page) == []  # axe needs the script that is switched off
    page.get_by_label("Fichiers").set_input_files(
        files=[{"name": "note.txt", "mimeType": "text/plain", "buffer": b"Une note."}]
    )
    page.get_by_role("button", name="Déposer").click()
    page.wait_for_url("**/concertation/2026/contributions/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    expect(page.get_by_role("status")).to_contain_text("est déposée")
    expect(page.get_by_role("link", name="note.txt")).to_be_visible()
    page.get_by_role("link", name="Modifier").click()
    page.get_by_label("Titre").fill(title + " (corrigé)")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("(corrigé)")


def test_support_and_argue_by_keyboard(opened: Any) -> None:
    page = opened("/concertation/2026/contributions/10", "anne")
    before = int(page.locator("#soutien .figure-number").inner_text())
    page.get_by_role("button", name="Soutenir", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("Vous la soutenez.").wait_for()
    assert int(page.locator("#soutien .figure-number").inner_text()) == before + 1
    page.get_by_label("Votre argument").focus()
    page.keyboard.type("Parce que cela se mesure.")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#arguments-for").get_by_text("Parce que cela se mesure.").wait_for()
    page.get_by_role("button", name="Ne plus soutenir").press("Enter")
    page.get_by_role("button", name="Soutenir", exact=True).wait_for()


def test_the_list_is_walked_and_searched_by_keyboard(opened: Any) -> None:
    page = opened("/concertation/2026/contributions")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.href")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.href") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.href") == first
    page.keyboard.press("/")
    page.keyboard.type("téléconsultation")
    expect(page.locator("#results .item")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contributions/*")


def test_the_rest_of_a_list_comes_below_what_is_there(opened: Any) -> None:
    page = opened("/concertation/2026/contributions")
    there = page.locator("#thread > .item").count()
    assert there == 50
    page.get_by_role("link", name="Contributions suivantes").click()
    page.locator("#thread > .item").nth(there).wait_for(state="attached")
    ids = page.locator("#thread > .item").evaluate_all("items => items.map((item) => item.id)")
    assert len(ids) == len(set(ids)) > there
    page.get_by_role("link", name="Contributions suivantes").wait_for(state="detached")


def test_a_button_pressed_twice_files_once(opened: Any, site: str) -> None:
    page = opened("/concertation/2026/contribuer?chapter=dmp", "bruno")
    page.get_by_label("Titre").fill("Deux clics")
    page.get_by_label("Votre contribution").fill("Je clique vite.")
    page.get_by_role("button", name="Déposer").dblclick()
    page.wait_for_url("**/concertation/2026/contributions/*")
    page.goto(f"{site}/concertation/2026/contributions?q=clique&chapter=dmp")
    expect(page.locator("#thread .item")).to_have_count(1)


def test_every_page_is_light(opened: Any, site: str) -> None:
    for path in PATHS:
        page = opened(path)
        sent = page.evaluate(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
        )
        assert 0 < sent <= 100_000, path
