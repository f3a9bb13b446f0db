"""Who is asking: the interface that API keys and the demo login fill today, and Pro Santé Connect tomorrow."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from socle.kernel.policy import Actor


class Authenticator(Protocol):
    """Turns what a request presents into an Actor."""

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        """The actor proven by `headers` (lower-case names) or `cookies`; ANONYMOUS when nothing is presented.

        Raises: Problem(UNAUTHENTICATED) when something is presented that proves nobody.
        """


@runtime_checkable
class AtOnce(Protocol):
    """An Authenticator that can say who is asking without waiting, most of the time."""

    def at_once(self, headers: Mapping[str, str]) -> Actor | None:
        """What `identify` answers to these headers without cookies, None when it has to be asked."""
