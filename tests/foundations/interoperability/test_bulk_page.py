"""`/interoperability/masse`: an operator sees how far exports and imports are, whoever asked for them, and stops them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from tests.browser import browser
from tests.clock import Clock
from tests.foundations.interoperability.houses import HOST, START, Sandbox, house_database, opened_sandbox
from tests.foundations.interoperability.living import Application, living, shown
from tests.foundations.interoperability.test_export import patient
from tests.foundations.interoperability.test_import import WRONG, ndjson, sent

from socle.kernel.store.embedded import EmbeddedPostgres

__all__ = ["browser"]
URL = f"{HOST}/interoperability/masse"


async def page(sandbox: Sandbox, who: str = "operator", query: str = "") -> str:
    return (await sandbox.ask("GET", URL + query, who)).text


async def stop(sandbox: Sandbox, where: str, who: str = "operator") -> httpx.Response:
    return await sandbox.ask("POST", URL, who, data={"demande": where.rpartition("/")[2]})


async def exported(sandbox: Sandbox, query: str = "") -> str:
    answer = await sandbox.ask("GET", f"$export{query}", headers={"prefer": "respond-async"})
    where: str = answer.headers["content-location"]
    return where


async def worked(sandbox: Sandbox) -> None:
    """An export and two imports that have ended, one of them refused; an import that waits."""
    await sandbox.put(patient("a"))
    await exported(sandbox, "?_typeFilter=Patient%3Fname%3Dsecret&_type=Patient")
    await sent(sandbox, ndjson(patient("b"), *WRONG[:2], patient("c")))
    await sandbox.work()
    await sent(sandbox, ndjson(patient("d"), WRONG[0]), "?errors=refuse")
    await sandbox.work()
    await sent(sandbox, ndjson(patient("e")))


async def test_what_is_under_way_and_what_has_ended_is_told_with_who_asked(sandbox: Sandbox) -> None:
    assert "Rien depuis un jour" in await page(sandbox)
    await worked(sandbox)
    shown = await page(sandbox)
    assert "1 en cours" in shown
    assert "2 ressources et 2 lignes écartées" in shown
    assert "1 ligne fausse" in shown
    assert "publisher," in shown
    assert "/sandbox/fhir/$export" in shown
    assert "2 resources and 2 lines left out" in await page(sandbox, query="?lang=en")


async def test_what_was_searched_for_is_not_shown(sandbox: Sandbox) -> None:
    await worked(sandbox)
    assert "secret" not in await page(sandbox)


async def test_a_work_under_way_is_stopped_and_leaves_a_trace(sandbox: Sandbox) -> None:
    where = await sent(sandbox, ndjson(patient("a")))
    assert (await stop(sandbox, where)).status_code == 303
    assert await sandbox.work() == 1  # the job finds nothing to do
    assert (await sandbox.ask("GET", "Patient/a")).status_code == 404
    assert (await sandbox.ask("GET", where)).status_code == 404
    [event] = [one for one in await sandbox.events() if one.trace.interaction == "import:cancel"]
    assert event.entities == (f"bulk/{where.rpartition('/')[2]}",)
    assert event.trace.name == "operator"


async def test_what_has_ended_cannot_be_stopped(sandbox: Sandbox) -> None:
    where = await exported(sandbox)
    await sandbox.work()
    assert (await stop(sandbox, where)).status_code == 404
    assert (await stop(sandbox, "/x")).status_code == 404
    assert (await sandbox.ask("GET", where)).status_code == 200


async def test_only_an_operator_comes_here(sandbox: Sandbox) -> None:
    where = await sent(sandbox, ndjson(patient("a")))
    for who, status in (("", 401), ("publisher", 403), ("auditor", 403)):
        assert (await sandbox.ask("GET", URL, who)).status_code == status
        assert (await stop(sandbox, where, who)).status_code == status
    assert await sandbox.work() == 1
    assert (await sandbox.ask("GET", where)).status_code == 200


@pytest.fixture(scope="module")
def busy(
    postgres: EmbeddedPostgres, house_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Application, str]]:
    """The application of a house at work, and an operator's key."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Sandbox]:
        async with (
            house_database(postgres, house_template) as dsn,
            opened_sandbox(dsn, tmp_path_factory.mktemp("busy"), Clock(START), demo=True) as house,
        ):
            await worked(house)
            yield house

    with living(opened) as found:
        yield found


@pytest.mark.browser
@pytest.mark.parametrize(("phone", "dark"), [(False, False), (True, True)])
def test_in_a_browser(browser: Any, busy: tuple[Application, str], phone: bool, dark: bool) -> None:
    with shown(browser, busy, "/interoperability/masse?lang=fr", phone=phone, dark=dark) as seen:
        expect(seen.get_by_role("heading", level=1)).to_have_text("Exports et imports en masse")
        expect(seen.get_by_role("progressbar")).to_have_count(1)
