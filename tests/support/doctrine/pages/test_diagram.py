"""The target diagram: what each block opens, how it is right now; with script and without, by keyboard, for the eyes."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser import browser, context, overflow, served, violations
from tests.support.doctrine.pages.houses import application, chapter, client, edition, given, house

from socle.kernel.module import WELL, Health, House, State, degraded
from socle.support.doctrine.model import Band, Diagram, DiagramBlock
from socle.support.doctrine.pages.diagram import Standing, together

__all__ = ["browser"]

URL = "/doctrine/2026/schema"
LOOKS: list[dict[str, bool]] = [{}, {"phone": True}]  # each in both palettes


async def broken(house: House) -> Health:
    """A module that has lost something."""
    return degraded("La base d'essai est vide : relancez la maison.", "The test base is empty: restart the house.")


def troubled() -> House:
    """A house where the identity of patients is degraded."""
    here = house()
    modules = tuple(replace(m, health=broken) if m.name == "foundations.ins" else m for m in here.modules)
    return replace(here, modules=modules)


def reader(here: House) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(application(here)), base_url="http://house")


def card(page: str, block: str) -> str:
    found = re.search(rf'<li id="bloc-{block}".*?\n    </li>', page, re.DOTALL)
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), Standing.OUTSIDE),
        ((State.RUNNING,), Standing.RUNNING),
        ((State.ABSENT, State.ABSENT), Standing.ABSENT),
        ((State.RUNNING, State.ABSENT), Standing.PARTIAL),
        ((State.RUNNING, State.DEGRADED), Standing.DEGRADED),
        ((State.DEGRADED, State.ABSENT), Standing.DEGRADED),
    ],
)
def test_a_block_is_as_its_modules_are(states: tuple[State, ...], expected: Standing) -> None:
    assert together(states) is expected


async def test_each_block_of_the_picture_opens_a_card_of_the_list() -> None:
    page = (await client().get(URL)).text
    for frame in ("wide", "narrow"):
        opened = re.findall(rf'<a id="{frame}-([^"]+)" class="block[^>]* href="#bloc-([^"]+)"', page)
        cards = re.findall(r'<li id="bloc-([^"]+)"', page)
        assert len(cards) > 30
        assert sorted(target for _, target in opened) == sorted(cards)


async def test_a_card_opens_the_chapter_and_the_pages_of_the_module_and_tells_its_state() -> None:
    page = (await client().get(URL)).text
    found = card(page, "patients")
    assert 'href="/doctrine/2026/ins"' in found
    assert 'href="/ins"' in found
    assert "en service" in found
    absent = card(page, "dmp")
    assert 'href="/doctrine/2026/dmp"' in absent
    assert "à venir" in absent
    assert "à venir" in card(page, "mssante")  # a module that this house does not know
    assert "hors maison" in card(page, "practice-fronts")


async def test_a_module_that_loses_a_piece_is_shown_degraded_with_the_reason() -> None:
    before = card((await client().get(URL)).text, "patients")
    assert "dégradé" not in before
    page = (await reader(troubled()).get(URL)).text
    found = card(page, "patients")
    assert "dégradé" in found
    assert "La base d’essai est vide" in found
    assert 'aria-label="Identité des patients (INS), dégradé"' in page


async def test_the_picture_follows_the_module_as_time_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    state = [WELL]

    async def now(house: House) -> Health:
        return state[0]

    here = house()
    moments = iter(range(10))
    clock = here.clock
    modules = tuple(replace(m, health=now) if m.name == "foundations.ins" else m for m in here.modules)
    here = replace(here, modules=modules, clock=lambda: clock().replace(minute=next(moments)))
    asked = reader(here)
    assert "dégradé" not in card((await asked.get(URL)).text, "patients")
    state[0] = await broken(here)
    assert "dégradé" in card((await asked.get(URL)).text, "patients")


async def test_flows_are_listed_with_their_direction() -> None:
    page = (await client().get(URL)).text
    assert "Données, messages, notifications" in page
    assert "dans les deux sens" in page
    assert "Extraction" in page
    assert "Alertes" in page


async def test_an_edition_without_a_diagram_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, edition("2026", [chapter()]))
    answer = await client().get(URL)
    assert answer.status_code == 200
    assert "Cette édition n’a pas de schéma" in answer.text


async def test_what_an_author_writes_is_never_read_as_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    block = DiagramBlock("b", "<script>alert(1)</script>", "top", note='"><img src=x>')
    given(monkeypatch, edition("2026", [chapter()], diagram=Diagram((Band("top", "<b>Haut</b>"),), (), (block,), ())))
    page = (await client().get(URL)).text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<b>Haut" not in page


async def test_the_page_is_light_and_knows_no_parameter() -> None:
    answer = await client().get(URL)
    assert len(gzip.compress(answer.content, 5)) < 40_000
    assert (await client().get(f"{URL}?bloc=ins")).status_code == 400


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a house where one module is degraded."""
    with served(application(troubled())) as address:
        yield address


@pytest.fixture
def open_page(browser: Any, url: str) -> Iterator[Any]:
    opened: list[Any] = []

    def at(path: str, **look: Any) -> Page:
        here = context(browser, **look)
        opened.append(here)
        page: Page = here.new_page()
        page.goto(url + path)
        return page

    yield at
    for here in opened:
        here.close()


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_nothing_sticks_out(open_page: Any, look: dict[str, bool]) -> None:
    page = open_page(URL, **look)
    assert violations(page, dark=True) == []
    assert overflow(page) == 0
    page.locator('.target a[href="#bloc-patients"] > rect').locator("visible=true").click()
    expect(page.locator("#bloc-patients")).to_be_in_viewport()
    assert violations(page, dark=True) == []


@pytest.mark.browser
@pytest.mark.parametrize("path", [URL, "/doctrine/2019/schema"])
@pytest.mark.parametrize("phone", [False, True])
def test_words_stay_in_their_block_in_the_fonts_of_this_machine(open_page: Any, path: str, phone: bool) -> None:
    page = open_page(path, phone=phone)
    out = page.evaluate(
        """() => {
          const inside = (a, b) => a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
          const seen = [...document.querySelectorAll(".target .block")].filter((block) => block.checkVisibility());
          return seen.flatMap((block) => {
            const frame = block.querySelector("rect").getBoundingClientRect();
            const texts = [...block.querySelectorAll("text")];
            return texts.filter((n) => !inside(n.getBoundingClientRect(), frame)).map((n) => n.textContent);
          });
        }"""
    )
    assert out == []


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_by_keyboard_a_block_opens_its_card_and_the_card_its_chapter(open_page: Any, script: bool) -> None:
    page = open_page(URL, script=script)
    page.locator("#wide-patients").focus()
    page.keyboard.press("Enter")
    opened = page.locator("#bloc-patients")
    expect(opened).to_be_in_viewport()
    assert opened.evaluate("node => getComputedStyle(node).position") == "fixed"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/doctrine/2026/ins"
    page.keyboard.press("Enter")
    page.wait_for_url("**/doctrine/2026/ins")


@pytest.mark.browser
def test_a_card_closes_with_its_button_or_with_escape_and_leads_back_to_its_block(open_page: Any) -> None:
    for close in ("button", "Escape"):
        page = open_page(URL)
        page.locator("#wide-patients").focus()
        page.keyboard.press("Enter")
        if close == "button":
            page.locator("#bloc-patients").get_by_role("link", name="Fermer").click()
        else:
            page.keyboard.press("Escape")
        expect(page.locator("#bloc-patients")).not_to_have_css("position", "fixed")
        assert page.evaluate("document.activeElement.id") == "wide-patients"


@pytest.mark.browser
def test_a_phone_shows_the_narrow_picture_alone(open_page: Any) -> None:
    page = open_page(URL, phone=True)
    expect(page.locator(".target.narrow")).to_be_visible()
    expect(page.locator(".target.wide")).not_to_be_visible()
