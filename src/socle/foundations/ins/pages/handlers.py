"""What every handler of the desk is given: the desk, and the house's database for what happened."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from socle.foundations.ins.actions import Desk
from socle.kernel.audit import Trace
from socle.kernel.module import House
from socle.kernel.pages import Handler, Page
from socle.kernel.store.database import Database

REGISTER = "ins"


@dataclass(frozen=True, slots=True)
class Counter:
    """The desk as its pages use it."""

    desk: Desk
    database: Database


class At:
    """Gives handlers their counter. The desk is connected when the house starts: it is looked up at each request."""

    def __init__(self, house: House) -> None:
        self._house = house

    def __call__(self, handle: Callable[[Page, Counter], Awaitable[Response]]) -> Handler:
        async def handler(page: Page) -> Response:
            return await handle(page, Counter(Desk.at(self._house.repositories[REGISTER]), self._house.database))

        return handler


def trace_of(page: Page, interaction: str) -> Trace:
    """The circumstances of an action done through a page; the action finds its ground."""
    return page.trace(REGISTER, interaction, "")
