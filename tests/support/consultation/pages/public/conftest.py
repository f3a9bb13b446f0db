"""Readers of a house whose consultation "c26" is open: with a browser or without, logged in or not."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from tests.support.consultation.pages.public.houses import Clock, application, cookie, house

from socle.support.consultation.actions import Forum

Reader = Callable[..., httpx.AsyncClient]


@pytest.fixture
def clock() -> Clock:
    """The hour of the house, for tests to change."""
    return Clock()


@pytest.fixture
async def reader(forum: Forum, clock: Clock) -> AsyncIterator[Reader]:
    """Somebody who reads: `reader()` is nobody, `reader("anne")` is Anne."""
    transport = httpx.ASGITransport(application(house(forum.database, clock)))
    opened: list[httpx.AsyncClient] = []

    def make(who: str = "") -> httpx.AsyncClient:
        cookies = cookie(who, clock) if who else {}
        opened.append(httpx.AsyncClient(transport=transport, base_url="http://house.example", cookies=cookies))
        return opened[-1]

    yield make
    for one in opened:
        await one.aclose()
