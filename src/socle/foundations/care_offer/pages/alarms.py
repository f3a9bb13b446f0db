"""The alarms: places whose beds were not counted in time, and why each calls; those that have ended."""

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from socle.foundations.care_offer.actions import reading
from socle.foundations.care_offer.actions.alarms import EVERY
from socle.foundations.care_offer.pages import words
from socle.foundations.care_offer.permissions import PUBLIC, REGISTER
from socle.foundations.care_offer.rules.capacities import PERIODS
from socle.foundations.care_offer.store.communes import COMMUNES
from socle.kernel.module import House
from socle.kernel.pages import Form, Handler, Page
from socle.kernel.pages.asking import one_of, only

_HOUR: Final = timedelta(hours=1)


def show(house: House) -> Handler:
    """`/offre/alarmes?territoire=…`."""

    async def handle(page: Page) -> Response:
        page.require(PUBLIC)
        only(page, "territoire")
        territory = one_of(page, "territoire", words.regions())
        repository = house.repositories[REGISTER]
        await COMMUNES.refresh(house.database, page.now)
        return page.render(
            "alarms.html",
            form=Form({"territoire": [territory]}),
            alarms=await reading.alarms(repository, territory, ended=False, by=page.actor),
            past=await reading.alarms(repository, territory, ended=True, by=page.actor),
            words=words,
            town=COMMUNES.name,
            regions=list(words.regions().items()),
            hours=lambda passed: int(passed / _HOUR),
            periods={tense: int(period / _HOUR) for tense, period in PERIODS.items()},
            every=int(EVERY.total_seconds() / 60),
        )

    return handle
