"""The pages of terminologies without the rest of the house."""

from pathlib import Path

from starlette.applications import Starlette
from tests.foundations.terminologies.support import NOW

from socle.foundations.terminologies.module import MODULE
from socle.foundations.terminologies.permissions import REGISTER
from socle.kernel.module import House, Settings
from socle.kernel.pages import exception_handlers, portal_routes
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database


def pages(database: Database, register: Repository) -> Starlette:
    """An application with these pages, for a reader who is nobody."""
    settings = Settings(Path("/nowhere"), demo=False, population=0, url="http://socle.test")
    house = House(settings, (MODULE,), {REGISTER: register}, database, lambda: NOW, Authenticators([]), b"0" * 32)
    assert MODULE.routes is not None
    routes = [*portal_routes(house), *MODULE.routes(house)]
    return Starlette(routes=routes, exception_handlers=exception_handlers(house))
