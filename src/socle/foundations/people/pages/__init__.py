"""The pages of the directory: a professional's card, the loads, enrolments."""

from starlette.routing import BaseRoute

from socle.foundations.people.pages import card, enrolling, imports
from socle.kernel.module import House
from socle.kernel.pages import Pages, Tab

TABS = (Tab("/annuaire/imports", "tab.imports"), Tab("/annuaire/enrolements", "tab.enrolments"))


def routes(house: House) -> list[BaseRoute]:
    """Every page of the directory."""
    pages = Pages(house, "foundations.people", tabs=TABS)
    return [
        pages.get("/annuaire/professionnels/{number}", card.show(house)),
        pages.get("/annuaire/imports", imports.show(house)),
        pages.get("/annuaire/imports/{lot}", imports.one(house)),
        pages.get("/annuaire/enrolements", enrolling.show(house)),
        pages.post("/annuaire/enrolements", enrolling.receive(house)),
        pages.post("/annuaire/enrolements/{role}/depart", enrolling.depart(house)),
    ]
