"""The pages of the doctrine: reading, requirements, search and differences; calendar and diagram."""

from starlette.routing import BaseRoute

from socle.kernel.module import House


def routes(house: House) -> list[BaseRoute]:
    """Every page. Fixed addresses come before those with a year in them."""
    return []
