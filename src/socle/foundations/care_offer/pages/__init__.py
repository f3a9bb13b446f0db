"""The pages of the care offer: `/offre`, `/offre/lits`, `/offre/alarmes`, `/offre/anomalies`, `/offre/tension`."""

from typing import Final

from starlette.routing import BaseRoute

from socle.foundations.care_offer.pages import alarms, beds, offers, reports, tension
from socle.kernel.module import House
from socle.kernel.pages import Pages, Tab

TABS: Final = (
    Tab("/offre", "tab.search"),
    Tab("/offre/lits", "tab.beds"),
    Tab("/offre/alarmes", "tab.alarms"),
    Tab("/offre/anomalies", "tab.reports"),
    Tab("/offre/tension", "tab.tension"),
)


def routes(house: House) -> list[BaseRoute]:
    """Every page."""
    pages = Pages(house, "foundations.care_offer", TABS)
    return [
        pages.get("/offre", offers.search(house)),
        pages.get("/offre/communes", offers.communes(house)),
        pages.get("/offre/lits", beds.board(house)),
        pages.get("/offre/lits/export.csv", beds.export(house)),
        pages.get("/offre/alarmes", alarms.show(house)),
        pages.get("/offre/anomalies", reports.queue(house)),
        pages.post("/offre/anomalies/{id}", reports.answer(house)),
        pages.get("/offre/tension", tension.show(house)),
        pages.post("/offre/tension", tension.move(house)),
        pages.get("/offre/fiche/{id}", offers.card(house)),
        pages.post("/offre/fiche/{id}/anomalie", reports.report(house)),
    ]
