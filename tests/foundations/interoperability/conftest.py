"""The pages and the engine of interoperability, reached without a network; without a database; and a whole sandbox."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette
from tests.foundations.interoperability.houses import house_template, sandbox

from socle.foundations.interoperability.module import MODULE
from socle.kernel.module import House, Settings
from socle.kernel.pages import exception_handlers, portal_routes
from socle.kernel.rest.authenticators import Authenticators

__all__ = ["house_template", "sandbox"]
NOW = datetime(2026, 5, 4, 9, 12, 45, tzinfo=UTC)


class Empty:
    """A database that holds nothing."""

    async def query(self, sql: str, *args: Any) -> list[Any]:
        return []


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    """A house with this module only."""
    settings = Settings(tmp_path, demo=True, population=0, url="http://socle.test")
    empty = cast(Any, Empty())
    house = House(settings, (MODULE,), {}, empty, lambda: NOW, Authenticators([]), b"0" * 32)
    assert MODULE.routes is not None
    routes = [*portal_routes(house), *MODULE.routes(house)]
    return Starlette(routes=routes, exception_handlers=exception_handlers(house))


@pytest.fixture
def client(app: Starlette) -> httpx.AsyncClient:
    """Software or a browser that is nobody."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://socle.test")
