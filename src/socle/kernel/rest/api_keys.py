"""Access keys: `Authorization: Bearer socle_…` → Actor, remembered for a few seconds.

What is remembered is the SHA-256 of a key, never the key. Looking up a digest leaks nothing by its timing: whoever
tries keys cannot choose how close the digest of a guess comes to a stored one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Final, TypeVar

from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS, Actor
from socle.kernel.store.actors import KEY_PREFIX, Holder, key_hash

TTL: Final = 5.0  # seconds: a revocation takes effect within this time, in every worker
_PREFIX: Final = "Bearer " + KEY_PREFIX
_LONGEST: Final = 200  # characters; ours have 49
_REALM: Final = ("WWW-Authenticate", 'Bearer realm="socle", error="invalid_token"')

_V = TypeVar("_V")
Find = Callable[[bytes], Awaitable[Holder | None]]
Used = Callable[[Holder], Awaitable[None]]


class ApiKeys:
    """Authenticator over access keys. `find` asks the store; `used` notes the day of use (once per look-up)."""

    def __init__(
        self,
        find: Find,
        *,
        used: Used | None = None,
        ttl: float = TTL,
        size: int = 10_000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._find = find
        self._used = used
        self._ttl = ttl
        self._size = size
        self._clock = clock
        self._known: dict[bytes, tuple[Actor, float]] = {}
        self._unknown: dict[bytes, float] = {}  # apart, so that a flood of guesses never drives out a real key
        self._asking: dict[bytes, asyncio.Task[Holder | None]] = {}

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        """The holder of the key presented; ANONYMOUS when there is no key of ours.

        Raises: Problem(UNAUTHENTICATED) when the key is unknown or revoked.
        """
        key = _presented(headers)
        if key is None:
            return ANONYMOUS
        if len(key) > _LONGEST:
            raise refused()
        hashed = key_hash(key)
        return self._remembered(hashed) or await self._look_up(hashed)

    def at_once(self, headers: Mapping[str, str]) -> Actor | None:
        """The holder of the key presented, when it is remembered; ANONYMOUS when there is no key of ours."""
        key = _presented(headers)
        if key is None:
            return ANONYMOUS
        return None if len(key) > _LONGEST else self._remembered(key_hash(key))

    def _remembered(self, hashed: bytes) -> Actor | None:
        known = self._known.get(hashed)
        return known[0] if known is not None and known[1] > self._clock() else None

    def forget(self) -> None:
        """Remember nothing: what was revoked here is refused at once."""
        self._known.clear()
        self._unknown.clear()

    async def _look_up(self, hashed: bytes) -> Actor:
        now = self._clock()
        if self._unknown.get(hashed, 0.0) > now:
            raise refused()
        asking = self._asking.get(hashed)
        if asking is None:  # requests that come together ask once
            asking = asyncio.get_running_loop().create_task(self._ask(hashed))
            self._asking[hashed] = asking
            asking.add_done_callback(lambda _: self._asking.pop(hashed, None))
        holder = await asyncio.shield(asking)
        if holder is None:
            raise refused()
        return holder.actor

    async def _ask(self, hashed: bytes) -> Holder | None:
        holder = await self._find(hashed)
        expires = self._clock() + self._ttl
        if holder is None:
            self._known.pop(hashed, None)
            _keep(self._unknown, hashed, expires, self._size)
            return None
        _keep(self._known, hashed, (holder.actor, expires), self._size)
        if self._used is not None:
            await self._used(holder)
        return holder


def _presented(headers: Mapping[str, str]) -> str | None:
    """The access key in an Authorization header, None when it holds none."""
    presented = headers.get("authorization")
    if presented is None:
        return None
    if presented.startswith(_PREFIX):
        return presented[7:]
    if presented[: len(_PREFIX)].lower() == _PREFIX.lower():  # RFC 9110: the scheme is case-insensitive
        return presented[7:].lstrip()
    return None


def refused() -> Problem:
    """The answer to a key that proves nobody."""
    problem = Problem.of(
        Kind.UNAUTHENTICATED,
        "Cette clé d'accès est inconnue ou révoquée : demandez-en une autre à l'exploitant.",
        "This access key is unknown or revoked: ask the operator for another one.",
        rule="SOCLE-KEY",
    )
    problem.headers = (_REALM,)
    return problem


def _keep(memory: dict[bytes, _V], hashed: bytes, value: _V, size: int) -> None:
    memory.pop(hashed, None)
    while len(memory) >= size:
        del memory[next(iter(memory))]  # the oldest: dicts keep their order
    memory[hashed] = value
