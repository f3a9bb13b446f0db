"""What every handler of the index is given."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from socle.foundations.ins.index.actions import REGISTER, MasterIndex
from socle.kernel.audit import Trace
from socle.kernel.module import House
from socle.kernel.pages import Handler, Page


class At:
    """Gives handlers the index."""

    def __init__(self, house: House) -> None:
        self._house = house

    def __call__(self, handle: Callable[[Page, MasterIndex], Awaitable[Response]]) -> Handler:
        async def handler(page: Page) -> Response:
            return await handle(page, MasterIndex(self._house.repositories[REGISTER]))

        return handler


def trace_of(page: Page, interaction: str) -> Trace:
    """The circumstances of an action done through a page; the action finds its ground."""
    return page.trace(REGISTER, interaction, "")
