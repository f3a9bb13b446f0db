"""`/interoperability/specifications`: the registry, one history, the life cycle; an editor records a step, with a trace."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.browser import browser, context, cut, overflow, served, violations
from tests.foundations.interoperability.houses import HOST, TRACE, Sandbox
from tests.foundations.interoperability.shelves import Served

from socle.foundations.interoperability import store
from socle.foundations.interoperability.actions import specifications
from socle.foundations.interoperability.model import Day, Move, State
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, Means
from socle.kernel.store.embedded import EmbeddedPostgres

__all__ = ["browser"]

PATH = f"{HOST}/interoperability/specifications"
CYCLE = f"{HOST}/interoperability/cycle-de-vie"
EDITOR = Actor("ed", "Rédactrice", frozenset({"doctrine-editor"}), Means.API_KEY)
STEP = {
    "state": "trial-implementation",
    "version": "1.1.0",
    "on": "2026-04",
    "source": "https://interop.esante.gouv.fr/ig/fhir/eprescription",
    "conditions": "consent",
}


async def read(sandbox: Sandbox, path: str, status: int = 200, who: str = "") -> str:
    answer = await sandbox.ask("GET", path, who, headers={"accept-language": "fr"})
    assert answer.status_code == status, answer.text
    assert len(answer.content) < 100_000
    return answer.text


async def send(sandbox: Sandbox, who: str = "editor", specification: str = "nde", **changes: str) -> httpx.Response:
    """The form of a specification that is in public comment."""
    return await sandbox.ask("POST", f"{PATH}/{specification}?lang=fr", who, data={**STEP, **changes})


async def test_the_registry_is_listed_filtered_and_leads_to_each(sandbox: Sandbox) -> None:
    page = await read(sandbox, PATH)
    assert f"{len(specifications.shipped())} résultats" in page
    assert "en préparation" in page
    final = await read(sandbox, f"{PATH}?etat=final-text&couche=service")
    assert "Cercle de soins" in final
    assert "Mesures de santé" not in final
    assert "Aucune spécification" in await read(sandbox, f"{PATH}?q=zzzz")
    assert "possibles" in await read(sandbox, f"{PATH}?etat=fini", 400)
    assert "paramètre" in await read(sandbox, f"{PATH}?page=2", 400)


async def test_the_list_is_sorted_by_a_column_either_way(sandbox: Sandbox) -> None:
    up, down = await read(sandbox, f"{PATH}?sort=title"), await read(sandbox, f"{PATH}?sort=-title")
    assert up.index("Annuaire Santé") < up.index("Téléservice INSi")
    assert down.index("Téléservice INSi") < down.index("Annuaire Santé")
    assert 'aria-sort="descending"' in down
    assert "décembre 2023" in up  # a date known to the month
    assert "possibles" in await read(sandbox, f"{PATH}?sort=prix", 400)


async def test_one_tells_its_history_and_how_each_step_is_known(sandbox: Sandbox) -> None:
    page = await read(sandbox, f"{PATH}/cdl")
    assert page.index("3.0.1") < page.index("3.0.0-ballot")
    assert "21 juillet 2026" in page
    assert "ANS, liste des publications du guide" in page
    assert "for-comment" in page
    unknown = await read(sandbox, f"{PATH}/fr-core")
    assert "date inconnue" in unknown
    assert "n’emploie pas les états" in unknown or "n&#39;emploie pas les états" in unknown
    await read(sandbox, f"{PATH}/rien", 404)


async def test_json_says_the_same_with_the_same_filters(sandbox: Sandbox) -> None:
    answer = await sandbox.ask("GET", f"{PATH}.json?etat=public-comment", "")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    found = json.loads(answer.content)["specifications"]
    assert {one["id"] for one in found} == {"eprescription", "nde", "tde"}
    assert found[0]["steps"][0] == {
        "version": "1.1.0-ballot",
        "state": "public-comment",
        "on": "2026-05-11",
        "certainty": "read",
        "source": "ANS, liste des publications du guide",
        "label": "ballot",
    }


async def test_the_life_cycle_is_drawn_and_its_table_says_the_same(sandbox: Sandbox) -> None:
    page = await read(sandbox, CYCLE)
    assert page.count('class="state tone-') == 6
    assert page.count('class="arrow"') == 10
    assert page.count('<th scope="row">') == 15
    assert "mise en œuvre au niveau national" in page


async def test_an_editor_records_a_step_that_stays_and_is_traced(sandbox: Sandbox) -> None:
    answer = await send(sandbox)
    assert (answer.status_code, answer.headers["location"]) == (303, "/interoperability/specifications/nde")
    page = await read(sandbox, f"{PATH}/nde")
    assert "pour implémentation" in page
    assert "Enregistré dans cette maison" in page
    assert "aval de l’auteur" in page
    [event] = [
        one
        for one in await sandbox.events(store.SCHEMA)
        if one.trace.interaction == "specification:record" and one.entities
    ]
    assert event.entities == ("specification/nde#1",)
    assert event.trace.name == "editor"
    found = json.loads((await sandbox.ask("GET", f"{PATH}.json?q=nde", "")).content)["specifications"]
    assert [one["state"] for one in found] == ["trial-implementation"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"state": "withdrawn"}, "state", "on ne passe pas"),
        ({"state": ""}, "state", "Choisissez le nouvel état"),
        ({"state": "unknown"}, "state", "Choisissez le nouvel état"),
        ({"version": ""}, "version", "Donnez la version"),
        ({"version": "3.0.0-ballot"}, "version", "déjà été publiée"),
        ({"on": "avril"}, "on", "Écrivez 2026"),
        ({"on": "2026-01"}, "on", "vient avant"),
        ({"on": "2027-01"}, "on", "pas encore passée"),
        ({"source": ""}, "source", "Dites où cela se lit"),
        ({"conditions": ""}, "conditions", "avoir l’aval"),
        ({"conditions": "magic"}, "conditions", "condition inconnue"),
        ({"note": "x" * 501}, "note", "500 caractères"),
    ],
)
async def test_what_may_not_be_recorded_is_said_beside_its_field_and_nothing_is_kept(
    sandbox: Sandbox, changes: dict[str, str], field: str, said: str
) -> None:
    answer = await send(sandbox, **changes)
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert said in answer.text.replace("&#39;", "’").replace("'", "’")
    assert await store.recorded(sandbox.opened.database) == {}


async def test_only_an_editor_may_record(sandbox: Sandbox) -> None:
    for who, status in (("publisher", 403), ("operator", 403), ("", 401)):
        assert (await send(sandbox, who)).status_code == status
        assert "Enregistrer une étape" not in await read(sandbox, f"{PATH}/nde", who=who)
    assert await store.recorded(sandbox.opened.database) == {}
    assert "Enregistrer une étape" in await read(sandbox, f"{PATH}/nde", who="editor")


async def test_two_editors_at_once_one_is_told_to_read_again(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    move = Move("3.1.0", State.TRIAL_IMPLEMENTATION, Day("2026-04"), "s", "", frozenset({"consent"}))
    database = sandbox.opened.database
    await store.record(database, "nde", 1, move, TRACE)  # meanwhile

    async def before(database: Any, id: str = "") -> dict[str, Any]:
        return {}

    monkeypatch.setattr(store, "recorded", before)
    with pytest.raises(Problem, match="Quelqu'un vient") as caught:
        await specifications.record(database, "nde", move, by=EDITOR, trace=TRACE)
    assert caught.value.kind is Kind.CONFLICT


@pytest.fixture(scope="module")
def serving(
    postgres: EmbeddedPostgres, house_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Served]]:
    app = Served(postgres, house_template, tmp_path_factory.mktemp("specifications"))
    with served(app) as url:
        yield f"{url}/interoperability", app


@pytest.mark.browser
@pytest.mark.parametrize("look", [{}, {"phone": True, "dark": True}], ids=["wide", "phone-dark"])
def test_every_page_is_accessible_and_fits_the_screen(
    browser: Any, serving: tuple[str, Served], look: dict[str, bool]
) -> None:
    address, app = serving
    here = context(browser, bypass_csp=True, **look)
    here.set_extra_http_headers({"Authorization": f"Bearer {app.keys['editor']}"})
    page = here.new_page()
    paths = ("/specifications", "/specifications/tde", "/cycle-de-vie", "", "/specifications?q=zzzz")
    for path in paths[:3] if look else paths:
        page.goto(address + path)
        assert violations(page) == [], path
        assert overflow(page) == 0, path
        assert not look.get("phone") or cut(page) == [], path
    here.close()


@pytest.mark.browser
def test_an_editor_records_a_step_by_the_keyboard_without_script(browser: Any, serving: tuple[str, Served]) -> None:
    address, app = serving
    here = context(browser, script=False)
    here.set_extra_http_headers({"Authorization": f"Bearer {app.keys['editor']}"})
    page = here.new_page()
    page.goto(f"{address}/specifications/tde")
    page.get_by_label("pour implémentation").focus()
    page.keyboard.press("Space")
    for text in ("2.0.0", "2026-04-30", "https://interop.esante.gouv.fr/ig/fhir/tde", ""):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # nothing is ticked: in a list of boxes this sends the form
    page.wait_for_selector("#e-conditions")
    assert "avoir l’aval de l’auteur" in page.locator("#e-conditions").inner_text().replace("'", "’")
    page.get_by_label("aval de l’auteur").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Enregistrer une étape").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".flash")
    assert "L’étape est enregistrée" in page.locator("main").inner_text()
    assert "30 avril 2026" in page.locator(".steps").inner_text()
    here.close()
