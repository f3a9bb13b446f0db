"""The identity desk as its agent lives it, in a browser: with script and without, by keyboard, on a phone."""

import re
from itertools import islice
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import context, overflow, violations
from tests.foundations.ins.pages.conftest import POPULATION

from socle.foundations.ins.pages.words import full_name, short_date
from socle.foundations.ins.population import Personne, generate

pytestmark = pytest.mark.browser

FIXED = [
    "/ins",
    "/ins?q=zzzz",
    "/ins/nouvelle",
    "/ins/qualite",
    "/ins/qualite?file=piece",
    "/ins/statuts",
    "/ins/lieux",
]
LOOKS: list[dict[str, bool]] = [{}, {"phone": True}]  # each in both palettes


def people_not_at_the_desk() -> list[Personne]:
    """People whom INSi knows and who never came: complete dates, born in a known place, no homonym."""
    later = islice(generate(POPULATION), 60, POPULATION)
    return [p for p in later if p.traits.date_naissance.is_complete and p.traits.is_birthplace_known]


def create(page: Any, personne: Personne) -> None:
    """Fill the form of a new identity and send it."""
    traits = personne.traits
    page.get_by_label("Nom de naissance").fill(traits.nom_naissance.lower())
    page.get_by_label("Prénoms de naissance").fill(traits.liste_prenoms)
    page.get_by_label({"F": "Femme", "M": "Homme"}[traits.sexe.value]).check()
    page.get_by_label("Date de naissance").fill(short_date(traits.date_naissance))
    page.get_by_label("Lieu de naissance").fill(traits.lieu_naissance)
    page.get_by_role("button", name="Créer l’identité").click()


def badges(page: Any) -> list[str]:
    return [text.strip() for text in page.locator("aside .badge").all_inner_texts()]


@pytest.mark.parametrize(("script", "rank"), [(True, 0), (False, 1)])
def test_from_the_front_desk_to_the_label(agent: Any, script: bool, rank: int) -> None:
    personne = people_not_at_the_desk()[rank]
    page = agent("/ins", script=script)
    page.get_by_role("link", name="Créer une identité").click()
    create(page, personne)
    expect(page.get_by_role("heading", name=full_name(personne.traits))).to_be_visible()
    assert badges(page) == ["Provisoire"]
    expect(page.get_by_text("L’identité est créée. Elle est provisoire.")).to_be_visible()

    page.get_by_label("Pièce présentée").select_option("CN")
    page.get_by_role("button", name="Enregistrer la pièce").click()
    assert badges(page) == ["Validée"]

    page.get_by_role("button", name="Appeler INSi").click()
    expect(page.get_by_role("heading", name="00 : une identité trouvée")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(6)
    page.get_by_role("button", name="Accepter et rattacher l’INS").click()
    assert badges(page) == ["Qualifiée"]
    told = page.locator(".history strong").all_inner_texts()
    assert told[0] == "INS donnée par INSi et rattachée"
    assert told[-1] == "Identité créée"
    expect(page.locator(".history li").first.get_by_text("Camille Aubry")).to_be_visible()

    page.get_by_role("link", name="Imprimer l’étiquette").first.click()
    image = page.get_by_alt_text("Datamatrix INS de cette identité")
    expect(image).to_be_visible()
    if script:
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_a_doubtful_identity_cannot_call_insi_and_says_which_rule(agent: Any) -> None:
    page = agent("/ins/nouvelle")
    create(page, people_not_at_the_desk()[2])
    page.get_by_text("Homonyme, douteuse, fictive").click()
    page.get_by_role("button", name="Poser « Douteuse »").click()
    assert badges(page) == ["Provisoire", "Douteuse"]
    answer = page.goto(page.url + "/insi")
    assert answer.status == 422
    expect(page.get_by_text("RNIV EXI SI 09").first).to_be_visible()
    assert violations(page) == []


def test_a_driving_licence_is_refused_naming_what_to_ask_for(agent: Any) -> None:
    page = agent("/ins/nouvelle")
    create(page, people_not_at_the_desk()[3])
    page.get_by_label("Pièce présentée").select_option("PC")
    page.get_by_role("button", name="Enregistrer la pièce").click()
    alert = page.get_by_role("alert")
    assert "RNIV 3.3.2" in alert.inner_text()
    assert "passeport" in alert.inner_text()
    assert alert.evaluate("node => node === document.activeElement")
    assert badges(page) == ["Provisoire"]


def test_two_that_look_the_same_are_told_before_a_double_is_made(agent: Any) -> None:
    personne = people_not_at_the_desk()[4]
    page = agent("/ins/nouvelle")
    create(page, personne)
    page.goto(page.url.split("/ins/")[0] + "/ins/nouvelle")
    create(page, personne)
    expect(page.get_by_text("1 identité ressemble à celle-ci")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("C’est une autre personne : créer quand même").check()
    page.get_by_role("button", name="Créer l’identité").click()
    page.wait_for_url("**/ins/identites/**")


def test_correcting_a_strict_trait_of_a_qualified_identity_starts_again(agent: Any) -> None:
    page = agent("/ins?statut=QUAL")
    page.locator(".row-link").first.click()
    page.get_by_role("link", name="Corriger un trait strict").click()
    expect(page.get_by_text("ramène l’identité à provisoire")).to_be_visible()
    page.get_by_label("Prénoms de naissance").fill("MARTHE-EUGENIE")
    page.get_by_role("button", name="Enregistrer la correction").click()
    assert badges(page) == ["Provisoire"]
    assert "INS détachée" in page.locator(".history strong").first.inner_text()


def test_insi_that_knows_nobody_says_what_to_do(agent: Any) -> None:
    page = agent("/ins/nouvelle")
    page.get_by_label("Nom de naissance").fill("de La Rochefoucauld-Montmorency d’Harcourt de Saint-Exupéry")
    page.get_by_label("Prénoms de naissance").fill("Marie-Clémentine Éléonore Philippine Théodora Bérengère")
    page.get_by_label("Femme").check()
    page.get_by_label("Date de naissance").fill("01/02/1934")
    page.get_by_role("button", name="Créer l’identité").click()
    page.get_by_text("Autres actions").wait_for()
    page.get_by_text("Appeler INSi").first.click()
    page.get_by_role("button", name="Appeler INSi").click()
    expect(page.get_by_role("heading", name="01 : aucune identité trouvée")).to_be_visible()
    assert violations(page) == []
    page.go_back()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) == 0


def test_wrong_fields_are_named_and_reached_from_the_summary(agent: Any) -> None:
    page = agent("/ins/nouvelle", script=False)
    page.get_by_label("Nom de naissance").fill("Dupont3")
    page.get_by_label("Prénoms de naissance").fill("Jean")
    page.get_by_label("Homme").check()
    page.get_by_label("Date de naissance").fill("31/02/1980")
    page.get_by_label("Lieu de naissance").fill("Saint-Denis")
    page.get_by_role("button", name="Créer l’identité").click()
    expect(page.get_by_text("3 points à corriger")).to_be_visible()
    links = page.get_by_role("alert").get_by_role("link")
    assert links.all_inner_texts() == ["Nom de naissance", "Date de naissance", "Lieu de naissance"]
    assert page.get_by_label("Nom de naissance").input_value() == "Dupont3"
    expect(page.get_by_label("Saint-Denis (93066)")).to_be_visible()


def test_a_birth_to_come_is_refused_beside_its_field(agent: Any) -> None:
    page = agent("/ins/nouvelle", script=False)
    page.get_by_label("Nom de naissance").fill("Dupont")
    page.get_by_label("Prénoms de naissance").fill("Jean")
    page.get_by_label("Homme").check()
    page.get_by_label("Date de naissance").fill("01/02/2150")
    page.get_by_role("button", name="Créer l’identité").click()
    assert page.get_by_role("alert").get_by_role("link").all_inner_texts() == ["Date de naissance"]
    expect(page.get_by_text("La date de naissance est dans le futur").first).to_be_visible()


def test_searching_as_one_types_changes_the_list_and_the_address(agent: Any) -> None:
    known = next(iter(generate(POPULATION))).traits  # the first of those whom the demonstration puts at the desk
    page = agent("/ins")
    page.keyboard.press("/")
    page.keyboard.type(f"{known.premier_prenom.lower()} {short_date(known.date_naissance)}")
    expect(page.locator(".row-link")).to_have_text([full_name(known)])
    page.wait_for_url("**q=**")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=full_name(known)).wait_for()


def test_places_are_suggested_while_typing(agent: Any) -> None:
    page = agent("/ins/nouvelle")
    page.get_by_label("Lieu de naissance").press_sequentially("saint et")
    page.locator("#places option").first.wait_for(state="attached")
    assert "Saint-Étienne (42218)" in page.eval_on_selector_all("#places option", "all => all.map(o => o.value)")


def test_the_queues_of_the_board_lead_to_the_work(agent: Any) -> None:
    page = agent("/ins/qualite")
    link = page.get_by_role("link", name="En attente d’une pièce")
    waiting = int(link.locator("strong").inner_text())
    link.click()
    assert page.locator(".count").inner_text().startswith(f"{waiting} ")
    assert {text.strip() for text in page.locator("td .badge").all_inner_texts()} == {"Récupérée"}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_nothing_overflows(agent: Any, house: str, look: dict[str, bool]) -> None:
    page = agent("/ins", **look)
    for path in FIXED:
        page.goto(house + path)
        assert violations(page, dark=True) == [], path
        assert overflow(page) == 0, path


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_table_of_the_statuses_is_whole_on_the_narrowest_phones(browser: Any, house: str, language: str) -> None:
    with context(browser, phone=True, locale=language) as opened:
        page = opened.new_page()
        page.set_viewport_size({"width": 375, "height": 812})
        page.goto(f"{house}/ins/statuts")
        table = page.locator(".scroll", has=page.locator("table"))
        assert table.evaluate("one => one.scrollWidth - one.clientWidth") == 0


@pytest.mark.parametrize("look", LOOKS)
def test_nor_on_the_page_of_an_identity_the_answer_of_insi_or_the_label(agent: Any, look: dict[str, bool]) -> None:
    page = agent("/ins?statut=QUAL", **look)
    page.locator(".row-link").last.click()
    one = page.url
    for path in ("", "/insi", "/traits", "/etiquette"):
        page.goto(one + path)
        assert violations(page, dark=True) == [], path
        assert overflow(page) == 0, path


def test_the_exported_list_is_the_list_shown_and_carries_no_matricule(agent: Any, house: str) -> None:
    page = agent("/ins?statut=QUAL")
    shown = page.locator(".row-link").count()
    answer = page.request.get(house + str(page.get_by_role("link", name="Exporter (CSV)").get_attribute("href")))
    lines = answer.body().decode("utf-8-sig").splitlines()
    assert len(lines) - 1 == shown > 0
    assert all(";QUAL;" in line for line in lines[1:])
    assert not re.search(r"\d{13}", answer.text())


def test_a_page_of_the_desk_and_all_it_loads_weigh_less_than_100_kb(agent: Any, house: str) -> None:
    page = agent("/ins")
    weight = 0

    def weigh(response: Any) -> None:
        nonlocal weight
        weight += len(response.body())

    page.on("response", weigh)
    for path in ("/ins", "/ins/qualite"):
        weight = 0
        page.goto(house + path, wait_until="networkidle")
        assert 0 < weight < 100_000, path


def test_without_the_right_role_the_desk_stays_shut(browser: Any, house: str) -> None:
    opened = context(browser)
    page = opened.new_page()
    assert page.goto(house + "/ins").status == 401
    assert violations(page) == []
    page.get_by_role("main").get_by_role("link", name="Se connecter").click()
    page.get_by_role("button", name="Inès Morvan").click()
    page.wait_for_url(house + "/ins")
    expect(page.get_by_role("heading", name="Accès refusé")).to_be_visible()
    opened.close()
