"""The house with its care offer, its directory and their demonstration, served to a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.browser import browser, context, served
from tests.house.served import ServedHouse, database_of

from socle.foundations.actor_identity.module import MODULE as ACTOR_IDENTITY
from socle.foundations.care_offer.module import MODULE as CARE_OFFER
from socle.foundations.people.module import MODULE as PEOPLE
from socle.foundations.structures.module import MODULE as STRUCTURES
from socle.kernel.module import Settings
from socle.kernel.store.embedded import EmbeddedPostgres

__all__ = ["browser"]


@pytest.fixture(scope="module")
def house(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a house with agendas."""
    data: Path = tmp_path_factory.mktemp("agendas")
    name = f"agenda_pages_{data.name.replace('-', '_')}"
    settings = Settings(data, demo=True, population=0, url="http://127.0.0.1")
    modules = (ACTOR_IDENTITY, PEOPLE, STRUCTURES, CARE_OFFER)
    with served(ServedHouse(settings, database_of(postgres, name), modules)) as url:
        yield url


@pytest.fixture(scope="module")
def cookies() -> dict[str, Any]:
    """Who is logged in already: a person logs in once for all tests."""
    return {}


@pytest.fixture
def visit(browser: Any, house: str, cookies: dict[str, Any]) -> Iterator[Any]:
    """Opens a page as somebody of the demonstration: `visit("/agenda", "Salomé Vautrin", phone=True)`; "" for nobody."""
    opened: list[Any] = []

    def open_page(path: str, who: str = "", **look: Any) -> Any:
        here = context(browser, **look)
        opened.append(here)
        page = here.new_page()
        if who in cookies:
            here.add_cookies(cookies[who])
        elif who:
            page.goto(f"{house}/connexion?next={quote(path)}")
            page.get_by_role("button", name=who).click()
            page.wait_for_url(house + path)
            cookies[who] = here.cookies()
            return page
        page.goto(house + path)
        return page

    yield open_page
    for here in opened:
        here.close()
