"""The desk as editors and moderators live it: by keyboard, without script, two at once, on a phone, with 250 to treat."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from tests.browser import overflow, violations
from tests.support.consultation.pages.desk.conftest import ServedHouse, Visitor

from socle.kernel.audit import Outcome
from socle.kernel.store import traces

pytestmark = pytest.mark.browser

EDITOR, MODERATOR, AUTHOR = "Maud Lestrade", "Yanis Carpentier", "Louise Montaigu"
DESK = "/concertation/redaction"
PAGES = [
    DESK,
    f"{DESK}?q=zzzz",
    f"{DESK}/contributions/{{waiting}}",
    f"{DESK}/contributions/{{answered}}",
    f"{DESK}/2026/doublons",
    f"{DESK}/2026/edition",
    f"{DESK}/2026/edition/texte?fichier=chapters/2-4-5-ins.md&cause=C-{{waiting}}",
    f"{DESK}/2026/edition/exigences/INS-005",
    f"{DESK}/2026/cycle",
    f"{DESK}/2026/fichiers",
    f"{DESK}/reponses-types",
    f"{DESK}/participants",
    f"{DESK}/avis",
    f"{DESK}/nouvelle",
]
FORMS = [
    f"{DESK}/contributions/1/reponse",
    f"{DESK}/contributions/1/masquer",
    f"{DESK}/2026/charge",
    f"{DESK}/2026/fusion",
    f"{DESK}/2026/edition/texte",
    f"{DESK}/2026/cycle/close",
    f"{DESK}/2026/fichiers",
    f"{DESK}/reponses-types",
    f"{DESK}/participants",
    f"{DESK}/nouvelle",
]
LOOKS: list[dict[str, bool]] = [{}, {"phone": True}]  # each in both palettes
Shown = tuple[ServedHouse, str]


def first_of(page: Any, view: str) -> int:
    """The number of the first contribution of a view of the queue."""
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1", page.url) + f"{DESK}?vue={view}")
    return int(re.findall(r"/contributions/(\d+)", page.locator(".row-link").first.get_attribute("href"))[0])


@contextmanager
def log_in(url: str, person: str) -> Iterator[httpx.Client]:
    """A caller that is a person of the demonstration ("" for nobody), without a browser."""
    with httpx.Client(base_url=url, follow_redirects=False, timeout=60) as client:
        if person:
            client.post("/connexion", data={"person": person, "next": "/"})
        yield client


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(look) or "wide")
def test_every_page_is_accessible_and_fits_the_screen(desk: Visitor, look: dict[str, bool]) -> None:
    page = desk(EDITOR, DESK, **look)
    numbers = {"waiting": first_of(page, "a-traiter"), "answered": first_of(page, "traitees")}
    wrong = {}
    for path in PAGES:
        there = path.format(**numbers)
        answer = page.goto(desk.url + there)
        assert answer.status == 200, there
        found = violations(page, dark=True) + ([f"overflow of {overflow(page)} px"] if overflow(page) else [])
        if found:
            wrong[there] = found
    assert not wrong


@pytest.mark.parametrize(("person", "status"), [("", 401), ("contributrice", 403), ("auditeur", 403)])
def test_whoever_is_not_of_the_desk_learns_nothing(demonstration: Shown, person: str, status: int) -> None:
    with log_in(demonstration[1], person) as client:
        for path in PAGES:
            answer = client.get(path.format(waiting=1, answered=999_999))
            assert answer.status_code == status, path
            assert "Concertation sur" not in answer.text, path
        for path in FORMS:
            assert client.post(path, data={"faire": "x"}).status_code == status, path


def test_a_refusal_at_the_door_is_traced(demonstration: Shown) -> None:
    house, url = demonstration
    with log_in(url, "auditeur") as client:
        client.get(f"{DESK}/avis")
    assert house.house is not None
    wanted = traces.Wanted(
        schemas=frozenset({"consultation"}),
        matches=lambda event: event.trace.who == "demo-auditor" and event.trace.interaction == "desk",
    )
    found = house.run(traces.page(house.house.database, wanted, 1)).found
    assert [one.event.outcome for one in found] == [Outcome.REFUSED]


def test_a_moderator_hides_and_restores_but_does_not_answer(desk: Visitor) -> None:
    page = desk(MODERATOR, DESK)
    number = first_of(page, "a-traiter")
    page.goto(f"{desk.url}{DESK}/contributions/{number}")
    expect(page.get_by_text("Les réponses sont écrites par les rédacteurs.")).to_be_visible()
    title = page.locator("h1").inner_text()
    page.get_by_text("Modérer", exact=True).click()
    page.get_by_label("Règle enfreinte").select_option("personal_data")
    page.get_by_label("En quoi").fill("Donne un numéro de téléphone.")
    page.get_by_role("button", name="Masquer", exact=True).click()
    expect(page.get_by_text("Donne un numéro de téléphone.")).to_be_visible()
    assert page.locator("h1").inner_text() == title  # who moderates still reads it; the reading is traced
    page.get_by_role("button", name="Afficher de nouveau").click()
    expect(page.get_by_text("est de nouveau affichée")).to_be_visible()


def test_keys_choose_insert_and_go_from_one_to_the_next(desk: Visitor) -> None:
    page = desk(EDITOR, DESK)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/contributions/\d+"))
    first = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("k")
    page.wait_for_url(first)
    page.keyboard.press("?")
    expect(page.locator("#help").get_by_text("rattacher les doublons cochés")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    assert page.locator("#f-answer").input_value() != ""
    page.keyboard.press("Escape")  # out of the field: keys act again
    page.keyboard.press("r")
    assert page.locator("[value=refused]").is_checked()
    expect(page.locator("#f-answer")).to_be_focused()


def test_it_all_works_without_script(desk: Visitor) -> None:
    page = desk(EDITOR, DESK, script=False)
    page.get_by_role("link", name="Traiter la première").click()
    reference = page.locator(".said-here .ref").first.inner_text()
    page.get_by_label("Réponse type").select_option(label="1. Déjà dans le texte")
    page.get_by_role("button", name="Insérer").click()
    assert "Le texte le dit déjà" in page.locator("#f-answer").input_value()
    assert page.locator("[value=refused]").is_checked()
    page.get_by_role("button", name="Garder en brouillon").click()
    expect(page.get_by_text("Le brouillon est gardé")).to_be_visible()
    page.get_by_label("Non retenue").check()
    page.get_by_role("button", name="Répondre, puis la suivante").click()
    expect(page.get_by_text(f"{reference} a sa réponse")).to_be_visible()
    assert page.locator(".said-here .ref").first.inner_text() != reference


def test_an_answer_that_lacks_something_is_handed_back_whole(desk: Visitor) -> None:
    page = desk(EDITOR, DESK, script=False)
    page.get_by_role("link", name="Traiter la première").click()
    page.locator("[value=accepted]").check()
    page.locator("#f-answer").fill("Nous retenons, sans avoir rien changé.")
    page.get_by_role("button", name="Répondre", exact=True).click()
    expect(page.get_by_role("alert").get_by_text("cite le changement")).to_be_visible()
    assert page.locator("#f-answer").input_value() == "Nous retenons, sans avoir rien changé."
    assert page.locator("[value=accepted]").is_checked()


@pytest.mark.parametrize("wish", ["rester", "brouillon"])
@pytest.mark.parametrize("version", ["9" * 5000, "-1", "²", "un"])
def test_a_forged_version_is_a_conflict_and_the_text_is_handed_back(
    demonstration: Shown, wish: str, version: str
) -> None:
    with log_in(demonstration[1], "redactrice") as client:
        number = re.findall(r'row-link" href="[^"]*/contributions/(\d+)', client.get(DESK).text)[0]
        sent = {
            "outcome": "refused",
            "answer": "Gardez-moi.",
            "version": version,
            "note_version": version,
            "faire": wish,
        }
        answer = client.post(f"{DESK}/contributions/{number}/reponse", data=sent)
    assert answer.status_code == 409
    assert "Gardez-moi." in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{DESK}?vue=ailleurs", 400),
        (f"{DESK}?inconnu=1", 400),
        (f"{DESK}/2031", 404),
        (f"{DESK}/contributions/999999999", 404),
        (f"{DESK}/contributions/un", 404),
        (f"{DESK}/2026/edition/texte?fichier=../secret", 400),
        (f"{DESK}/2026/edition/exigences/XXX-999", 404),
    ],
)
def test_an_address_that_makes_no_sense_is_explained(demonstration: Shown, path: str, status: int) -> None:
    with log_in(demonstration[1], "redactrice") as client:
        assert client.get(path).status_code == status


def test_two_editors_at_once_see_both_answers_and_choose(desk: Visitor) -> None:
    one, other = desk(EDITOR, DESK), desk(EDITOR, DESK)
    number = first_of(one, "a-traiter")
    for page, text in ((one, "La première réponse."), (other, "La seconde réponse.")):
        page.goto(f"{desk.url}{DESK}/contributions/{number}")
        page.get_by_label("Hors sujet").check()
        page.locator("#f-answer").fill(text)
    one.get_by_role("button", name="Répondre", exact=True).click()
    expect(one.get_by_text(f"C-{number} a sa réponse")).to_be_visible()
    other.get_by_role("button", name="Répondre", exact=True).click()
    both = other.locator(".collision")
    expect(both).to_be_focused()
    expect(both.get_by_text("La première réponse.")).to_be_visible()
    expect(both.get_by_text("La seconde réponse.")).to_be_visible()
    assert not violations(other)
    other.get_by_role("button", name="Réunir les deux").click()
    assert other.locator("#f-answer").input_value() == "La seconde réponse.\n\nLa première réponse."
    other.get_by_role("button", name="Répondre", exact=True).click()
    expect(other.get_by_text(f"C-{number} a sa réponse")).to_be_visible()
    public = desk("", f"/concertation/2026/contributions/{number}")
    expect(public.get_by_text("La seconde réponse.")).to_be_visible()
    expect(public.get_by_text("La première réponse.")).to_be_visible()


def test_two_editors_of_one_text_lose_neither(desk: Visitor) -> None:
    one, other = desk(EDITOR, DESK), desk(EDITOR, DESK)
    there = f"{desk.url}{DESK}/2026/edition/exigences/INS-003"
    for page, text in ((one, "Le logiciel dit le statut."), (other, "Le logiciel montre le statut.")):
        page.goto(there)
        page.get_by_label("Énoncé").fill(text)
        page.get_by_label("Pourquoi ce changement").fill("Plus court.")
    one.get_by_role("button", name="Enregistrer le changement").click()
    expect(one.get_by_text("Le texte de l’édition suivante est changé.")).to_be_visible()
    other.get_by_role("button", name="Enregistrer le changement").click()
    both = other.locator(".collision")
    expect(both.get_by_text("Le logiciel dit le statut.")).to_be_visible()
    expect(both.get_by_text("Le logiciel montre le statut.")).to_be_visible()
    other.get_by_role("button", name="Garder le mien").click()
    expect(other.get_by_text("Le texte de l’édition suivante est changé.")).to_be_visible()
    other.goto(there)
    assert other.get_by_label("Énoncé").input_value() == "Le logiciel montre le statut."
    expect(other.locator(".change")).to_have_count(2)  # what stood in between is kept in the list


def test_a_canned_answer_is_written_used_and_retired(desk: Visitor) -> None:
    page = desk(EDITOR, f"{DESK}/reponses-types")
    fresh = page.locator("section.card")
    fresh.get_by_label("Nom").fill("Au calendrier")
    fresh.get_by_label("Suite donnée").select_option("refused")
    fresh.get_by_label("Réponse publique").fill("Le calendrier le dit déjà.")
    fresh.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_text("La réponse type est enregistrée.")).to_be_visible()
    mine = page.locator("details", has_text="Au calendrier")
    mine.locator("summary").click()
    mine.get_by_role("button", name="Ne plus proposer").click()
    expect(page.get_by_text("n’est plus proposée")).to_be_visible()
    expect(page.locator("details", has_text="Au calendrier")).to_have_count(0)


def test_a_participant_is_verified(desk: Visitor) -> None:
    page = desk(MODERATOR, f"{DESK}/participants")
    row = page.locator("tr", has_text="Monique Després-Valin")
    row.get_by_role("button", name=re.compile("^Vérifier")).click()
    expect(page.get_by_text("Ce participant est vérifié")).to_be_visible()
    expect(page.locator("tr", has_text="Monique Després-Valin").get_by_text("vérifié", exact=True)).to_be_visible()


def test_what_cannot_be_done_yet_says_what_prevents_it(desk: Visitor) -> None:
    page = desk(EDITOR, f"{DESK}/2026/cycle")
    version = page.locator("form[action$='/cycle/close'] [name=version]").get_attribute("value")
    with log_in(desk.url, "redactrice") as client:
        answer = client.post(f"{DESK}/2026/cycle/publish", data={"version": version})
    assert answer.status_code == 422
    assert "Cette étape n’est pas possible pour l’instant" in answer.text


def test_a_gesture_on_nothing_says_so(desk: Visitor) -> None:
    page = desk(EDITOR, DESK)
    page.get_by_role("button", name="Confier").click()
    expect(page.get_by_text("cochez au moins une contribution")).to_be_visible()


def test_an_argument_is_hidden_and_restored(desk: Visitor) -> None:
    page = desk(MODERATOR, f"{DESK}?vue=toutes")
    page.get_by_role("link", name="Que la preuve d'un guichet vaille pour les autres").click()
    first = page.locator(".arguments > li").first
    first.get_by_text("Masquer cet argument").click()
    first.get_by_label("Règle enfreinte").select_option("insult")
    first.get_by_label("En quoi").fill("S'en prend à une personne.")
    first.get_by_role("button", name="Masquer", exact=True).click()
    expect(first.get_by_text("masquée")).to_be_visible()
    first.get_by_role("button", name="Afficher de nouveau").click()
    expect(first.get_by_text("Masquer cet argument")).to_be_visible()


def test_everything_goes_out_as_csv(demonstration: Shown) -> None:
    with log_in(demonstration[1], "redactrice") as client:
        answer = client.get(f"{DESK}/2026/export.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.startswith("number,chapter,block,requirement")
    assert answer.text.count("\n") > 50
    assert "@" not in answer.text.split("\n")[1]


HEAD = "chapter,kind,author_kind,author,title,text\n"


def test_a_faulty_file_says_its_lines_and_imports_nothing(desk: Visitor) -> None:
    page = desk(EDITOR, f"{DESK}/2026/fichiers")
    rows = (
        "ins,remark,person,Ana,Titre,Texte\nnulle-part,remark,person,Ana,Titre,Texte\nins,cri,person,Ana,Titre,Texte\n"
    )
    file = {"name": "lettres.csv", "mimeType": "text/csv", "buffer": (HEAD + rows).encode()}
    page.get_by_label("Fichier CSV (UTF-8)").set_input_files(file)
    page.get_by_role("button", name="Importer", exact=True).click()
    told = page.get_by_role("alert").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "2 fautes : rien n’a été importé" in told
    assert "ligne 3" in told.lower()
    assert "ligne 4" in told.lower()
    page.goto(f"{desk.url}{DESK}?q=Ana")
    expect(page.get_by_text("Aucune contribution ici")).to_be_visible()


class Counted:
    """Counts the questions that a house asks its database."""

    def __init__(self, house: ServedHouse, monkeypatch: pytest.MonkeyPatch) -> None:
        assert house.house is not None
        self.asked = 0
        query = house.house.database.query

        async def counted(sql: str, *arguments: Any) -> Any:
            self.asked += 1
            return await query(sql, *arguments)

        monkeypatch.setattr(house.house.database, "query", counted)

    def during(self, client: httpx.Client, path: str) -> int:
        """How many questions one page asks."""
        self.asked = 0
        assert client.get(path).status_code == 200
        return self.asked


def test_two_hundred_and_fifty_are_treated_in_gestures(
    desk: Visitor, demonstration: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(demonstration[0], monkeypatch)
    with log_in(desk.url, "redactrice") as client:
        few = counted.during(client, f"{DESK}/2026?vue=masquees")

    # 250 arrive by a file: 240 that differ, 10 that say the same.
    rows = [
        f"ins,remark,person,Personne {n},Sujet {n},Le point {n} du texte gagnerait à dire mot{n} et chose{n} clairement"
        for n in range(240)
    ] + [
        f"dmp,remark,person,Copie {n},La même lettre,Nous demandons que le dossier garde la trace des impressions papier"
        for n in range(10)
    ]
    page = desk(EDITOR, f"{DESK}/2026/fichiers")
    file = {"name": "lettres.csv", "mimeType": "text/csv", "buffer": (HEAD + "\n".join(rows)).encode()}
    page.get_by_label("Fichier CSV (UTF-8)").set_input_files(file)
    page.get_by_role("button", name="Vérifier sans importer").click()
    expect(page.get_by_text("250 contributions seraient importées")).to_be_visible()
    page.get_by_role("button", name="Importer ces 250 contributions").click()
    expect(page.get_by_text("250 contributions importées")).to_be_visible()

    # The queue asks as many questions for fifty rows as for none, the rows themselves apart.
    page.goto(f"{desk.url}{DESK}/2026")
    expect(page.locator(".row-link")).to_have_count(50)
    with log_in(desk.url, "redactrice") as client:
        assert counted.during(client, f"{DESK}/2026") <= few + 1

    # The ten copies: from one of them, its neighbours by one key; the others from their group.
    page.goto(f"{desk.url}{DESK}/2026?q=impressions+papier")
    page.locator(".row-link").first.click()
    page.wait_for_load_state()
    page.keyboard.press("m")
    expect(page.get_by_text(re.compile("5 contributions rattachées à C-"))).to_be_visible()
    page.goto(f"{desk.url}{DESK}/2026/doublons")
    group = page.locator("form.group-of", has_text="La même lettre")
    expect(group.locator("tbody tr")).to_have_count(5)
    assert not violations(page)
    group.get_by_role("button", name="Rattacher à celle que je garde").click()
    expect(page.get_by_text(re.compile("4 contributions rattachées à C-"))).to_be_visible()

    # Taken in charge by the handful, then treated one after another without going back to the list.
    page.goto(f"{desk.url}{DESK}/2026?q=mot7")
    page.get_by_label(re.compile("^C-")).first.check()
    page.get_by_role("button", name="Confier").click()
    expect(page.get_by_text("1 contribution confiée.")).to_be_visible()
    page.goto(f"{desk.url}{DESK}/2026?vue=les-miennes")
    expect(page.locator(".row-link")).to_have_count(1)
    page.goto(f"{desk.url}{DESK}/2026?tri=recentes")
    page.get_by_role("link", name="Traiter la première").click()
    for _ in range(3):
        here = page.url
        page.keyboard.press("h")
        page.keyboard.type("Merci ; cela ne relève pas de la doctrine.")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url, here=here: url != here)
    with log_in(desk.url, "redactrice") as client:  # the bench too, whatever the length of the queue
        assert counted.during(client, page.url.removeprefix(desk.url)) <= 25
