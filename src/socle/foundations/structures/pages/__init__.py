"""`/structures`: find a structure, read its card and its history, see what loads changed. Every state is an address."""

from starlette.routing import BaseRoute

from socle.foundations.structures.pages import card, home, loads
from socle.kernel.module import House
from socle.kernel.pages import Pages, Tab


def routes(house: House) -> list[BaseRoute]:
    """The pages of the register."""
    tabs = (Tab("/structures", "tab.search"), Tab("/structures/imports", "tab.loads"))
    pages = Pages(house, "foundations.structures", tabs=tabs)
    return [
        pages.get("/structures", home.show(house)),
        pages.get("/structures/imports", loads.show_list(house)),
        pages.get("/structures/imports/{id:int}", loads.show_one(house)),
        pages.get("/structures/imports/{id:int}/export.csv", loads.export(house)),
        pages.get("/structures/{numero}", card.show(house)),
        pages.get("/structures/{numero}/historique", card.history(house)),
    ]
