"""The traces as an auditor sees them, in a browser: accessible in every look, with script and without."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import browser, context, overflow, violations
from tests.foundations.ins.pages.conftest import house

__all__ = ["browser", "house"]

pytestmark = pytest.mark.browser

LOOKS: list[dict[str, bool]] = [{}, {"phone": True}]  # each in both palettes
PAGES = ["/traces", "/traces?du=hier", "/traces?acteur=zzzz", "/traces/ins-1-1"]


@pytest.fixture
def auditor(browser: Any, house: str) -> Iterator[Any]:
    """Opens a page as an auditor: `auditor("/traces", phone=True, script=False)`."""
    opened: list[Any] = []

    def open_page(path: str, **look: Any) -> Any:
        here = context(browser, **look)
        opened.append(here)
        page = here.new_page()
        page.goto(f"{house}/connexion?next=/traces")
        page.get_by_role("button", name="Inès Morvan").click()
        page.wait_for_url(f"{house}/traces")
        page.goto(house + path)
        return page

    yield open_page
    for here in opened:
        here.close()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(look) or "wide")
def test_every_page_is_accessible_and_fits_the_screen(auditor: Any, look: dict[str, bool]) -> None:
    page = auditor("/traces", bypass_csp=True, **look)
    for path in PAGES:
        page.goto(page.url.partition("/traces")[0] + path)
        for summary in page.locator("main details summary").all():
            summary.click()
        assert violations(page, dark=True) == [], path
        assert overflow(page) == 0, path


@pytest.mark.parametrize("script", [True, False])
def test_an_auditor_finds_who_saw_a_person(auditor: Any, script: bool) -> None:
    page = auditor("/traces?registre=ins", script=script)
    person = page.locator("tbody td:nth-child(3) a").first
    name = person.inner_text()
    person.click()
    assert page.get_by_label("Pour qui").input_value() == name
    page.locator("tbody a.row-link").first.click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Trace ")
    assert name in page.locator("main").inner_text()


def test_a_verification_is_asked_by_a_button(auditor: Any) -> None:
    page = auditor("/traces", script=False)
    page.locator("main details summary").first.click()
    page.get_by_role("button", name="Vérifier maintenant").click()
    expect(page.get_by_text("La vérification est lancée")).to_be_visible()
    for _ in range(30):
        page.goto(page.url)
        if page.get_by_text("intactes", exact=True).count():
            break
        page.wait_for_timeout(500)
    expect(page.get_by_text("intactes", exact=True)).to_have_count(1)
