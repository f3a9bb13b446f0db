"""What modules add to the shell: questions of the home page, files of their own, pages made once for everyone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count

import httpx
import pytest
from starlette.responses import Response
from tests.kernel.pages.houses import House, application, full_house

from socle.kernel.outcome import Text
from socle.kernel.pages import Handler, Page, Pages, Shelf, shared
from socle.kernel.pages.assets import asset_url
from socle.kernel.pages.shared import Kept


@dataclass(frozen=True)
class Entry:
    path: str
    question: Text
    answer: Text


ENTRY = Entry("/ins/qui", Text("Qui est-ce ?", "Who is it?"), Text("Deux clics.", "Two clicks."))


def client(house: House, **handlers: Handler) -> httpx.AsyncClient:
    pages = Pages(house)
    app = application(house, [pages.get(f"/{name}", handler) for name, handler in handlers.items()])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house")


def saying(version: list[str]) -> Callable[[Page], Awaitable[str]]:
    async def say(page: Page) -> str:
        return version[0]

    return say


def counting(numbers: "count[int]") -> Handler:
    async def handle(page: Page) -> Response:
        return page.download(f"{next(numbers)}", "rank.txt", "text/plain")

    return handle


@pytest.mark.parametrize(("status", "shown"), [("running", True), ("to-come", False)])
async def test_the_home_page_asks_the_questions_of_running_modules(status: str, shown: bool) -> None:
    house = full_house()
    modules = [replace(m, entries=(ENTRY,), status=status) if m.name == "foundations.ins" else m for m in house.modules]
    page = (await client(House(modules)).get("/")).text
    assert ('href="/ins/qui"' in page) is shown
    assert ("<strong>Qui est-ce\N{NO-BREAK SPACE}?</strong>" in page) is shown


async def test_a_page_is_made_once_for_those_without_a_name() -> None:
    version = ["a"]
    handler = shared(counting(count(1)), saying(version), Shelf())
    async with client(full_house(), rank=handler) as reader:
        assert [(await reader.get("/rank")).text for _ in range(2)] == ["1", "1"]
        assert (await reader.get("/rank?x=1")).text == "2"
        assert (await reader.get("/rank", headers={"Cookie": "who=agent"})).text == "3"
        assert (await reader.get("/rank", headers={"Accept-Language": "en"})).text == "4"
        version[0] = "b"
        assert (await reader.get("/rank")).text == "5"


async def test_a_page_that_the_browser_has_is_not_sent_again() -> None:
    handler = shared(counting(count(1)), saying([""]), Shelf())
    async with client(full_house(), rank=handler) as reader:
        first = await reader.get("/rank")
        again = await reader.get("/rank", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert first.headers["cache-control"] == again.headers["cache-control"] == "private, no-cache"
        assert first.headers["x-request-id"] != again.headers["x-request-id"]


async def test_a_choice_of_language_is_remembered_by_the_browser_even_when_the_page_was_kept() -> None:
    async def handle(page: Page) -> Response:
        return page.render("kernel/login.html", people={}, next="/", roles={})

    async with client(full_house(), page=shared(handle, saying([""]), Shelf())) as reader:
        for _ in range(2):
            assert "socle_lang=en" in (await reader.get("/page?lang=en")).headers["set-cookie"]
            reader.cookies.clear()


def test_a_shelf_keeps_the_last_used_within_its_bounds() -> None:
    shelf = Shelf(most_bytes=100)
    kept = Kept(b"0123456789", {}, '""')
    for rank in range(11):
        shelf.put((rank,), kept)
        shelf.get((0,))
    assert shelf.get((0,)) is kept
    assert shelf.get((1,)) is None
    shelf.put(("large",), Kept(b"x" * 11, {}, '""'))
    assert shelf.get(("large",)) is None


def test_a_module_without_files_uses_those_of_the_kernel() -> None:
    assert asset_url("socle.css", "socle.foundations.ins") == asset_url("socle.css")
