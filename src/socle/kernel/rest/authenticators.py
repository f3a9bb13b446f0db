"""Several ways of proving who one is, tried in order.

Pro Santé Connect will be one more line where they are put together.
"""

from collections.abc import Mapping, Sequence

from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS, Actor
from socle.kernel.rest.identify import AtOnce, Authenticator


class Authenticators:
    """The first that recognises what is presented answers."""

    def __init__(self, authenticators: Sequence[Authenticator]) -> None:
        self._authenticators = tuple(authenticators)
        self._ready = [one for one in self._authenticators if isinstance(one, AtOnce)]

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        """The actor proven; ANONYMOUS when nothing is presented.

        Raises: Problem(UNAUTHENTICATED) when an Authorization header is presented that proves nobody: the caller
        meant to be someone, and must not be served as nobody.
        """
        for authenticator in self._authenticators:
            actor = await authenticator.identify(headers, cookies)
            if actor.is_authenticated:
                return actor
        if "authorization" in headers:
            problem = Problem.of(
                Kind.UNAUTHENTICATED,
                "L'en-tête Authorization n'est pas d'une forme connue : attendu « Bearer socle_… ».",
                "The Authorization header has no known form: expected “Bearer socle_…”.",
                rule="SOCLE-KEY",
            )
            problem.headers = (("WWW-Authenticate", 'Bearer realm="socle"'),)
            raise problem
        return ANONYMOUS

    def at_once(self, headers: Mapping[str, str]) -> Actor | None:
        """As `identify`, of headers without cookies; None when one of them has to wait, or would refuse."""
        if len(self._ready) < len(self._authenticators):
            return None
        for authenticator in self._ready:
            actor = authenticator.at_once(headers)
            if actor is None or actor.is_authenticated:
                return actor
        return None if "authorization" in headers else ANONYMOUS
