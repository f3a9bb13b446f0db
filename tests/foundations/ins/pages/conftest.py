"""The whole house with its demonstration, served to a real browser."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.browser import browser, context, served
from tests.house.served import ServedHouse, database_of

from socle.kernel.module import Settings
from socle.kernel.store.embedded import EmbeddedPostgres

__all__ = ["browser"]

POPULATION = 200
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a house with people at its desk."""
    data: Path = tmp_path_factory.mktemp("house")
    name = f"pages_{data.name.replace('-', '_')}"
    settings = Settings(data, demo=True, population=POPULATION, url="http://127.0.0.1")
    with served(ServedHouse(settings, database_of(postgres, name))) as url:
        yield url


@pytest.fixture
def agent(browser: Any, house: str) -> Iterator[Any]:
    """Opens a page as an identity agent: `agent("/ins", phone=True, script=False)`."""
    opened: list[Any] = []

    def open_page(path: str, **look: Any) -> Any:
        here = context(browser, **look)
        opened.append(here)
        page = here.new_page()
        page.goto(f"{house}/connexion?next={path}")
        page.get_by_role("button", name="Camille Aubry").click()
        page.wait_for_url(house + path)
        return page

    yield open_page
    for here in opened:
        here.close()
