"""The doubles queue as an agent lives it, in a browser: with script and without, by keyboard, on a phone."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import overflow, violations

pytestmark = pytest.mark.browser

LOOKS: list[dict[str, bool]] = [{}, {"phone": True}]  # each in both palettes


def waiting(page: Any) -> int:
    """How many pairs the queue counts."""
    return int(page.locator(".count strong").inner_text().split()[0])


def decide(page: Any, judgement: str, reason: str) -> None:
    """Choose, say why, send."""
    page.get_by_label(judgement).check()
    page.get_by_label("Pourquoi").fill(reason)
    page.get_by_role("button", name="Décider").click()


@pytest.mark.parametrize("look", LOOKS, ids=["wide", "phone"])
def test_every_page_is_accessible_and_fits(agent: Any, house: str, look: dict[str, bool]) -> None:
    page = agent("/ins/index", **look)
    addresses = [
        "/ins/index",
        "/ins/index?file=remises",
        "/ins/index/recherche",
        "/ins/index/recherche?nom=MARTIN&prenoms=JEAN&naissance=3/3/3",
        page.locator(".row-link").first.get_attribute("href"),
    ]
    for address in addresses:
        page.goto(house + address)
        assert violations(page, dark=True) == [], address
        assert overflow(page) == 0, address
    page.get_by_role("link", name="sa personne").first.click()
    assert violations(page, dark=True) == []
    assert overflow(page) == 0


@pytest.mark.parametrize("script", [True, False])
def test_two_records_are_united_and_the_next_pair_comes(agent: Any, script: bool) -> None:
    page = agent("/ins/index", script=script)
    before = waiting(page)
    page.get_by_role("link", name="Commencer par le plus probable").click()
    person = page.get_by_role("link", name="sa personne").first.get_attribute("href")
    decide(page, "La même personne", "Carte d'identité vue")
    expect(page.get_by_role("status").first).to_contain_text("Réunis")
    page.goto(page.url.split("/ins/")[0] + "/ins/index")
    assert waiting(page) < before
    page.goto(page.url.split("/ins/")[0] + str(person))
    expect(page.get_by_role("table", name="Ce qui est arrivé")).to_contain_text("Carte d'identité vue")


def test_a_decision_is_taken_by_the_keyboard_alone(agent: Any) -> None:
    page = agent("/ins/index")
    before = waiting(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/paires/"))
    page.keyboard.press("2")
    expect(page.get_by_label("Pourquoi")).to_be_focused()
    page.keyboard.type("Deux dossiers, deux personnes")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").first).to_contain_text("Séparés")
    page.goto(page.url.split("/ins/")[0] + "/ins/index")
    assert waiting(page) == before - 1


def test_on_a_phone_both_records_are_seen_at_once(agent: Any) -> None:
    page = agent("/ins/index", phone=True)
    page.locator(".row-link").first.click()
    table = page.get_by_role("table", name=re.compile("champ par champ"))  # still a table for who hears it
    assert table.get_by_role("row").count() >= 8
    width = page.viewport_size["width"]
    for cell in table.get_by_role("cell").all():
        box = cell.bounding_box()
        assert box is None or box["x"] + box["width"] <= width
    beyond = table.evaluate("one => one.parentElement.scrollWidth - one.parentElement.clientWidth")
    assert beyond == 0


@pytest.mark.parametrize("look", LOOKS, ids=["wide", "phone"])
def test_how_alike_two_records_are_is_seen_in_the_queue(agent: Any, look: dict[str, bool]) -> None:
    page = agent("/ins/index", **look)
    table = page.locator("table", has=page.locator(".row-link"))
    assert table.evaluate("one => one.parentElement.scrollWidth - one.parentElement.clientWidth") == 0


def test_what_differs_is_marked_and_weighed(agent: Any) -> None:
    page = agent("/ins/index")
    page.locator(".row-link").first.click()
    table = page.get_by_role("table", name=re.compile("champ par champ"))
    assert table.locator("mark").count() > 0
    assert table.locator("tbody tr").count() >= 7


def test_a_decision_without_a_reason_says_what_is_missing(agent: Any) -> None:
    page = agent("/ins/index", script=False)
    page.locator(".row-link").first.click()
    page.get_by_label("Plus tard").check()
    page.get_by_label("Pourquoi").fill("   ")
    page.get_by_role("button", name="Décider").click()
    expect(page.get_by_role("alert")).to_contain_text("Pourquoi")


def test_a_pair_put_off_waits_in_a_list_of_its_own(agent: Any) -> None:
    page = agent("/ins/index")
    page.locator(".row-link").first.click()
    decide(page, "Plus tard", "Dossier papier demandé")
    page.goto(page.url.split("/ins/")[0] + "/ins/index?file=remises")
    expect(page.locator("tbody")).to_contain_text("Dossier papier demandé")


def test_records_are_taken_out_of_a_person(agent: Any) -> None:
    page = agent("/ins/index/recherche")
    origin = page.url.split("/ins/")[0]
    page.goto(origin + "/ins/index")
    page.get_by_role("link", name="Commencer").click()
    decide(page, "La même personne", "Pièce vue")
    page.goto(origin + "/ins/index/recherche?nom=&prenoms=")
    page.goto(origin + _united(page, origin))
    page.get_by_role("checkbox").last.check()
    page.get_by_text("Retirer des enregistrements").click()
    page.locator("form.person").get_by_label("Pourquoi").fill("Dossiers mélangés")
    page.get_by_role("button", name="Retirer", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Séparés")
    expect(page.get_by_role("table", name="Ce qui est arrivé")).to_contain_text("Dossiers mélangés")


def _united(page: Any, origin: str) -> str:
    """The address of a person of several records: found as one finds anybody."""
    page.goto(origin + "/ins/index")
    for rank in range(page.locator(".row-link").count()):
        page.goto(origin + "/ins/index")
        page.locator(".row-link").nth(rank).click()
        for link in page.get_by_role("link", name="sa personne").all():
            address = str(link.get_attribute("href"))
            page.goto(origin + address)
            if page.locator("form.person tbody tr").count() > 1:
                return address
            page.go_back()
    raise AssertionError("nobody has several records")


def test_somebody_misspelt_is_found(agent: Any) -> None:
    page = agent("/ins/index")
    known = page.locator("tbody th", has=page.locator(".date", has_text=re.compile(r"\d\d/\d\d/\d{4}"))).first
    name, birth = known.locator(".row-link").inner_text(), known.locator(".date").inner_text()
    family, _, given = name.rpartition(" ")
    page.goto(page.url.split("/ins/")[0] + "/ins/index/recherche")
    page.get_by_label("Nom", exact=True).fill(family.lower() + family[-1].lower())
    page.get_by_label("Prénoms").fill(given)
    page.get_by_label("Naissance").fill(birth)
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator("tbody")).to_contain_text(name)


def test_who_may_not_decide_sees_nothing(browser: Any, house: str) -> None:
    from tests.browser import context

    here = context(browser)
    page = here.new_page()
    answer = page.goto(f"{house}/ins/index")
    assert answer is not None
    assert "connexion" in page.url or answer.status in (401, 403)
    expect(page.locator("tbody")).to_have_count(0)
    here.close()
