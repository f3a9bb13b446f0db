"""The portal as a reader meets it: axe, keyboard, phone, zoom, without script."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import browser, context, overflow, served, violations
from tests.kernel.pages.houses import AGENT, application, full_house

from socle.kernel.pages import Login, login_routes

pytestmark = pytest.mark.browser
__all__ = ["browser"]
PATHS = ["/", "/modules", "/modules?q=zzz", "/modules/foundations.interoperability", "/connexion", "/nulle-part"]


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    house = full_house()
    login = Login({"agent": AGENT}, lambda name: f"who={name}; Path=/", lambda: "who=; Path=/; Max-Age=0")
    with served(application(house, login_routes(house, login))) as url:
        yield url


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = context(browser)
    yield opened.new_page()
    opened.close()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("look", [{}, {"dark": True}, {"phone": True}, {"phone": True, "dark": True}])
def test_axe_finds_nothing_and_nothing_overflows(browser: Any, house: str, path: str, look: dict[str, bool]) -> None:
    opened = context(browser, **look)
    page = opened.new_page()
    page.goto(house + path)
    assert violations(page) == []
    assert overflow(page) == 0
    opened.close()


FAULTY = """<!doctype html><html lang="fr"><head><title>Lignes</title><style>
.pale {{ color: #ccc }} body {{ background: #fff }}
@media (prefers-color-scheme: dark) {{ body {{ background: #111; color: #eee }} .night {{ color: #222 }} }}</style></head>
<body><main><h1>Lignes</h1><ul>{rows}</ul><input></main></body></html>"""


def test_the_check_itself_sees_a_faulty_line_among_many_alike_in_each_palette(page: Any) -> None:
    rows = ["<li>une ligne</li>"] * 40
    rows[20] = '<li class="pale">une ligne trop pâle</li>'
    rows[30] = '<li class="night">une ligne pâle la nuit</li>'
    page.set_content(FAULTY.format(rows="".join(rows)))
    rules = [found.split(":")[0] for found in violations(page, dark=True)]
    assert sorted(rules) == ["color-contrast", "dark color-contrast", "label"]
    pale, night = (found for found in violations(page, dark=True) if "contrast" in found)
    assert "trop pâle" in pale
    assert "pâle la nuit" in night


def test_the_names_of_the_rooms_are_whole_on_a_narrow_phone(browser: Any, house: str) -> None:
    opened = context(browser, phone=True)
    page = opened.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(house)
    lines = """links => links.map(one => {
        const all = document.createRange();
        all.selectNodeContents(one);
        return all.getClientRects().length;
    })"""
    assert page.locator(".rooms a").evaluate_all(lines) == [1, 1, 1, 1]
    opened.close()


def test_at_200_per_cent_nothing_scrolls_sideways(browser: Any, house: str) -> None:
    opened = context(browser, zoomed=True)
    page = opened.new_page()
    for path in PATHS:
        page.goto(house + path)
        assert overflow(page) == 0, path
    opened.close()


def test_the_policy_of_the_page_stops_nothing_of_ours(page: Any, house: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
    page.goto(house + "/")
    page.goto(house + "/modules")
    assert complaints == []


def test_by_keyboard_from_the_address_to_a_module(page: Any, house: str) -> None:
    page.goto(house + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("/modules")
    page.keyboard.press("Enter")
    page.wait_for_url("**/modules/**")


def test_slash_searches_j_and_k_walk_and_enter_opens(page: Any, house: str) -> None:
    page.goto(house + "/modules")
    page.keyboard.press("/")
    page.keyboard.type("identité")
    page.wait_for_url("**q=identit**")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator(".row-link").first
    assert first.evaluate("node => node === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/modules/**")


def test_question_mark_shows_the_keys(page: Any, house: str) -> None:
    page.goto(house + "/modules")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    assert violations(page) == []


def test_without_script_every_list_and_form_works(browser: Any, house: str) -> None:
    opened = context(browser, script=False)
    page = opened.new_page()
    page.goto(house + "/modules")
    page.fill("#f-q", "ordonnance")
    page.click(".filters button")
    assert page.locator(".row-link").all_inner_texts() == ["Ordonnance numérique"]
    page.goto(house + "/connexion?next=%2Fmodules")
    page.get_by_role("button", name="Entrer en tant que Camille Martin").click()
    expect(page).to_have_url(house + "/modules")
    expect(page.get_by_text("Camille Martin")).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_text("Vous êtes déconnecté.")).to_be_visible()
    opened.close()
