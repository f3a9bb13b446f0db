"""The pages of the doctrine: reading, requirements, search and differences; calendar and diagram."""

from starlette.routing import BaseRoute

from socle.kernel.module import House
from socle.kernel.pages import Pages
from socle.support.doctrine.pages import comparing, diagram, home, planning, reading, requirements, searching
from socle.support.doctrine.pages.shell import Desk


def routes(house: House) -> list[BaseRoute]:
    """Every page. Fixed addresses come before those with a year in them, `{chapter}` comes last."""
    pages, at = Pages(house, "support.doctrine"), Desk(house)
    return [
        pages.get("/doctrine", at(home.show_home)),
        pages.get("/doctrine/ecarts", at(comparing.show_gaps)),
        pages.get("/doctrine/{year}", at(reading.show_edition)),
        pages.get("/doctrine/{year}/exigences", at(requirements.show_table)),
        pages.get("/doctrine/{year}/exigences/{id}", at(requirements.show_card)),
        pages.get("/doctrine/{year}/recherche", at(searching.show_search)),
        pages.get("/doctrine/{year}/calendrier", at(planning.show_planning)),
        pages.get("/doctrine/{year}/schema", at(diagram.show_diagram)),
        pages.get("/doctrine/{year}/{chapter}", at(reading.show_chapter)),
    ]
