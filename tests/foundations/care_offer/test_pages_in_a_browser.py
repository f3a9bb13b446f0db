"""The pages of the care offer in a real browser: accessible wide and narrow, light and dark, by keyboard, without script."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.browser import browser, context, overflow, served, violations
from tests.clock import Clock
from tests.conftest import _administer, _of
from tests.foundations.care_offer.conftest import MODULES
from tests.foundations.care_offer.support import NOW, opened

from socle.foundations.care_offer.actions import alarms
from socle.kernel.store.embedded import EmbeddedPostgres

__all__ = ["browser"]
pytestmark = pytest.mark.browser
PATHS = (
    "/offre",
    "/offre?q=chirurgie&ville=paris 13&rayon=5",
    "/offre?ville=Nulle-Part",
    "/offre/fiche/offre-0-1",
    "/offre/lits?territoire=11",
    "/offre/alarmes",
    "/offre/anomalies",
    "/offre/tension",
)


class Served:
    """The pages of a house of the care offer, opened in the loop that serves them; every reader is of the region."""

    def __init__(self, dsn: str, data: Path) -> None:
        self._dsn, self._data = dsn, data

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            key = self._offer.keys["region"].encode()
            headers = [*scope["headers"], (b"authorization", b"Bearer " + key)]
            await self._offer.app({**scope, "headers": headers}, receive, send)
            return
        await receive()
        clock = Clock(NOW)
        async with opened(self._dsn, self._data, clock, MODULES) as self._offer:
            clock.now += timedelta(hours=20)  # some counts do not hold any more
            await alarms.watch(self._offer.house, {})
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


@pytest.fixture(scope="module")
def site(postgres: EmbeddedPostgres, care_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is served."""

    def administer(sql: str) -> None:
        with ThreadPoolExecutor(1) as elsewhere:  # the browser has its own event loop in this thread
            elsewhere.submit(lambda: asyncio.run(_administer(postgres.dsn, sql))).result()

    administer(f"CREATE DATABASE care_browser TEMPLATE {care_template}")
    with served(Served(_of(postgres.dsn, "care_browser"), tmp_path_factory.mktemp("care"))) as address:
        yield address
    administer("DROP DATABASE care_browser WITH (FORCE)")


def test_every_page_is_accessible_and_as_wide_as_its_screen(browser: Any, site: str) -> None:
    for phone, dark in ((False, False), (True, True)):
        opened_ = context(browser, phone=phone, dark=dark)
        page = opened_.new_page()
        for path in PATHS:
            page.goto(site + path)
            assert violations(page) == [], path
            assert overflow(page) == 0, path
        opened_.close()


def test_from_the_board_to_the_alarm_and_back_to_the_place_without_a_script(browser: Any, site: str) -> None:
    reader = context(browser, script=False)
    page = reader.new_page()
    page.goto(f"{site}/offre/lits")
    page.click(".sums a")
    assert "un compte toutes les 24 heures." in page.inner_text("tbody")
    name = page.inner_text("tbody tr:first-child th").partition("\n")[0]
    page.click("tbody tr:first-child a")
    assert name in page.inner_text("tr:target")
    assert "En retard" in page.inner_text("tr:target")
    reader.close()


def test_a_search_is_made_with_the_keyboard_alone(browser: Any, site: str) -> None:
    reader = context(browser)
    page = reader.new_page()
    page.goto(f"{site}/offre")
    page.keyboard.press("/")
    page.keyboard.type("chirurgie")
    page.keyboard.press("Enter")
    page.wait_for_selector(".offers a")
    page.focus(".map a")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/offre/fiche/**")
    reader.close()
