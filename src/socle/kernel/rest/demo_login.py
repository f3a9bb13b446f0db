"""The demonstration login: a signed cookie that says which demonstration person is at the keyboard. It proves nothing.

It exists only on a house started with its demonstration; Pro Santé Connect will take its place behind the same
interface. A cookie is sent by the browser without anybody's intent, so one that is worn out, forged or left over from
another house counts as nothing presented: the reader is anonymous and meets the login page, not an error.
"""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from socle.kernel.policy import ANONYMOUS, Actor, Means

COOKIE: Final = "socle_demo"
LIFETIME: Final = timedelta(hours=10)  # a working day
_LONGEST: Final = 200


class DemoLogin:
    """Authenticator over the demonstration cookie.

    people  who can be chosen, by a short name that goes into the cookie; empty on a house without demonstration
    secret  the house's secret: the signature depends on it, so cookies of another house are worth nothing
    secure  whether the house is reached by https only
    """

    def __init__(
        self, people: Mapping[str, Actor], secret: bytes, clock: Callable[[], datetime], *, secure: bool = False
    ) -> None:
        if any(actor.means is not Means.DEMO for actor in people.values()):
            raise ValueError("a demonstration person must say so: means DEMO")
        self._people = dict(people)
        self._secret = hmac.digest(secret, b"socle demonstration login 1", "sha256")
        self._clock = clock
        self._secure = secure

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        """The person whose cookie this is, ANONYMOUS otherwise. Never raises."""
        cookie = cookies.get(COOKIE)
        return ANONYMOUS if not cookie else self._person(cookie)

    def at_once(self, headers: Mapping[str, str]) -> Actor:
        """Nobody: only a cookie proves who it is."""
        return ANONYMOUS

    def log_in(self, name: str) -> str:
        """The Set-Cookie header that makes the browser this person.

        Raises: KeyError when there is no such person (always, without demonstration).
        """
        self._people[name]
        expires = int((self._clock() + LIFETIME).timestamp())
        said = f"{name}.{expires}"
        return self._header(f"{said}.{self._sign(said)}", int(LIFETIME.total_seconds()))

    def log_out(self) -> str:
        """The Set-Cookie header that makes the browser nobody again."""
        return self._header("", 0)

    def _person(self, cookie: str) -> Actor:
        said, _, signature = cookie.rpartition(".")
        if len(cookie) > _LONGEST or not hmac.compare_digest(signature.encode(), self._sign(said).encode()):
            return ANONYMOUS
        name, _, expires = said.rpartition(".")  # signed by us: it has the shape that we gave it
        if int(expires) <= self._clock().timestamp():
            return ANONYMOUS
        return self._people.get(name, ANONYMOUS)

    def _sign(self, said: str) -> str:
        return hmac.new(self._secret, said.encode("utf-8", "replace"), sha256).hexdigest()

    def _header(self, value: str, age: int) -> str:
        # Strict: no other site can make the browser send it. HttpOnly: no script can read it.
        secure = "; Secure" if self._secure else ""
        return f"{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"
