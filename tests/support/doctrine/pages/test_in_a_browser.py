"""The doctrine as its readers meet it: axe, keyboard, phone, zoom, paper, without script; the editions as shipped."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import browser, context, overflow, served, violations
from tests.support.doctrine.pages.houses import application, chapter, dated, edition, requirement

from socle.support.doctrine.model import Dates, Edition

pytestmark = pytest.mark.browser
__all__ = ["browser"]

PATHS = [
    "/",
    "/doctrine",
    "/doctrine/2026",
    "/doctrine/2026/ins",
    "/doctrine/2019/ins",
    "/doctrine/2026/exigences",
    "/doctrine/2026/exigences?actor=editeur-dpi&sort=chapter",
    "/doctrine/2026/exigences?q=zebre",
    "/doctrine/2026/exigences/INS-001",
    "/doctrine/2026/recherche",
    "/doctrine/2026/recherche?q=identité",
    "/doctrine/2026/recherche?q=zebre",
    "/doctrine/ecarts",
    "/doctrine/ecarts?kind=dropped&chapter=ethics",
    "/doctrine/2026/exigences?actor=zebre",
    "/doctrine/1998",
]
LOOKS: list[dict[str, bool]] = [{}, {"phone": True}]  # each in both palettes


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    with served(application()) as url:
        yield url


@pytest.fixture
def reader(browser: Any, house: str) -> Iterator[Any]:
    """Opens a page: `reader("/doctrine", phone=True, script=False)`."""
    opened: list[Any] = []

    def open_page(path: str, **look: Any) -> Any:
        here = context(browser, **look)
        opened.append(here)
        page = here.new_page()
        page.goto(house + path)
        return page

    yield open_page
    for here in opened:
        here.close()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_nothing_overflows(reader: Any, house: str, look: dict[str, bool]) -> None:
    page = reader("/doctrine", **look)
    for path in PATHS:
        page.goto(house + path)
        assert violations(page, dark=True) == [], path
        assert overflow(page) == 0, path


def test_in_english_and_at_200_per_cent_too(browser: Any, house: str) -> None:
    opened = context(browser, zoomed=True, locale="en-GB")
    page = opened.new_page()
    for path in PATHS:
        page.goto(house + path)
        assert page.evaluate("document.documentElement.lang") == "en"
        assert violations(page) == [], path
        assert overflow(page) == 0, path
    opened.close()


@pytest.mark.parametrize("script", [True, False])
def test_two_clicks_from_the_home_page_to_what_ones_software_must_do_and_by_when(reader: Any, script: bool) -> None:
    page = reader("/", script=script)
    page.get_by_role("link", name="Que doit faire mon logiciel").click()
    page.get_by_role("link", name="Laboratoire de biologie").click()
    expect(page.get_by_role("heading", name="Ce que je dois faire, et pour quand")).to_be_visible()
    assert page.locator(".row-link").count() > 10
    expect(page.get_by_role("columnheader", name="Échéance")).to_be_visible()


def test_by_keyboard_from_the_home_of_the_doctrine_to_a_requirement(reader: Any) -> None:
    page = reader("/doctrine")
    choice = page.get_by_role("link", name="Imagerie")
    for _ in range(40):
        page.keyboard.press("Tab")
        if choice.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/exigences?actor=editeur-ris")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator(".row-link").nth(1)
    wanted = second.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/exigences/{wanted}")
    assert page.get_by_role("heading", level=1).inner_text().startswith(wanted)


def test_the_sentence_answers_while_it_is_written(reader: Any) -> None:
    page = reader("/doctrine/2026/exigences")
    whole = page.locator(".row-link").count()
    page.get_by_label("Je suis").select_option("hebergeur")
    page.wait_for_url("**actor=hebergeur**")
    expect(page.locator(".row-link")).not_to_have_count(whole)
    page.get_by_label("avec les mots").fill("zebre")
    expect(page.get_by_text("Aucune exigence ne répond à cette phrase")).to_be_visible()


def test_without_script_the_sentence_is_sent_by_its_button(reader: Any) -> None:
    page = reader("/doctrine/2026/exigences", script=False)
    page.get_by_label("Je suis").select_option("editeur-lgo")
    page.get_by_label("Montrez-moi").select_option("must")
    page.get_by_role("button", name="Montrer").click()
    page.wait_for_url("**actor=editeur-lgo**")
    expect(page.locator(".force-should")).to_have_count(0)
    assert page.locator(".force-must").count() > 0


def test_on_a_phone_the_sentence_and_the_contents_wait_folded_and_open(reader: Any) -> None:
    page = reader("/doctrine/2026/exigences?actor=region", phone=True)
    expect(page.get_by_label("Je suis")).not_to_be_visible()
    page.get_by_text("Affiner la question").click()
    expect(page.get_by_label("Je suis")).to_be_visible()
    expect(reader("/doctrine/2026/exigences", phone=True, script=False).get_by_label("Je suis")).to_be_visible()


def test_the_table_of_contents_follows_what_is_read(reader: Any) -> None:
    page = reader("/doctrine/2026/ins")
    page.locator("#trajectoire").evaluate("node => node.scrollIntoView()")
    lit = page.locator(".toc [aria-current]")
    expect(lit).to_have_text("Trajectoire")
    assert page.locator(".toc").bounding_box()["y"] >= 0


def test_a_permanent_link_leads_to_its_paragraph(reader: Any) -> None:
    page = reader("/doctrine/2026/ins#cible-2")
    assert page.locator("#cible-2").evaluate("node => node.matches(':target')")
    assert 0 <= page.locator("#cible-2").bounding_box()["y"] < 900
    page.locator("#cible-2 > .anchor").focus()
    assert page.locator("#cible-2 > .anchor").evaluate("node => getComputedStyle(node).opacity") == "1"


def test_on_paper_there_are_the_rows_and_nothing_to_press(reader: Any) -> None:
    page = reader("/doctrine/2026/exigences?actor=hebergeur")
    page.emulate_media(media="print")
    for pressed in (".sentence", ".tabs", ".top", ".listing-head .actions"):
        expect(page.locator(pressed).first, str(pressed)).not_to_be_visible()
    expect(page.locator(".requirement-table td.what").first).to_be_visible()


def test_a_page_and_all_that_it_loads_weigh_less_than_100_kb(reader: Any, house: str) -> None:
    for path in ("/doctrine", "/doctrine/2026", "/doctrine/2026/exigences", "/doctrine/ecarts", "/doctrine/2026/dmp"):
        page = reader("/doctrine/1998")
        sizes: list[int] = []
        page.on("requestfinished", lambda request, sizes=sizes: sizes.append(request.sizes()["responseBodySize"]))
        page.goto(house + path, wait_until="networkidle")
        assert 0 < sum(sizes) < 100_000, path


def test_very_long_names_and_words_overflow_nowhere(browser: Any, monkeypatch: Any) -> None:
    long = "Interopérabilitéanticonstitutionnellementvérifiée" * 3
    ins = chapter(
        title=f"{long} de la santé",
        summary=long,
        target=long,
        requirements=[
            requirement(
                "INS-001",
                f"{long} {long}",
                legal=long,
                source=long,
                note=long,
                dates=Dates(planned=dated("2027-01-01")),
            )
        ],
    )
    editions: list[Edition] = [edition("2026", [ins], title=long)]

    async def shown(house: Any) -> dict[str, Edition]:
        return {one.id: one for one in editions}

    monkeypatch.setattr("socle.support.doctrine.pages.library.editions", shown)
    with served(application()) as url:
        for look in ({}, {"phone": True}):
            opened = context(browser, **look)
            page = opened.new_page()
            for path in (
                "",
                "/2026",
                "/2026/ins",
                "/2026/exigences",
                "/2026/exigences/INS-001",
                "/2026/recherche?q=verifiee",
            ):
                page.goto(f"{url}/doctrine{path}")
                assert overflow(page) == 0, (path, look)
            opened.close()
