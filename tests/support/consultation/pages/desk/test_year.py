"""A whole year of the doctrine, in the browser alone: opened, commented upon, moderated, answered, written, published."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.support.consultation.pages.desk.conftest import Clock, ServedHouse, Visitor, a_house, served

from socle.kernel.store.embedded import EmbeddedPostgres

pytestmark = pytest.mark.browser

EDITOR, MODERATOR, AUTHOR, PUBLISHER = "Maud Lestrade", "Yanis Carpentier", "Louise Montaigu", "Noé Lambert"
DESK = "/concertation/redaction"
WISHED = (
    "Une discordance ne rattache rien ; les différences de casse, d'accent, de tiret ou d'apostrophe n'en sont pas."
)
TEXT = (
    "Au guichet, sept rejets sur dix viennent d'un tiret, d'un accent ou d'une apostrophe. Il faut écrire que ces "
    "différences d'écriture ne sont pas des discordances."
)


@pytest.fixture
def year(
    browser: Any, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Visitor, Clock]]:
    """A house where nothing was ever submitted to consultation, in September 2026."""
    clock = Clock(datetime(2026, 9, 28, 9, 0, tzinfo=UTC))
    house: ServedHouse = a_house(postgres, tmp_path_factory.mktemp("year"), clock, shown=False)
    with served(house) as url:
        visitor = Visitor(browser, url)
        yield visitor, clock
        visitor.close()


def file_contribution(page: Any, title: str, text: str, **more: Any) -> str:
    """Fill the form that is open and send it; answers its number, "C-12"."""
    page.get_by_label("Titre").fill(title)
    page.get_by_label("Votre contribution").fill(text)
    if "after" in more:
        page.get_by_label("Votre rédaction").fill(more["after"])
    if "file" in more:
        page.get_by_label("Fichiers").set_input_files(more["file"])
    page.get_by_role("button", name="Déposer").click()
    said = page.get_by_text(re.compile(r"Votre contribution C-\d+ est déposée")).inner_text()
    found = re.search(r"C-\d+", said)
    assert found
    return found[0]


def answer_by_keys(page: Any, key: str, text: str) -> None:
    """The outcome by its key, the answer typed, sent: no mouse."""
    page.wait_for_load_state()
    page.keyboard.press(key)
    expect(page.locator("#f-answer")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")


def printed(text: str) -> re.Pattern[str]:
    """A text as pages may print it: apostrophes and blanks of print."""
    return re.compile(re.escape(text).replace("'", "['’]").replace("\\ ", "\\s"))


def test_the_whole_year_with_the_browser_alone(year: tuple[Visitor, Clock]) -> None:
    visit, clock = year

    # September: an author prepares the consultation on the edition in force, and opens it.
    desk = visit(EDITOR, DESK)
    desk.get_by_role("link", name="Préparer une concertation").click()
    expect(desk.get_by_label("Édition préparée")).to_have_value("2027")
    desk.get_by_label("Introduction").fill("Dites ce qui manque, ce qui ne tient pas, ce qui peut s'écrire mieux.")
    desk.get_by_label("Ouvre le").fill("2026-10-05T09:00")
    desk.get_by_label("Se clôt le").fill("2026-12-18T18:00")
    desk.get_by_role("button", name="Préparer").click()
    expect(desk.get_by_text("La concertation est préparée.")).to_be_visible()
    desk.get_by_role("button", name="Ouvrir la concertation").click()
    expect(desk.get_by_text("La concertation est ouverte.")).to_be_visible()
    visit.close()

    # October: people contribute, one with a rewording and a file, one says the same, one advertises.
    clock.now = datetime(2026, 10, 6, 8, 0, tzinfo=UTC)
    louise = visit(AUTHOR, "/concertation/mes-contributions")
    louise.get_by_label("Adresse pour les avis").fill("louise.montaigu@example.org")
    louise.get_by_role("button", name="Enregistrer").click()
    louise.goto(f"{visit.url}/concertation/2026/ins")
    louise.locator("#INS-005").get_by_role("link", name=re.compile("^Contribuer")).click()
    letter = {"name": "rejets.txt", "mimeType": "text/plain", "buffer": "Cent rejets comptés en mars.".encode()}
    first = file_contribution(louise, "Un tiret n'est pas une discordance", TEXT, after=WISHED, file=letter)
    louise.goto(f"{visit.url}/concertation/2026/contribuer?chapter=mssante")
    advert = file_contribution(louise, "Achetez notre messagerie", "La meilleure, la moins chère : appelez-nous vite.")

    noe = visit(PUBLISHER, f"/concertation/2026/contributions/{first[2:]}")
    noe.get_by_role("button", name="Soutenir").click()
    expect(noe.get_by_text("Votre soutien est compté.")).to_be_visible()
    expect(noe.get_by_role("link", name="rejets.txt")).to_be_visible()
    noe.goto(f"{visit.url}/concertation/2026/contribuer?chapter=ins&requirement=INS-005")
    twin = file_contribution(noe, "Tirets et apostrophes ne sont pas des discordances", TEXT)
    noe.goto(f"{visit.url}/concertation/2026/contribuer?chapter=dmp")
    question = file_contribution(noe, "Quand fermer l'ancien format ?", "Nous devons prévoir deux ans de travail.")
    noe.goto(f"{visit.url}/concertation/2026/contribuer")
    beside = file_contribution(noe, "Le tarif de nos logiciels", "Nous souhaitons qu'il soit remboursé par l'État.")
    visit.close()

    # November: a moderator hides the advertisement by a published rule; the public reads which.
    clock.now = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    moderator = visit(MODERATOR, DESK)
    moderator.get_by_role("link", name="Achetez notre messagerie").click()
    moderator.get_by_text("Modérer", exact=True).click()
    moderator.get_by_label("Règle enfreinte").select_option("advertising")
    moderator.get_by_label("En quoi").fill("Vante un produit, sans rien dire du texte.")
    moderator.get_by_role("button", name="Masquer", exact=True).click()
    expect(moderator.get_by_text(f"{advert} n’est plus affichée")).to_be_visible()
    visit.close()
    public = visit("", f"/concertation/2026/contributions/{advert[2:]}")
    expect(public.get_by_text("Vante un produit, sans rien dire du texte.").first).to_be_visible()
    expect(public.get_by_text("la moins chère")).to_have_count(0)
    visit.close()

    # December: the editor treats the queue without touching the mouse.
    clock.now = datetime(2026, 12, 10, 8, 0, tzinfo=UTC)
    desk = visit(EDITOR, DESK)
    expect(desk.get_by_text("0 traitée sur 4")).to_be_visible()
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Un tiret n'est pas une discordance")).to_be_visible()
    desk.get_by_role("link", name="Reprendre cette rédaction").press("Enter")
    expect(desk.get_by_label("Énoncé")).to_have_value(WISHED)
    desk.get_by_label("Pourquoi ce changement").fill("Les écarts d'écriture ne sont pas des discordances.")
    desk.get_by_label("Pourquoi ce changement").press("Enter")
    expect(desk.get_by_text(f"Le texte est changé pour {first}")).to_be_visible()
    answer_by_keys(desk, "a", "Votre rédaction est reprise mot pour mot.")
    expect(desk.get_by_role("heading", name="Tirets et apostrophes ne sont pas des discordances")).to_be_visible()
    desk.wait_for_load_state()
    desk.keyboard.press("d")
    expect(desk.locator("#f-original")).to_be_focused()
    desk.keyboard.type(first)
    desk.locator("#f-answer").focus()
    desk.keyboard.type("La réponse est donnée à la première.")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("heading", name="Quand fermer l'ancien format ?")).to_be_visible()

    # The question calls for a sentence in the chapter: a fault is told with its line, then the text is kept.
    desk.wait_for_load_state()
    desk.keyboard.press("e")
    text = desk.get_by_label("Texte", exact=True)
    written = text.input_value()
    text.fill(written + "\n<script>alert(1)</script>\n")
    desk.get_by_label("Pourquoi ce changement").fill("Le préavis de l'arrêt est écrit.")
    desk.get_by_role("button", name="Enregistrer le changement").click()
    lines = len(written.splitlines()) + 2
    expect(desk.get_by_role("link", name=f"Ligne {lines}")).to_be_visible()
    text.fill(written.rstrip("\n") + "\n\nL'arrêt de l'ancien format est annoncé deux ans avant.\n")
    desk.get_by_role("button", name="Aperçu et contrôle").click()
    expect(desk.get_by_role("heading", name="Tel qu’on le lira")).to_be_visible()
    expect(desk.locator(".preview").get_by_text("annoncé deux ans avant")).to_be_visible()
    desk.get_by_role("button", name="Enregistrer le changement").click()
    expect(desk.get_by_text(f"Le texte est changé pour {question}")).to_be_visible()
    answer_by_keys(desk, "p", "Deux ans de préavis, sans date encore.")
    expect(desk.get_by_role("heading", name="Le tarif de nos logiciels")).to_be_visible()

    # It closes; the freeze waits for the last answer, and says so.
    clock.now = datetime(2026, 12, 17, 8, 0, tzinfo=UTC)
    visit.close()
    desk = visit(EDITOR, f"{DESK}/2026/cycle")
    desk.get_by_role("button", name="Clore les contributions").click()
    expect(desk.get_by_text("1 contribution(s) sans réponse")).to_be_visible()
    desk.get_by_role("button", name="Geler").click()
    expect(desk.get_by_role("alert").get_by_text(beside)).to_be_visible()
    desk.get_by_role("link", name="Aller à la file").click()
    desk.wait_for_url(re.compile("redaction/2026$"))
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile("contributions"))
    answer_by_keys(desk, "h", "Le tarif des logiciels ne relève pas de la doctrine.")
    expect(desk.get_by_text("Tout est traité")).to_be_visible()
    desk.get_by_role("link", name="Voir le cycle").click()
    desk.get_by_role("button", name="Geler").click()
    expect(desk.get_by_text("Tout est gelé")).to_be_visible()

    # January: published.
    clock.now = datetime(2027, 1, 20, 8, 0, tzinfo=UTC)
    visit.close()
    desk = visit(EDITOR, f"{DESK}/2026/cycle")
    expect(desk.get_by_text("20 janvier 2027")).to_be_visible()
    expect(
        desk.locator(".way").get_by_text(re.compile("Louise Montaigu.*Noé Lambert|Noé Lambert.*Louise"))
    ).to_be_visible()
    desk.get_by_role("button", name="Publier l’édition suivante").click()
    expect(desk.get_by_text("L’édition 2027 est publiée.").first).to_be_visible()
    expect(desk.get_by_role("link", name="Préparer la concertation sur l’édition 2027")).to_be_visible()
    desk.goto(f"{visit.url}{DESK}/avis")
    expect(desk.get_by_text("louise.montaigu@example.org").first).to_be_visible()
    expect(desk.get_by_text(printed("L'édition que vous avez commentée est publiée"))).to_be_visible()
    visit.close()

    # The public reads the edition, what changed, why, the answers, and the thanks.
    public = visit("", "/doctrine/2027/exigences/INS-005")
    expect(public.get_by_text(printed(WISHED))).to_be_visible()
    public.goto(f"{visit.url}/doctrine/2027/dmp")
    expect(public.get_by_text(printed("L'arrêt de l'ancien format est annoncé deux ans avant."))).to_be_visible()
    public.goto(f"{visit.url}/doctrine/2027")
    expect(public.get_by_text(printed("Les écarts d'écriture ne sont pas des discordances.")).first).to_be_visible()
    expect(public.get_by_text(printed("Louise Montaigu")).first).to_be_visible()
    public.goto(f"{visit.url}/doctrine/ecarts?de=2026&a=2027")
    expect(public.get_by_role("link", name="INS-005").first).to_be_visible()
    expect(public.locator("ins").first).to_be_visible()
    public.goto(f"{visit.url}/concertation/2026/contributions/{first[2:]}")
    expect(public.get_by_text(printed("Votre rédaction est reprise mot pour mot."))).to_be_visible()
    expect(public.get_by_role("link", name=printed("Le changement qu'elle a causé"))).to_be_visible()
    public.goto(f"{visit.url}/concertation/2026/contributions/{twin[2:]}")
    expect(public.get_by_role("link", name=re.compile(first)).first).to_be_visible()
    public.goto(f"{visit.url}/concertation/2026/contributions/{question[2:]}")
    expect(public.get_by_text(printed("Deux ans de préavis, sans date encore."))).to_be_visible()
