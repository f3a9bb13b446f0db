"""`/interoperability`: what one can do here, with what is really there."""

from collections import Counter
from typing import Final

from starlette.responses import Response

from socle.foundations.interoperability.actions import packages as installing
from socle.foundations.interoperability.actions import profiles, specifications
from socle.foundations.interoperability.permissions import BULK, DEAD_LETTERS
from socle.foundations.terminologies.actions import browsing
from socle.foundations.terminologies.permissions import REGISTER as TERMINOLOGIES
from socle.kernel.module import House
from socle.kernel.pages import Handler, Page, only

PATH: Final = "/interoperability"


def show(house: House) -> Handler:
    """The page."""

    async def handle(page: Page) -> Response:
        only(page)
        register = house.repositories.get(TERMINOLOGIES)
        servers = [(one, module) for module in house.modules for one in module.endpoints]
        return page.render(
            "home.html",
            packages=await installing.installed_packages(house.database),
            counts=Counter(await profiles.counts(house)),
            terms=await browsing.counts(register, by=page.actor) if register is not None else None,
            specs=Counter(one.current.state.value for one in await specifications.every(house.database)),
            servers=servers,
            may_settle=page.may(DEAD_LETTERS),
            may_stop=page.may(BULK),
        )

    return handle
