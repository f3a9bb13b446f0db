"""Ways of proving who one is, in order."""

from collections.abc import Mapping

import pytest

from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS, Actor, Means
from socle.kernel.rest.authenticators import Authenticators


class Recognises:
    """Knows one header."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        return Actor(self.name, self.name, means=Means.API_KEY) if self.name in headers else ANONYMOUS


BOTH = Authenticators([Recognises("first"), Recognises("second")])


async def test_the_first_that_recognises_answers() -> None:
    assert (await BOTH.identify({"first": "", "second": ""}, {})).id == "first"


async def test_the_next_one_is_tried_when_the_first_knows_nothing() -> None:
    assert (await BOTH.identify({"second": ""}, {})).id == "second"


async def test_nothing_presented_is_nobody() -> None:
    assert await BOTH.identify({}, {}) is ANONYMOUS


async def test_who_presents_something_unknown_is_refused_rather_than_served_as_nobody() -> None:
    with pytest.raises(Problem) as caught:
        await BOTH.identify({"authorization": "Basic YTpi"}, {})
    assert caught.value.kind is Kind.UNAUTHENTICATED
    assert ("WWW-Authenticate", 'Bearer realm="socle"') in caught.value.headers
