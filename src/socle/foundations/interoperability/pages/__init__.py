"""The pages of interoperability."""

from typing import Final

from starlette.routing import BaseRoute

from socle.foundations.interoperability.pages import (
    bulk,
    home,
    profiles,
    specifications,
    subscriptions,
    trial,
    validation,
)
from socle.kernel.module import House
from socle.kernel.pages import Pages, Tab

TABS: Final = (
    Tab(home.PATH, "tab.home"),
    Tab(validation.PATH, "tab.validate"),
    Tab("/interoperability/fhirpath", "tab.fhirpath"),
    Tab(profiles.PATH, "tab.profiles"),
    Tab(profiles.PACKAGES, "tab.packages"),
    Tab(specifications.PATH, "tab.specifications"),
    Tab(specifications.CYCLE, "tab.cycle"),
    Tab(subscriptions.PATH, "tab.subscriptions"),
    Tab(bulk.PATH, "tab.bulk"),
)


def routes(house: House) -> list[BaseRoute]:
    """Every page."""
    pages = Pages(house, "foundations.interoperability", tabs=TABS)
    return [
        pages.get(home.PATH, home.show(house)),
        pages.get("/interoperability/fhirpath", trial.show),
        pages.post("/interoperability/fhirpath/essai", trial.receive(house)),
        pages.get(validation.PATH, validation.show(house)),
        pages.post(f"{validation.PATH}/essai", validation.receive(house)),
        pages.get(profiles.PATH, profiles.show_list(house)),
        pages.get(profiles.CSV, profiles.export(house)),
        pages.get(profiles.ONE, profiles.show_one(house)),
        pages.get(profiles.PACKAGES, profiles.show_packages(house)),
        pages.get(specifications.PATH, specifications.show_list(house)),
        pages.get(specifications.JSON, specifications.show_json(house)),
        pages.get(specifications.CYCLE, specifications.show_cycle(house)),
        pages.get(f"{specifications.PATH}/{{id}}", specifications.show_one(house)),
        pages.post(f"{specifications.PATH}/{{id}}", specifications.receive(house)),
        pages.get(subscriptions.PATH, subscriptions.show(house)),
        pages.post(subscriptions.PATH, subscriptions.settle(house)),
        pages.get(bulk.PATH, bulk.show(house)),
        pages.post(bulk.PATH, bulk.cancel(house)),
    ]
