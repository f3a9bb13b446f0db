"""To contribute: filed once, handed back when it cannot be taken, never lost."""

from tests.support.consultation.pages.public.conftest import Reader
from tests.support.consultation.pages.public.forms import BASE, contribute, key_in, send, typed
from tests.support.consultation.pages.public.houses import CLOSED, Clock

from socle.support.consultation import actions
from socle.support.consultation.actions import Forum
from socle.support.consultation.store.contributions import Wanted

STATEMENT = "Celui qui échange des données de santé les référence par l'INS"


async def filed(forum: Forum) -> list[str]:
    return [one.title for one in (await actions.page(forum, Wanted("c26"))).items]


async def test_the_form_opens_with_the_text_of_the_requirement(reader: Reader) -> None:
    page = await reader("anne").get(f"{BASE}/contribuer?chapter=ins&requirement=INS-001")
    assert typed(page, "after").startswith(STATEMENT)
    assert typed(page, "text") == ""


async def test_whoever_is_not_logged_in_is_sent_to_the_door_and_back_to_the_form(reader: Reader) -> None:
    page = await reader().get(f"{BASE}/contribuer?chapter=ins&requirement=INS-001")
    assert page.status_code == 401
    assert "/connexion?next=%2Fconcertation%2Fc26%2Fcontribuer%3Fchapter%3Dins%26requirement%3DINS-001" in page.text


async def test_a_person_without_the_role_is_told_which_permission_is_missing(reader: Reader) -> None:
    page = await reader("agent").get(f"{BASE}/contribuer?chapter=ins")
    assert page.status_code == 403
    assert "consultation.contribute" in page.text


async def test_a_proposed_rewording_is_shown_as_a_difference(reader: Reader) -> None:
    anne = reader("anne")
    form = await anne.get(f"{BASE}/contribuer?chapter=ins&requirement=INS-001")
    after = typed(form, "after").replace("échange", "échange ou conserve")
    answer = await send(
        anne, key_in(form), "chapter=ins&requirement=INS-001", kind="proposal", after=after, title="Conserver aussi"
    )
    assert answer.status_code == 303
    page = await reader().get(answer.headers["location"])
    assert '<ins><span class="unseen">[ajouté </span>ou conserve <span class="unseen">]</span></ins>' in page.text
    assert "INS-001" in page.text


async def test_the_current_text_left_as_it_is_is_no_rewording(reader: Reader) -> None:
    anne = reader("anne")
    form = await anne.get(f"{BASE}/contribuer?chapter=ins&requirement=INS-001")
    answer = await send(anne, key_in(form), "chapter=ins&requirement=INS-001", after=typed(form, "after"))
    page = await anne.get(answer.headers["location"])
    assert "Rédaction proposée" not in page.text


async def test_the_same_form_sent_twice_is_filed_once(reader: Reader, forum: Forum) -> None:
    anne = reader("anne")
    key = key_in(await anne.get(f"{BASE}/contribuer?chapter=ins"))
    first, second = await send(anne, key), await send(anne, key)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert await filed(forum) == ["Un exemple"]


async def test_a_used_form_with_another_text_keeps_the_text_and_gets_a_new_key(reader: Reader, forum: Forum) -> None:
    anne = reader("anne")
    key = key_in(await anne.get(f"{BASE}/contribuer?chapter=ins"))
    await send(anne, key)
    again = await send(anne, key, text="Tout autre chose.")
    assert again.status_code == 409
    assert typed(again, "text") == "Tout autre chose."
    assert key_in(again) != key
    assert (await send(anne, key_in(again), text="Tout autre chose.", title="Autre")).status_code == 303
    assert await filed(forum) == ["Autre", "Un exemple"]


async def test_too_late_the_text_is_handed_back(reader: Reader, forum: Forum, clock: Clock) -> None:
    anne = reader("anne")
    key = key_in(await anne.get(f"{BASE}/contribuer?chapter=ins"))
    clock.now = CLOSED
    late = await send(reader("anne"), key, text="Écrit toute\n la nuit.")
    assert late.status_code == 422
    assert "est close depuis le 18/12/2026" in late.text
    assert typed(late, "text") == "Écrit toute\n la nuit."
    assert await filed(forum) == []


async def test_once_closed_the_form_says_so_before_anything_is_typed(reader: Reader, clock: Clock) -> None:
    clock.now = CLOSED
    page = await reader("anne").get(f"{BASE}/contribuer?chapter=ins")
    assert page.status_code == 422
    assert "<textarea" not in page.text


async def test_a_text_too_long_is_an_error_of_its_field_and_is_kept(reader: Reader, forum: Forum) -> None:
    text = "é" * 20_001
    answer = await contribute(reader("anne"), text=text)
    assert answer.status_code == 413
    assert 'id="e-text"' in answer.text
    assert typed(answer, "text") == text
    assert await filed(forum) == []


async def test_five_megabytes_of_text_are_refused_clearly_and_kept(reader: Reader) -> None:
    text = "a" * 5_000_000
    answer = await contribute(reader("anne"), text=text)
    assert answer.status_code == 413
    assert "20 000 au plus" in answer.text
    assert typed(answer, "text") == text


async def test_a_session_that_ended_does_not_cost_the_text(reader: Reader, forum: Forum) -> None:
    answer = await send(reader(), "0" * 32, text="Deux heures de travail.", title="Mon titre")
    assert answer.status_code == 401
    assert typed(answer, "text") == "Deux heures de travail."
    assert 'value="Mon titre"' in answer.text
    assert await filed(forum) == []


async def test_a_preview_files_nothing_and_shows_what_would_be_filed(reader: Reader, forum: Forum) -> None:
    answer = await contribute(reader("anne"), text="Premier.\n\nSecond <b>paragraphe</b>.", wish="preview")
    assert answer.status_code == 200
    assert "Second &lt;b&gt;paragraphe&lt;/b&gt;." in answer.text
    assert "Aperçu" in answer.text
    assert await filed(forum) == []


async def test_a_preview_shows_what_others_have_said_already(reader: Reader) -> None:
    text = "Le datamatrix devrait figurer sur chaque étiquette imprimée au laboratoire."
    await contribute(reader("anne"), text=text, title="Datamatrix au laboratoire")
    for n in range(3):
        await contribute(reader("anne"), text=f"Tout autre sujet, numéro {n}.", title=f"Autre {n}")
    answer = await contribute(
        reader("bruno"), text="Imprimer le datamatrix sur chaque étiquette du laboratoire.", wish="preview"
    )
    assert "Datamatrix au laboratoire" in answer.text


async def test_a_hostile_file_is_refused_by_its_content_and_nothing_is_filed(reader: Reader, forum: Forum) -> None:
    svg = ("dessin.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "image/png")
    answer = await contribute(reader("anne"), files=[svg], text="Voir le dessin.")
    assert answer.status_code == 422
    assert "dessin.png" in answer.text
    assert typed(answer, "text") == "Voir le dessin."
    assert await filed(forum) == []


async def test_too_many_files_are_refused_before_anything_is_filed(reader: Reader, forum: Forum) -> None:
    files = [(f"note-{n}.txt", f"Note {n}".encode(), "text/plain") for n in range(6)]
    answer = await contribute(reader("anne"), files=files)
    assert answer.status_code == 422
    assert "5 au plus" in answer.text
    assert await filed(forum) == []


async def test_a_file_is_given_back_to_be_saved_never_to_be_run(reader: Reader) -> None:
    answer = await contribute(reader("anne"), files=[("ma note é.txt", b"Bonjour", "text/html")])
    page = await reader().get(answer.headers["location"])
    [path] = {part.split('"')[0] for part in page.text.split('href="') if "/fichiers/" in part.split('"')[0]}
    given = await reader().get(path)
    assert given.content == b"Bonjour"
    assert given.headers["content-disposition"].startswith("attachment;")
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-type"].startswith("text/plain")
    assert "sandbox" in given.headers["content-security-policy"]


async def test_a_file_is_reached_through_its_own_contribution_only(reader: Reader) -> None:
    anne = reader("anne")
    first = (await contribute(anne, files=[("a.txt", b"A", "text/plain")])).headers["location"]
    second = (await contribute(anne, title="Une autre", text="Autre.")).headers["location"]
    page = await anne.get(first)
    [path] = {part.split('"')[0] for part in page.text.split('href="') if "/fichiers/" in part.split('"')[0]}
    assert (await anne.get(path.replace(first, second))).status_code == 404


async def test_two_windows_on_one_text_show_both_texts(reader: Reader) -> None:
    anne = reader("anne")
    place = (await contribute(anne, text="Premier texte.")).headers["location"]
    fields = {"kind": "remark", "title": "Un exemple", "wish": "send", "version": "1"}
    assert (await anne.post(f"{place}/modifier", data={**fields, "text": "Depuis la première."})).status_code == 303
    other = await anne.post(f"{place}/modifier", data={**fields, "text": "Depuis la seconde."})
    assert other.status_code == 409
    assert typed(other, "text") == "Depuis la seconde."
    assert "Depuis la première." in other.text
    assert 'name="version" value="2"' in other.text


async def test_a_changed_text_leaves_the_former_one_readable(reader: Reader) -> None:
    anne = reader("anne")
    place = (await contribute(anne, text="Premier texte.")).headers["location"]
    fields = {"kind": "remark", "title": "Mieux dit", "text": "Second texte.", "wish": "send", "version": "1"}
    await anne.post(f"{place}/modifier", data=fields)
    page = await reader().get(place)
    assert "Second texte." in page.text
    assert "Premier texte." in page.text
    assert "Modifiée par son auteur" in page.text


async def test_another_person_cannot_change_it(reader: Reader) -> None:
    place = (await contribute(reader("anne"))).headers["location"]
    fields = {"kind": "remark", "title": "T", "text": "Détourné.", "wish": "send", "version": "1"}
    answer = await reader("bruno").post(f"{place}/modifier", data=fields)
    assert answer.status_code == 422
    assert "Détourné" not in (await reader().get(place)).text


async def test_a_place_that_the_edition_does_not_have_is_not_found(reader: Reader) -> None:
    for place in ("chapter=nulle-part", "chapter=ins&requirement=ZZZ-001", "chapter=ins&block=cible-999"):
        assert (await reader("anne").get(f"{BASE}/contribuer?{place}")).status_code == 404


async def test_the_public_name_is_chosen_and_used(reader: Reader) -> None:
    bruno = reader("bruno")
    said = {"kind": "organisation", "name": "Fédération de Test", "organisation": "Fédération de Test", "email": ""}
    assert (await bruno.post("/concertation/mes-contributions", data=said)).status_code == 303
    place = (await contribute(bruno)).headers["location"]
    page = await reader().get(place)
    assert "Fédération de Test" in page.text
    assert "organisation non vérifiée" in page.text


async def test_a_wrong_address_is_an_error_of_its_field(reader: Reader) -> None:
    said = {"kind": "person", "name": "Bruno", "organisation": "", "email": "pas une adresse"}
    answer = await reader("bruno").post("/concertation/mes-contributions", data=said)
    assert answer.status_code == 422
    assert 'id="e-email"' in answer.text
