"""The pages of agendas in a browser: anyone finds a slot, a regulator takes one in a few keys, a professional keeps a week."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import overflow, violations

from socle.foundations.care_offer.agenda import demo

FIRST = f"/agenda/agendas/agenda-{demo.professionals()[0].who.rpps}"

pytestmark = pytest.mark.browser

REGULATOR, DOCTOR, OPERATOR = "Salomé Vautrin", "Dr Vincent Martin", "Paul Kerguelen"
LOOKS: list[dict[str, bool]] = [{}, {"phone": True, "dark": True}]


PAGES = (
    ("", ["/agenda", "/agenda?vue=liste&jours=14", "/agenda?lieu=nulle-part", "/agenda/agendas"]),
    (DOCTOR, [FIRST, "/agenda/avis"]),
    (REGULATOR, ["/agenda/sas?lieu=Paris&jours=7"]),
    (OPERATOR, ["/agenda/editeurs", "/agenda/editeurs/house", "/agenda/hub"]),
)
RICHEST = ("/agenda?vue=liste&jours=14", FIRST)  # every colour of these pages is in them


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(look) or "wide")
def test_every_page_is_accessible_and_fits_the_screen(visit: Any, look: dict[str, bool]) -> None:
    """Rules are tried once a page; in the dark on a phone, what may differ: the width, and the colours of the richest."""
    for who, paths in PAGES:
        page = visit(paths[0], who, bypass_csp=True, **look)
        for path in paths:
            if path != paths[0]:
                assert page.goto(page.url.split("/agenda")[0] + path).status == 200, path
            if not look or path in RICHEST:
                assert violations(page) == [], path
            assert overflow(page) == 0, path


def test_anyone_finds_a_public_slot_and_how_to_take_it(visit: Any) -> None:
    page = visit("/agenda?vue=liste&jours=14", script=False)
    page.get_by_label("Commune ou code postal").fill("Lyon")
    page.get_by_label("Spécialité").select_option(label="Pédiatrie")
    page.get_by_role("button", name="Chercher").click()
    assert "Pédiatrie" in page.locator("tbody tr").first.inner_text()
    assert "régulation" not in page.locator("tbody").inner_text()
    page.locator("tbody a.row-link").first.click()
    assert "appelez le cabinet" in page.locator("main").inner_text()
    expect(page.get_by_role("button", name="Prendre")).to_have_count(0)


def test_a_regulator_takes_a_slot_by_keyboard_then_cancels_it(visit: Any) -> None:
    page = visit("/agenda?vue=liste&jours=7", REGULATOR)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agenda/creneaux/*")
    page.wait_for_function("document.activeElement.tagName === 'BUTTON'")  # it has the focus, once the page is drawn
    page.keyboard.press("Enter")
    page.wait_for_url("**/agenda/rendez-vous/*")
    assert "Le rendez-vous est pris." in page.locator("main").inner_text()
    assert "non nommé" in page.locator("main").inner_text()
    page.get_by_role("button", name="Annuler le rendez-vous").click()
    assert "annulé" in page.locator("main").inner_text()


def test_a_professional_sees_their_week_and_moves_an_appointment(visit: Any) -> None:
    page = visit("/agenda/agendas", DOCTOR, script=False)
    page.get_by_role("link", name="Dr Vincent MARTIN").first.click()
    for _ in range(3):
        if page.locator(".slots .taken a").count():
            break
        page.get_by_role("link", name="Semaine suivante").click()
    before = page.locator(".slots .taken a").last
    assert "DEMO-" in before.inner_text()
    before.click()
    moved = page.get_by_label("Vers le créneau")
    wanted = moved.locator("option").nth(3).inner_text()
    moved.select_option(label=wanted)
    page.get_by_role("button", name="Déplacer").click()
    assert wanted.split()[-1] in page.get_by_role("heading", level=1).inner_text()


def test_another_s_appointments_are_shown_to_nobody(visit: Any) -> None:
    page = visit(FIRST)
    assert "DEMO-" not in page.locator("main").inner_text()
    assert "qu’à qui tient l’agenda" in page.locator("main").inner_text()


def test_the_aggregator_says_who_answered(visit: Any) -> None:
    page = visit("/agenda/sas", REGULATOR, script=False)
    page.get_by_label("Commune, code postal ou code INSEE").fill("Lyon")
    page.get_by_label("Pendant").select_option(label="7 jours")
    page.get_by_role("button", name="Interroger").click()
    assert "Agendas de la maison" in page.locator(".answers").inner_text()
    assert page.locator("tbody tr").count() > 10


def test_a_place_is_those_whom_the_registers_know_there(visit: Any) -> None:
    """A town, and its INSEE code (no postal code is 75056): the directory knows more than the agendas of the house."""
    page = visit("/agenda/sas", REGULATOR, script=False)
    for place, shown in (("Paris", "Paris"), ("75056", "Paris (75056)")):
        page.goto(page.url.partition("?")[0] + f"?lieu={place}")
        told = page.locator("main p[role=status]").first.inner_text()
        assert shown in told
        asked, here = re.findall(r"([0-9]+) (?=professionnels? interrogé|ont leur agenda)", told)
        assert int(asked) > int(here) > 0


def test_a_place_where_nobody_is_known_says_what_to_do(visit: Any) -> None:
    page = visit("/agenda/sas?lieu=nulle-part", REGULATOR, script=False)
    assert "code INSEE" in page.locator(".errors, [role=alert]").first.inner_text()


def test_a_publisher_is_registered_and_its_errors_are_beside_its_fields(visit: Any) -> None:
    page = visit("/agenda/editeurs", OPERATOR, script=False)
    page.get_by_label("Nom").fill("Éditeur d'essai")
    page.get_by_label("Adresse de base").fill("http://169.254.169.254/fhir")
    page.get_by_role("button", name="Inscrire un éditeur").click()
    expect(page.locator(".field.wrong #f-base")).to_have_count(1)
    page.get_by_label("Adresse de base").fill("http://127.0.0.1:9/fhir")
    page.get_by_role("button", name="Inscrire un éditeur").click()
    assert "L’éditeur est enregistré." in page.locator("main").inner_text()
    page.get_by_role("link", name="Éditeur d'essai").click()
    page.get_by_role("button", name="Retirer cet éditeur").click()
    assert "Éditeur d'essai" not in page.locator("table").inner_text()


def test_an_unknown_parameter_of_an_address_is_refused(visit: Any) -> None:
    page = visit("/agenda?couleur=bleu")
    assert "couleur" in page.locator("main").inner_text()
