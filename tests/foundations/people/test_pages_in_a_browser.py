"""The directory in a browser: a card, the loads, an enrolment; accessible in every look, with script and without."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import browser, context, overflow, violations
from tests.foundations.ins.pages.conftest import house

__all__ = ["browser", "house"]

pytestmark = pytest.mark.browser

LOOKS: list[dict[str, bool]] = [{}, {"phone": True, "dark": True}]
SHOTS = os.environ.get("SOCLE_SHOTS", "")


@pytest.fixture
def someone(browser: Any, house: str) -> Iterator[Any]:
    """Opens a page under one of the demonstration's names: `someone("Noé Lambert", phone=True, script=False)`."""
    opened: list[Any] = []

    def open_page(name: str, **look: Any) -> Any:
        here = context(browser, **look)
        opened.append(here)
        page = here.new_page()
        page.goto(f"{house}/connexion?next=/annuaire/imports")
        page.get_by_role("button", name=name).click()
        page.wait_for_url(f"{house}/annuaire/imports")
        return page

    yield open_page
    for here in opened:
        here.close()


def doctor(page: Any, house: str) -> str:
    """The number of a professional who has a situation and a mailbox, asked of the API."""
    for role in page.request.get(f"{house}/annuaire/fhir/v2/PractitionerRole?_count=40&active=true").json()["entry"]:
        id = role["resource"]["practitioner"]["reference"]
        person = page.request.get(f"{house}/annuaire/fhir/v2/{id}").json()
        if person.get("telecom") and len(person.get("qualification", ())) > 1:
            return str(person["identifier"][1]["value"])
    raise AssertionError("nobody has a mailbox")


def finess(page: Any, house: str) -> str:
    """The FINESS number of a structure."""
    for one in page.request.get(f"{house}/annuaire/fhir/v2/Organization?_count=40&active=true").json()["entry"]:
        for identifier in one["resource"]["identifier"]:
            if "finess" in identifier["system"]:
                return str(identifier["value"])
    raise AssertionError("no structure has a FINESS number")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(look) or "wide")
def test_every_page_is_accessible_and_fits_the_screen(someone: Any, house: str, look: dict[str, bool]) -> None:
    operator, publisher = (
        someone("Paul Kerguelen", bypass_csp=True, **look),
        someone("Noé Lambert", bypass_csp=True, **look),
    )
    card = f"/annuaire/professionnels/{doctor(publisher, house)}"
    for page, path in (
        (operator, "/annuaire/imports"),
        (operator, "/annuaire/imports/1"),
        (publisher, "/annuaire/enrolements"),
        (publisher, card),
    ):
        page.goto(house + path)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{path.strip('/').replace('/', '-')}-{len(look)}.png", full_page=True)
        assert violations(page) == [], path
        assert overflow(page) == 0, path


@pytest.mark.parametrize("phone", [True, False])
def test_the_figures_of_a_load_say_what_they_count_on_every_screen(someone: Any, house: str, phone: bool) -> None:
    page = someone("Paul Kerguelen", phone=phone)
    row = page.get_by_role("row", name=re.compile("Démonstration"))
    assert "Professionnels" in row.inner_text()
    assert re.search(r"360 créés" if phone else r"\b360\b", row.inner_text())
    beyond = page.get_by_role("table").evaluate("one => one.parentElement.scrollWidth - one.parentElement.clientWidth")
    assert beyond == 0


@pytest.mark.parametrize("script", [True, False])
def test_an_employer_enrols_and_declares_a_departure(someone: Any, house: str, script: bool) -> None:
    page = someone("Noé Lambert", script=script)
    place = finess(page, house)
    page.goto(f"{house}/annuaire/enrolements")
    family = "ROUX" if script else "ROUSSEL"
    page.locator("#f-family").fill(family)
    page.locator("#f-given").fill("Alex")
    page.locator("#f-birth").fill("1990-02-03")
    page.locator("#f-role").select_option(index=1)
    page.locator("#f-structure").fill("000000000")
    page.get_by_role("button", name="Enrôler").click()
    expect(page.get_by_text("n’a ce numéro FINESS ou SIRET").first).to_be_visible()
    page.locator("#f-structure").fill(place)
    page.get_by_role("button", name="Enrôler").click()
    expect(page.get_by_text("Enrôlé sous le numéro RPPS 9989")).to_be_visible()
    page.get_by_role("link", name=f"Alex {family}").click()
    assert page.get_by_role("heading", level=1).inner_text() == f"Alex {family}"
    page.go_back()
    page.get_by_role("button", name="Déclarer le départ").first.click()
    expect(page.get_by_text("Départ enregistré")).to_be_visible()


def test_who_may_not_enrol_is_told_so(someone: Any, house: str) -> None:
    page = someone("Inès Morvan")
    answer = page.goto(f"{house}/annuaire/enrolements")
    assert answer.status == 403
    assert page.goto(f"{house}/annuaire/professionnels/99999999999").status == 404
