"""The pages of agendas: find a slot, take it, an agenda's week, an appointment; the aggregator and its publishers."""

import os
from collections.abc import Awaitable, Callable, Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute

from socle.foundations.care_offer.agenda.actions.placing import Registers
from socle.foundations.care_offer.agenda.adapters import connect
from socle.foundations.care_offer.agenda.pages import aggregator, finder, hub, notices, publishers, rdv, slot, week
from socle.foundations.care_offer.agenda.permissions import REGISTER
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.people.permissions import REGISTER as DIRECTORY
from socle.kernel.module import House
from socle.kernel.outbound.hooks import Reach
from socle.kernel.pages import Handler, Page, Pages, Tab

TABS = (
    Tab("/agenda", "tab.finder"),
    Tab("/agenda/agendas", "tab.agendas"),
    Tab("/agenda/sas", "tab.sas"),
    Tab("/agenda/avis", "tab.notices"),
    Tab("/agenda/editeurs", "tab.publishers"),
    Tab("/agenda/hub", "tab.hub"),
)
MODULE = "foundations.care_offer"


def routes(house: House) -> Sequence[BaseRoute]:
    """Every page. Where the aggregator may reach is said here, once in each process: as for notifications (SOCLE_HOOKS)."""
    reach = Reach.read(os.environ.get("SOCLE_HOOKS", ""), demo=house.settings.demo)
    connect(house.repositories[REGISTER], reach, house.seal)
    pages = Pages(house, f"{MODULE}.agenda", tabs=TABS)
    pages.module = next((module for module in house.modules if module.name == MODULE), None)
    agendas = Agendas(house.repositories[REGISTER])
    registers = Registers(house.database, house.repositories.get(DIRECTORY))

    async def gathered(page: Page) -> Response:
        return await aggregator.show(page, agendas, registers)

    def at(handle: Callable[[Page, Agendas], Awaitable[Response]]) -> Handler:
        async def handler(page: Page) -> Response:
            return await handle(page, agendas)

        return handler

    return [
        pages.get("/agenda", at(finder.show)),
        pages.get("/agenda/creneaux/{id}", at(slot.show)),
        pages.post("/agenda/creneaux/{id}", at(slot.take)),
        pages.get("/agenda/agendas", at(week.every)),
        pages.get("/agenda/agendas/{id}", at(week.show)),
        pages.get("/agenda/rendez-vous/{id}", at(rdv.show)),
        pages.post("/agenda/rendez-vous/{id}", at(rdv.change)),
        pages.get("/agenda/sas", gathered),
        pages.get("/agenda/hub", at(hub.show)),
        pages.post("/agenda/hub", at(hub.settle)),
        pages.get("/agenda/avis", at(notices.show)),
        pages.get("/agenda/editeurs", at(publishers.show)),
        pages.post("/agenda/editeurs", at(publishers.receive)),
        pages.get("/agenda/editeurs/{id}", at(publishers.one)),
        pages.post("/agenda/editeurs/{id}", at(publishers.receive)),
        pages.post("/agenda/editeurs/{id}/retrait", at(publishers.remove)),
    ]
