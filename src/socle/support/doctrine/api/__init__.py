"""The doctrine for machines: JSON API, CSV, calendars."""

from starlette.routing import BaseRoute

from socle.kernel.module import House


def routes(house: House) -> list[BaseRoute]:
    """Every address for machines."""
    return []
