"""The calendar of an edition: picture, list for phones, table; with script and without, by keyboard, for the eyes."""

import gzip
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser import browser, context, overflow, served, violations
from tests.support.doctrine.pages.houses import application, chapter, client, dated, edition, given

from socle.support.doctrine.model import Addressee, Certainty, Dated, Dates, EditionStatus, Milestone, PartialDate

__all__ = ["browser"]

URL = "/doctrine/2026/calendrier"
LOOKS: list[dict[str, bool]] = [{}, {"phone": True}]  # each in both palettes
_ROW = re.compile(r'<tr id="([^"]+)"')
_PLACED = re.compile(r'id="m-([^"]+)"')


async def test_every_milestone_is_in_the_picture_and_in_the_table() -> None:
    page = (await client().get(URL)).text
    assert len(_ROW.findall(page)) >= 43
    assert sorted(_ROW.findall(page)) == sorted(_PLACED.findall(page))


async def test_a_slip_shows_the_plan_what_happened_and_by_how_much() -> None:
    page = (await client().get(f"{URL}?chapter=ins")).text
    row = re.search(r'<tr id="ins-mandatory".*?</tr>', page, re.DOTALL)
    assert row
    assert "1er janvier 2020" in row[0]
    assert "1er janvier 2021" in row[0]
    assert "1 an plus tard" in row[0]


@pytest.mark.parametrize(
    "parameters", ["chapter=ins", "actor=hebergeur", "from=2027", "chapter=dmp&actor=etablissement"]
)
async def test_filters_keep_what_they_say_in_the_picture_and_in_the_table(parameters: str) -> None:
    everything = (await client().get(URL)).text
    page = (await client().get(f"{URL}?{parameters}")).text
    assert 0 < len(_ROW.findall(page)) < len(_ROW.findall(everything))
    assert sorted(_ROW.findall(page)) == sorted(_PLACED.findall(page))


async def test_a_milestone_of_two_chapters_is_found_under_each() -> None:
    for name in ("dmp", "ins"):
        assert "dmp-qualified-ins" in _PLACED.findall((await client().get(f"{URL}?chapter={name}")).text)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("chapter=inz", "chapter"),
        ("actor=nobody", "etablissement"),
        ("from=1066", "2019"),
        ("from=2024&to=2020", "2024"),
        ("chapitre=ins", "chapter"),
    ],
)
async def test_a_filter_that_is_not_understood_is_refused_and_said(parameters: str, said: str) -> None:
    answer = await client().get(f"{URL}?{parameters}")
    assert answer.status_code == 400
    assert said in answer.text


async def test_filters_that_keep_nothing_lead_back_to_everything() -> None:
    page = (await client().get(f"{URL}?chapter=ins&from=2030")).text
    assert "Aucun jalon ne répond à ces filtres" in page
    assert f'href="{URL}"' in page


async def test_an_edition_without_milestones_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, edition("2026", [chapter()]))
    answer = await client().get(URL)
    assert answer.status_code == 200
    assert "Aucun jalon" in answer.text


def milestone(**more: Any) -> Milestone:
    usual: dict[str, Any] = {
        "id": "one",
        "title": "Un jalon",
        "dates": Dates(dated("2027-01-01")),
        "chapters": ("ins",),
    }
    return Milestone(**{**usual, **more})


async def test_a_date_that_is_only_inferred_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    guess = Dated(PartialDate(date(2029, 1, 1), "year"), "Note", Certainty.C)
    given(monkeypatch, edition("2026", [chapter()], milestones=(milestone(dates=Dates(guess)),)))
    page = (await client().get(URL)).text
    assert "Un jalon · à vérifier" in page
    assert "certitude C" in page


async def test_a_date_that_passed_without_news_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, edition("2026", [chapter()], milestones=(milestone(dates=Dates(dated("2024-01-01"))),)))
    assert "date passée, non confirmée" in (await client().get(URL)).text


async def test_an_edition_no_longer_in_force_is_seen_from_its_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = milestone(dates=Dates(dated("2024-01-01")))
    past = edition("2020", [chapter()], milestones=(plan,), status=EditionStatus.PAST)
    given(monkeypatch, past, edition("2026", [chapter()]))
    page = (await client().get("/doctrine/2020/calendrier")).text
    assert "non confirmée" not in re.sub(r"<ul class=.keys-of-marks.*?</ul>", "", page, flags=re.DOTALL)
    assert "à venir" in page
    assert 'href="/doctrine/2026/calendrier"' in page


async def test_what_an_author_writes_is_never_read_as_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = milestone(title="<script>alert(1)</script>", note='"><img src=x>', addressees=(Addressee.ETAT,))
    given(monkeypatch, edition("2026", [chapter()], milestones=(evil,)))
    page = (await client().get(URL)).text
    assert "<script>alert" not in page
    assert "<img" not in page


async def test_the_page_is_light() -> None:
    answer = await client().get(URL)
    assert len(gzip.compress(answer.content, 5)) < 60_000


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a house that shows the doctrine."""
    with served(application()) as address:
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


@pytest.mark.browser
def test_what_was_asked_for_is_clean_too(open_page: Any) -> None:
    for path in (f"{URL}?chapter=ins&from=2030", "/doctrine/2019/calendrier", f"{URL}?chapter=dmp&lang=en"):
        page = open_page(path, phone=True)
        assert violations(page) == []
        assert overflow(page) == 0


@pytest.mark.browser
@pytest.mark.parametrize("query", ["", "?from=2019&to=2021", "?from=2024"])
def test_no_two_labels_meet_in_the_fonts_of_this_machine(open_page: Any, query: str) -> None:
    page = open_page(URL + query)
    met = page.evaluate(
        """() => {
          const read = (which) => [...document.querySelectorAll(which)];
          const texts = [...read(".timeline .label"), ...read(".timeline .row-name text")];
          const all = texts.map((n) => [n.textContent, n.getBoundingClientRect()]);
          const meet = (a, b) => a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom;
          return all.flatMap(([one, a], i) => all.slice(i + 1).filter(([, b]) => meet(a, b)).map(([two]) => [one, two]));
        }"""
    )
    assert met == []


@pytest.mark.browser
def test_what_shows_the_focus_holds_the_whole_label(open_page: Any) -> None:
    page = open_page(URL)
    out = page.evaluate(
        """() => [...document.querySelectorAll(".timeline .milestone")].filter((one) => {
          const [frame, text] = [".halo", ".label"].map((which) => one.querySelector(which).getBoundingClientRect());
          return text.left < frame.left - 3 || text.right > frame.right + 3;
        }).map((one) => one.id)"""
    )
    assert out == []


@pytest.mark.browser
def test_labels_stay_in_the_picture(open_page: Any) -> None:
    page = open_page(URL)
    out = page.evaluate(
        """() => {
          const frame = document.querySelector(".timeline").getBoundingClientRect();
          const out = (box) => box.left < frame.left || box.right > frame.right;
          const labels = [...document.querySelectorAll(".timeline .label")];
          return labels.filter((n) => out(n.getBoundingClientRect())).map((n) => n.textContent);
        }"""
    )
    assert out == []


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_by_keyboard_a_milestone_is_told_found_in_the_table_and_found_again(open_page: Any, script: bool) -> None:
    page = open_page(URL, script=script)
    tip = page.locator("#m-apcv .tip")
    assert tip.evaluate("node => getComputedStyle(node).visibility") == "hidden" if script else True
    page.locator("#m-apcv-specifications").focus()
    reached = False
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "m-apcv":
            reached = True
            break
    assert reached
    assert tip.evaluate("node => getComputedStyle(node).visibility") == "visible"
    assert "mars 2025" in tip.text_content()
    page.keyboard.press("Enter")
    expect(page.locator("tr:target")).to_have_attribute("id", "apcv")
    page.locator("tr:target .row-link").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#m-apcv")


@pytest.mark.browser
def test_escape_hides_what_is_told(open_page: Any) -> None:
    page = open_page(URL)
    page.keyboard.press("Tab")
    page.locator("#m-apcv").focus()
    tip = page.locator("#m-apcv .tip")
    assert tip.evaluate("node => getComputedStyle(node).visibility") == "visible"
    page.keyboard.press("Escape")
    assert tip.evaluate("node => getComputedStyle(node).visibility") == "hidden"


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_who_one_is_and_the_years_are_chosen_with_the_form(open_page: Any, script: bool) -> None:
    page = open_page(URL, script=script)
    page.get_by_label("Chapitre", exact=True).select_option("eprescription")
    page.get_by_label("Pour qui", exact=True).select_option("editeur-lgo")
    page.get_by_label("De", exact=True).select_option("2022")
    page.get_by_role("button", name="Montrer").click()
    page.wait_for_url("**actor=editeur-lgo**")
    assert page.locator("tbody tr").count() == page.locator(".timeline .milestone").count() == 3
    page.get_by_role("link", name="Toute la période").click()
    expect(page.locator("tbody tr")).to_have_count(4)


@pytest.mark.browser
def test_a_phone_shows_the_years_one_above_the_other(open_page: Any) -> None:
    page = open_page(URL, phone=True)
    expect(page.locator(".timeline")).not_to_be_visible()
    expect(page.locator(".years-list h3").first).to_be_visible()
    expect(page.get_by_text("Aujourd’hui, 23 novembre 2026").last).to_be_visible()
    page.locator(".years-list").get_by_role("link", name="INS obligatoire").click()
    expect(page.locator("tr:target")).to_have_attribute("id", "ins-mandatory")
