"""What leaves for who subscribed: what its owner may read at that moment, with its trace, signed, by its channel."""

from collections.abc import Awaitable, Callable, Mapping, MutableSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.media import JSON, XML
from socle.kernel.outbound.hooks import Failed, Hooks
from socle.kernel.outcome import Decision, Problem
from socle.kernel.policy import Actor, Means
from socle.kernel.seal import Seal, Unsealable
from socle.kernel.search.repository import Repository
from socle.kernel.store import Stored
from socle.kernel.store.postgres.database import PostgresDatabase
from socle.kernel.subscription import desk, forms
from socle.kernel.subscription.forms import Happened
from socle.kernel.subscription.reading import Subscription

FIRST_DELAY: Final = timedelta(seconds=1)
LONGEST_DELAY: Final = timedelta(minutes=10)


class Socket(Protocol):
    """A websocket bound to a subscription."""

    async def tell(self, text: str) -> None:
        """Send. Raises: Failed."""

    async def end(self) -> None:
        """Close it: nothing will come any more, and who listens must know."""


@dataclass(frozen=True, slots=True)
class Place:
    """A register that can be subscribed to: its repository and the base URL of its server."""

    repository: Repository
    base: str


class Withheld(Exception):
    """The owner may not read what would be sent."""


class Sending:
    """Sends for the subscriptions of a house. The arguments are those of `Subscriptions`."""

    def __init__(
        self,
        database: PostgresDatabase,
        places: Mapping[str, Place],
        hooks: Hooks,
        clock: Callable[[], datetime],
        *,
        known: Callable[[str], Awaitable[Actor | None]],
        may_read: Callable[[Actor, str, str], Decision],
        seal: Seal,
    ) -> None:
        self._database = database
        self._places = places
        self._hooks = hooks
        self._clock = clock
        self._known = known
        self._may_read = may_read
        self._seal = seal

    def key_of(self, subscriber: desk.Subscriber) -> bytes:
        """The key that signs what is sent to a subscriber. Raises: Unsealable."""
        return bytes.fromhex(self._seal.open(subscriber.sealed, bound=subscriber.bound))

    async def handshake(self, register: str, one: Subscription, subscriber: desk.Subscriber) -> None:
        """Tell an endpoint that it will be told; nothing of a websocket, which comes by itself. Raises: Failed."""
        if one.channel != "rest-hook":
            return
        body = b""
        if one.by_topic:
            base = self._places[register].base
            body = forms.written(one, forms.notification(one, base, "handshake", subscriber.events, self._clock()))
        await self._post(one, subscriber, "POST", one.endpoint, body)

    async def beat(
        self, register: str, one: Subscription, subscriber: desk.Subscriber, sockets: MutableSet[Socket]
    ) -> None:
        """A sign of life. Raises: Failed."""
        base = self._places[register].base
        body = forms.written(one, forms.notification(one, base, "heartbeat", subscriber.events, self._clock()))
        await self._send(one, subscriber, sockets, body)

    async def tell(
        self,
        register: str,
        one: Subscription,
        subscriber: desk.Subscriber,
        sockets: MutableSet[Socket],
        happened: list[Happened],
    ) -> None:
        """Tell of what happened, in the form that was asked. Raises: Failed, Withheld."""
        place = self._places[register]
        versions = await self._allowed(register, one, happened)
        if one.by_topic:
            pairs = list(zip(happened, versions, strict=True))
            bundle = forms.notification(one, place.base, "event-notification", subscriber.events, self._clock(), pairs)
            await self._send(one, subscriber, sockets, forms.written(one, bundle))
        elif one.channel == "websocket":
            await self._send(one, subscriber, sockets, f"ping {one.id}".encode())
        else:
            [event], [stored] = happened, versions
            headers = {forms.EVENT: str(event.number)}
            if one.content == "full-resource" and stored is not None:
                url = f"{one.endpoint.rstrip('/')}/{event.type}/{event.id}"
                body = forms.written(one, parse(stored.body)) if one.payload == XML else stored.body
                await self._post(one, subscriber, "PUT", url, body, headers)
            else:
                await self._post(one, subscriber, "POST", one.endpoint, b"", headers)

    async def _allowed(self, register: str, one: Subscription, happened: list[Happened]) -> list[Stored | None]:
        """The versions to send, if the owner may read them now; each person's data that go leave a trace.

        Raises: Withheld.
        """
        place = self._places[register]
        owner = await self._known(one.owner)
        decision = self._may_read(owner, register, one.type) if owner is not None else None
        ground = decision.reason if decision is not None and decision.allowed else ""
        trace = trace_of(register, owner, one, ground or "refused", self._clock())
        entities = tuple(f"{event.type}/{event.id}/_history/{event.version}" for event in happened)
        if decision is None or not decision.allowed:
            detail = f"Subscription/{one.id}"
            await self._database.record(register, Event(trace, Action.READ, Outcome.REFUSED, entities, detail=detail))
            raise Withheld("le propriétaire ne peut plus lire ces données / the owner may not read these data any more")
        if one.content == "empty":
            return [None] * len(happened)
        versions = await place.repository.store.vread_many([(e.type, e.id, e.version) for e in happened])
        if one.type in place.repository.register.personal:
            concerns = tuple(dict.fromkeys(v.subject for v in versions if v is not None and v.subject is not None))
            detail = f"Subscription/{one.id}"
            event = Event(trace, Action.READ, Outcome.SUCCESS, entities, concerns, detail=detail)
            await self._database.record(register, event)
        return versions if one.content == "full-resource" else [None] * len(happened)

    async def _send(
        self, one: Subscription, subscriber: desk.Subscriber, sockets: MutableSet[Socket], body: bytes
    ) -> None:
        """By the channel of the subscription. Raises: Failed."""
        if one.channel == "rest-hook":
            await self._post(one, subscriber, "POST", one.endpoint, body)
            return
        arrived = 0
        for socket in list(sockets):
            try:
                await socket.tell(body.decode())
                arrived += 1
            except Failed:
                sockets.discard(socket)
        if not arrived:
            raise Failed("no websocket")

    async def _post(
        self,
        one: Subscription,
        subscriber: desk.Subscriber,
        method: str,
        url: str,
        body: bytes,
        more: Mapping[str, str] | None = None,
    ) -> None:
        try:
            key = self.key_of(subscriber)
        except Unsealable as unsealable:
            raise Failed(
                "the signing key does not open any more: delete this subscription, create another"
            ) from unsealable
        headers = {**dict(one.headers), forms.SIGNATURE: forms.signature(key, body), **(more or {})}
        if body:
            headers["Content-Type"] = one.payload or JSON
        try:
            await self._hooks.send(method, url, headers, body, timeout=float(one.timeout))
        except Problem as problem:  # an address that is not allowed (any more)
            raise Failed(problem.issues[0].text.en) from problem


def trace_of(register: str, owner: Actor | None, one: Subscription | None, ground: str, now: datetime) -> Trace:
    """The trace of what is done for a subscription, in the name of its owner, or by the house when it has none."""
    who = owner or Actor(one.owner if one is not None else "house", "Socle" if one is None else "")
    return Trace(
        who.id,
        who.name,
        " ".join(sorted(who.roles)),
        who.structure,
        str(Means.SYSTEM),
        ground,
        now,
        register,
        "subscription",
    )


def delay(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure: 1 s, 2 s, 4 s … at most ten minutes."""
    return min(FIRST_DELAY * (1 << min(attempts - 1, 20)), LONGEST_DELAY)
