"""The pages of terminologies in a browser: accessible in every look, with script and without."""

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
from tests.browser import browser, context, cut, overflow, served, violations
from tests.foundations.terminologies.conftest import _made as make
from tests.foundations.terminologies.conftest import _service as service
from tests.foundations.terminologies.desk import pages
from tests.foundations.terminologies.support import Json, value_set

from socle.kernel.store.embedded import EmbeddedPostgres

__all__ = ["browser"]

pytestmark = pytest.mark.browser

LOOKS: list[dict[str, bool]] = [{}, {"phone": True}]  # each in both palettes


class Served:
    """The pages, over a database that is opened in the loop that serves them."""

    def __init__(self, dsn: str, *, made: str = "", held: Sequence[Json] = ()) -> None:
        self._dsn = dsn
        self._made = made  # a database of that name is made on that server
        self._held = held  # and these are put in it
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        async with AsyncExitStack() as stack:
            await receive()
            dsn = await make(self._dsn, self._made) if self._made else self._dsn
            one = await stack.enter_async_context(service(dsn))
            for resource in self._held:
                await one.put(resource)
            self._app = pages(one.terminologies.held.database, one.register)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


@pytest.fixture(scope="module")
def address(zoo_dsn: str) -> Iterator[str]:
    with served(Served(zoo_dsn)) as url:
        yield f"{url}/terminologies"


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(look) or "wide")
def test_every_page_is_accessible_and_fits_the_screen(browser: Any, address: str, look: dict[str, bool]) -> None:
    here = context(browser, bypass_csp=True, **look)
    page = here.new_page()
    page.goto(address)
    system = page.locator("tbody a.row-link").first.get_attribute("href").removeprefix("/terminologies")
    for path in (
        "",
        "/jeux",
        "/recherche?q=chat",
        system,
        f"{system}/code?code=mammal",
        f"{system}/usages?code=cat",
    ):
        page.goto(address + path)
        assert violations(page, dark=True) == [], path
        assert overflow(page) == 0, path
        assert not look.get("phone") or cut(page) == [], path
    here.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_reader_goes_from_words_to_a_concept_and_up_its_hierarchy(browser: Any, address: str, script: bool) -> None:
    here = context(browser, script=script)
    page = here.new_page()
    page.goto(f"{address}/recherche")
    page.get_by_label("Code ou mots").fill("poule elevee")
    page.get_by_role("button", name="Chercher").click()
    page.locator("tbody a.row-link").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Poule élevée"
    page.get_by_role("link", name="Bird").click()
    assert page.locator("tbody a.row-link").first.inner_text() == "hen"
    page.get_by_role("link", name="Où ce code est-il utilisé").click()
    assert "emploie ce code" in page.locator("main").inner_text()
    here.close()


GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"


@pytest.mark.parametrize("look", [{}, {"phone": True, "dark": True}], ids=["wide", "phone-dark"])
def test_the_uses_of_a_value_set_are_accessible_and_lead_on(
    browser: Any, postgres: EmbeddedPostgres, look: dict[str, bool]
) -> None:
    held = (
        value_set(GENDERS, {"system": "http://hl7.org/fhir/administrative-gender"}) | {"title": "Genres"},
        value_set("http://example.org/known", {"valueSet": [GENDERS]}) | {"title": "Genres connus"},
    )
    with served(Served(postgres.dsn, made="uses_" + ("phone" if look else "wide"), held=held)) as url:
        here = context(browser, bypass_csp=True, **look)
        page = here.new_page()
        page.goto(f"{url}/terminologies/jeux")
        page.get_by_role("link", name="Genres", exact=True).click()
        page.get_by_role("link", name="Où ce jeu de valeurs est-il utilisé").click()
        assert "Patient.gender" in page.locator("main").inner_text()
        assert violations(page, dark=True) == []
        assert overflow(page) == 0
        page.get_by_role("link", name="Genres connus").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Genres connus"
        here.close()
