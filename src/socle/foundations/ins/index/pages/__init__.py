"""The pages of the master index: the work queue, a pair side by side, a person with its records, who is this."""

from starlette.routing import BaseRoute

from socle.foundations.ins.index.pages import finder, pair, person, queue
from socle.foundations.ins.index.pages.handlers import At
from socle.kernel.module import House
from socle.kernel.pages import Pages, Tab

TABS = (
    Tab("/ins", "tab.desk"),
    Tab("/ins/qualite", "tab.quality"),
    Tab("/ins/index", "tab.index"),
    Tab("/ins/statuts", "tab.statuses"),
)


def routes(house: House) -> list[BaseRoute]:
    """Every page of the index."""
    pages = Pages(house, "foundations.ins.index", tabs=TABS)
    at = At(house)
    return [
        pages.get("/ins/index", at(queue.show)),
        pages.get("/ins/index/suivante", at(queue.following)),
        pages.get("/ins/index/recherche", at(finder.show)),
        pages.get("/ins/index/paires/{pair}", at(pair.show)),
        pages.post("/ins/index/paires/{pair}", at(pair.decide)),
        pages.get("/ins/index/personnes/{id}", at(person.show)),
        pages.post("/ins/index/personnes/{id}/separer", at(person.separate)),
        pages.post("/ins/index/personnes/{id}/unir", at(person.unite)),
        pages.get("/ins/index/enregistrements/{id}", at(person.of_record)),
    ]
