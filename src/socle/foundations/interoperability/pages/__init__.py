"""The pages of interoperability."""

from starlette.routing import BaseRoute

from socle.foundations.interoperability.pages import subscriptions, trial, validation
from socle.kernel.module import House
from socle.kernel.pages import Pages


def routes(house: House) -> list[BaseRoute]:
    """Every page."""
    pages = Pages(house, "foundations.interoperability")
    return [
        pages.get("/interoperability/fhirpath", trial.show),
        pages.post("/interoperability/fhirpath/essai", trial.receive),
        pages.get(validation.PATH, validation.show(house)),
        pages.post(f"{validation.PATH}/essai", validation.receive(house)),
        pages.get(subscriptions.PATH, subscriptions.show(house)),
        pages.post(subscriptions.PATH, subscriptions.settle(house)),
    ]
