"""The frame around every page of the doctrine: its own tabs, its words, and what its handlers are given."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from socle.kernel.module import Health, House
from socle.kernel.pages import Handler, Page, Shelf, shared
from socle.support.doctrine.pages import words as wording
from socle.support.doctrine.pages.library import Library, Reader
from socle.support.doctrine.rules import words

TABS: Final = (
    ("read", ""),
    ("requirements", "/exigences"),
    ("planning", "/calendrier"),
    ("diagram", "/schema"),
    ("search", "/recherche"),
)
_WORDS: Final = {
    "addressees": words.ADDRESSEES,
    "users": words.USERS,
    "regions": words.REGIONS,
    "forces": words.FORCES,
    "verifications": words.VERIFICATIONS,
    "certainties": words.CERTAINTIES,
    "statuses": words.STATUSES,
    "say_date": words.say_date,
}


@dataclass(frozen=True, slots=True)
class Room:
    """What a handler is given: the editions, and how the modules of the house are right now."""

    library: Library
    health: Mapping[str, Health]


Answer = Callable[[Page, Room], Awaitable[Response]]


class Desk:
    """Gives handlers what they need; a page that was made already is not made again for those without a name."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._library = Library(house)
        self._shelf = Shelf()

    def __call__(self, answer: Answer) -> Handler:
        """A handler of the kernel from one of ours."""

        async def handle(page: Page) -> Response:
            return await answer(page, Room(self._library, await self._house.health()))

        async def version(page: Page) -> str:
            states = ",".join(health.state for health in (await self._house.health()).values())
            return f"{await self._library.version()} {page.now:%F} {states}"

        return shared(handle, version, self._shelf)


def frame(page: Page, reader: Reader | None) -> dict[str, Any]:
    """What every template of the doctrine may use."""
    today = page.now.date()
    return {
        "reader": reader,
        "words": _WORDS,
        "fr": wording.printed,
        "slip": lambda days: wording.slip(days, page),
        "distance": lambda on: wording.distance(on, today, page),
    }


def show(page: Page, template: str, reader: Reader | None, tab: str = "", **context: Any) -> Response:
    """A page of an edition (None: of the doctrine as a whole); `tab` is the one that is lit."""
    return page.render(template, **{**frame(page, reader), "tab": tab, "tabs": TABS, **context})
