"""Follows what is committed and tells who asked: one queue for each subscription, delivered in order, again when it fails.

`react` is the consumer of the durable outbox: it decides which subscriptions an event concerns and numbers it in their queues,
in the order of the commits. `run_forever` empties the queues, each in its own task, so that a slow receiver holds up no other.
What is sent is decided at the moment of sending: what the owner of the subscription may read by then, with its trace.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any, Final
from weakref import WeakKeyDictionary, ref

import structlog

from socle.kernel.fhir.json import parse
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outbound.hooks import Failed, Hooks
from socle.kernel.outcome import Decision, Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.seal import Seal
from socle.kernel.search.matching import Seen, holds
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json, Stored, Unit
from socle.kernel.store.postgres.database import PostgresDatabase
from socle.kernel.subscription import desk
from socle.kernel.subscription.reading import Subscription, read
from socle.kernel.subscription.sending import Place, Sending, Socket, Withheld, delay, trace_of

CONSUMER: Final = "subscription"
POLL: Final = 1.0
RELOAD: Final = 30.0  # seconds
MOST_ATTEMPTS: Final = 10  # then an event is a dead letter, and the subscription is in error
MOST_WAITING: Final = 10_000  # of a subscription to which nothing arrives any more: then it is switched off
SILENCE: Final = timedelta(hours=1)  # nothing arrives any more
MOST_AT_ALL: Final = 1_000_000  # of any: a receiver that answers empties its queue after a large import
_LIVE: Final = ("requested", "active", "error")

log = structlog.get_logger("socle.subscription")


@dataclass(slots=True)
class _Watch:
    """A subscription followed. `kept`: its events are queued, for it was active once."""

    subscription: Subscription
    kept: bool
    sockets: set[Socket] = field(default_factory=set)


# By weak references on both sides: what follows a register holds its repository, and both end with their house.
_following: "WeakKeyDictionary[Repository, ref[Subscriptions]]" = WeakKeyDictionary()


def following(repository: Repository) -> "Subscriptions | None":
    """What follows the subscriptions of a register, None when nothing does."""
    found = _following.get(repository)
    return None if found is None else found()


class Subscriptions:
    """The subscriptions of a house.

    known     the actor of an id as they are now, None when they are no more
    may_read  whether an actor may read a type of a register
    seal      closes the keys that sign what is sent, and opens them to sign (decision 0027)
    """

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
        draw: Callable[[], bytes] = lambda: token_bytes(32),
    ) -> None:
        self._database = database
        self._places = places
        self.hooks = hooks
        self._clock = clock
        self._seal = seal
        self._sending = Sending(database, places, hooks, clock, known=known, may_read=may_read, seal=seal)
        self._draw = draw
        self._watched: dict[tuple[str, str], _Watch] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        _following.update({place.repository: ref(self) for place in places.values()})

    def key_of(self, subscriber: desk.Subscriber) -> bytes:
        """The key that signs what a subscriber is sent. Raises: Unsealable."""
        return self._sending.key_of(subscriber)

    # -- following -----------------------------------------------------------------------------------------------------

    async def load(self, register: str) -> None:
        """Follow the subscriptions that are in the register, and no other: at start, before anything is written, and now and
        then, for what another worker wrote or emptied.
        """
        repository = self._places[register].repository
        await self._seal_kept(register)
        before = {key for key in self._watched if key[0] == register}
        self._database.interest(register, "Subscription", CONSUMER)
        code = repository.definitions.type_code("Subscription")
        rows = await repository.store.query(
            f"SELECT rid, type, fid, version, updated, deleted, subject, body FROM {repository.store.schema}.resource "
            "WHERE type = $1 AND NOT deleted",
            code,
        )
        for row in rows:
            await self._follow(register, repository.store.stored(row))
        for key in before - {(register, row["fid"]) for row in rows}:
            await self._leave(key)

    async def _seal_kept(self, register: str) -> None:
        """Seal the keys that an earlier version of the house left in clear."""
        found = await desk.in_clear(self._database, register)
        if found:
            sealed = [(id, self._closed(register, id, key)) for id, key in found]
            await desk.seal_kept(self._database, register, sealed)

    def _closed(self, register: str, id: str, key: bytes) -> bytes:
        return self._seal.close(key.hex(), bound=desk.bound_to(register, id))

    async def react(self, register: str, versions: Sequence[Stored]) -> None:
        """Take committed versions, in order: a Subscription is followed, anything else may be an event."""
        pending: list[Stored] = []
        for stored in versions:
            if stored.type != "Subscription":
                pending.append(stored)
                continue
            await self._queue(register, pending)  # by the subscriptions as they were then
            pending = []
            await self._follow(register, stored)
        await self._queue(register, pending)

    async def _queue(self, register: str, versions: Sequence[Stored]) -> None:
        """Number what happened in the queues that it concerns, all in one statement."""
        watched: dict[str, list[tuple[str, _Watch]]] = {}
        for (where, id), watch in self._watched.items():
            if where == register and watch.kept:
                watched.setdefault(watch.subscription.type, []).append((id, watch))
        concerned = [stored for stored in versions if stored.type in watched]
        by_topic = [one for one in concerned if any(each.subscription.by_topic for _, each in watched[one.type])]
        before = await self._before(register, by_topic)
        repository = self._places[register].repository
        happened: list[tuple[str, Stored]] = []
        for stored in concerned:
            seen = None if stored.deleted else _seen(repository, stored)
            was = before.get(stored.seq)
            for id, watch in watched[stored.type]:
                one = watch.subscription
                held = was is not None and holds(one.conditions, was)
                if one.topic.happens(stored.op, held, seen is not None and holds(one.conditions, seen)):
                    happened.append((id, stored))
        if not happened:
            return
        numbered = await desk.add(self._database, register, happened)
        self._wake.set()
        for id, numbers in numbered.items():
            if max(numbers) // 100 > (min(numbers) - 1) // 100:  # not each time: it counts a queue
                await self._bound(register, id)

    async def _bound(self, register: str, id: str) -> None:
        """Switch off a subscription whose queue is too long."""
        found = await desk.find(self._database, register, id)
        watch = self._watched.get((register, id))
        if found is None or watch is None:
            return
        heard = found.delivered or found.since
        silent = heard is None or self._clock() - heard >= SILENCE
        most = MOST_WAITING if silent else MOST_AT_ALL
        if found.waiting > most:
            watch.kept = False
            text = f"plus de {most} événements en attente / more than {most} events waiting"
            await self._set_status(register, id, "off", text)

    async def _before(self, register: str, versions: Sequence[Stored]) -> dict[int, Seen]:
        """What the version before each was, by the place of its successor; absent when there was none."""
        repository = self._places[register].repository
        later = [stored for stored in versions if stored.version > 1]
        if not later:
            return {}
        found = await repository.store.vread_many([(one.type, one.id, one.version - 1) for one in later])
        return {
            one.seq: _seen(repository, was)
            for one, was in zip(later, found, strict=True)
            if was is not None and not was.deleted
        }

    async def _follow(self, register: str, stored: Stored) -> None:
        """Follow a version of a Subscription: begin, go on, or stop."""
        key = (register, stored.id)
        if stored.deleted:
            await self._leave(key)
            await desk.forget(self._database, register, stored.id)
            return
        repository = self._places[register].repository
        try:
            subscription = read(parse(stored.body), repository, self._clock())
        except Problem as problem:  # stored before the rule was, or by another way in
            await self._leave(key)
            await self._set_status(register, stored.id, "off", problem.issues[0].text.en, expect=stored.version)
            return
        if subscription.status not in _LIVE:
            await self._leave(key)
            return
        self._database.interest(register, subscription.type, CONSUMER)
        sealed = self._closed(register, stored.id, self._draw())
        subscriber = await desk.known(self._database, register, stored.id, sealed)
        watch = self._watched.get(key)
        if watch is None or watch.subscription.version <= subscription.version:
            kept = subscriber.since is not None
            sockets = watch.sockets if watch is not None else set()
            if subscription.status == "error":
                await _end(sockets)
                sockets = set()
            self._watched[key] = _Watch(subscription, kept, sockets)
        self._wake.set()

    async def _leave(self, key: tuple[str, str]) -> None:
        """Follow a subscription no more."""
        watch = self._watched.pop(key, None)
        if watch is not None:
            await _end(watch.sockets)

    # -- delivering ----------------------------------------------------------------------------------------------------

    async def run_forever(self) -> None:
        """Deliver until cancelled."""
        loaded = time.monotonic()
        try:
            while True:
                self._wake.clear()
                with suppress(Problem):  # the database is away: it will be asked again
                    if time.monotonic() - loaded >= RELOAD:
                        loaded = time.monotonic()
                        for register in self._places:
                            await self.load(register)
                    await self.look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self._wake.wait()
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await self.hooks.close()

    async def look(self) -> None:
        """Start what there is to do now, each subscription in its own task."""
        if not self._watched:
            return
        now = self._clock()
        due = {(register, id) for register in self._places for id in await desk.due(self._database, register, now)}
        for key, watch in list(self._watched.items()):
            if key in self._tasks:
                continue
            one = watch.subscription
            if one.end is not None and one.end < now:
                self._start(key, self._end(*key))
            elif one.status == "requested":
                self._start(key, self._activate(*key, watch))
            elif one.status == "active" and key in due and (one.channel == "rest-hook" or watch.sockets):
                self._start(key, self._deliver(*key, watch))
            elif one.status == "active" and one.heartbeat and one.by_topic:
                self._start(key, self._beat(*key, watch))

    async def settle(self) -> None:
        """Wait for what was started (tests do; so does a clean stop)."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await asyncio.sleep(0)

    def _start(self, key: tuple[str, str], work: Any) -> None:
        async def run() -> None:
            try:
                await work
            except Problem:
                pass  # the database is away: it will be tried again
            except Exception as error:
                log.error("subscription", register=key[0], error=type(error).__qualname__)
            finally:
                del self._tasks[key]

        self._tasks[key] = asyncio.create_task(run(), name=f"subscription {key[0]} {key[1]}")

    async def _end(self, register: str, id: str) -> None:
        await self._leave((register, id))
        await self._set_status(register, id, "off", "")

    async def _activate(self, register: str, id: str, watch: _Watch) -> None:
        """The handshake: whoever answers is told of what follows."""
        one = watch.subscription
        subscriber = await desk.known(self._database, register, id, self._draw())
        try:
            await self._sending.handshake(register, one, subscriber)
        except Failed as failure:
            await self._set_status(register, id, "error", f"handshake: {failure.reason}", expect=one.version)
            return
        await desk.since(self._database, register, id, self._clock())
        if one.channel == "rest-hook":
            await desk.sent(self._database, register, id, [], self._clock())  # the handshake arrived
        watch.kept = True
        await self._set_status(register, id, "active", "", expect=one.version)

    async def _beat(self, register: str, id: str, watch: _Watch) -> None:
        one = watch.subscription
        if one.channel == "websocket" and not watch.sockets:
            return  # nobody listens: nobody to give a sign to
        subscriber = await desk.find(self._database, register, id)
        now = self._clock()
        if subscriber is None or (subscriber.due is not None and subscriber.due > now):
            return
        last = max(filter(None, (subscriber.delivered, subscriber.since)), default=None)
        if last is None or now - last < timedelta(seconds=one.heartbeat):
            return
        try:
            await self._sending.beat(register, one, subscriber, watch.sockets)
        except Failed as failure:
            due = now + min(delay(subscriber.attempts + 1), timedelta(seconds=one.heartbeat))  # events wait for it too
            await desk.failed(self._database, register, id, [], failure.reason, due, now, dead=False)
        else:
            await desk.sent(self._database, register, id, [], now)

    async def _deliver(self, register: str, id: str, watch: _Watch) -> None:
        """Send what waits, in order, until one fails or none is left."""
        one = watch.subscription
        while self._watched.get((register, id)) is watch:
            happened = await desk.next_events(self._database, register, id, one.at_once)
            subscriber = await desk.find(self._database, register, id)
            if not happened or subscriber is None:
                return
            numbers = [event.number for event in happened]
            try:
                await self._sending.tell(register, one, subscriber, watch.sockets, happened)
            except Failed as failure:
                now = self._clock()
                attempts = happened[0].attempts + 1
                dead = attempts >= MOST_ATTEMPTS
                due = now + delay(attempts)
                await desk.failed(self._database, register, id, numbers, failure.reason, due, now, dead=dead)
                if dead:
                    await self._set_status(register, id, "error", failure.reason)
                return
            except Withheld as withheld:
                await self._set_status(register, id, "error", str(withheld))
                return
            await desk.sent(self._database, register, id, numbers, self._clock())

    # -- websockets ----------------------------------------------------------------------------------------------------

    def bound_to(self, register: str, id: str) -> Subscription | None:
        """The subscription that a websocket may be bound to, None when there is none."""
        watch = self._watched.get((register, id))
        return watch.subscription if watch is not None and watch.subscription.channel == "websocket" else None

    def bind(self, register: str, id: str, socket: Socket) -> None:
        """Tell a websocket of the events of a subscription, those that wait first."""
        watch = self._watched.get((register, id))
        if watch is not None:
            watch.sockets.add(socket)
            self._wake.set()

    def unbind(self, socket: Socket) -> None:
        """It is closed."""
        for watch in self._watched.values():
            watch.sockets.discard(socket)

    # -- states --------------------------------------------------------------------------------------------------------

    async def revive(self, register: str, id: str) -> None:
        """Make a subscription in error active again, without a handshake: an operator says so.

        One that its owner, or its end, switched off stays off.
        """
        current = await self._places[register].repository.read("Subscription", id)
        if current is None or current.deleted or parse(current.body).get("status") not in ("active", "error"):
            return
        await desk.since(self._database, register, id, self._clock())
        await self._set_status(register, id, "active", "", expect=current.version)

    async def _set_status(self, register: str, id: str, status: str, error: str, *, expect: int | None = None) -> None:
        """Write a new version of the Subscription, unless somebody else wrote meanwhile; follow it at once."""
        repository = self._places[register].repository
        current = await repository.read("Subscription", id)
        if current is None or current.deleted or (expect is not None and current.version != expect):
            return
        resource: Json = parse(current.body)
        if resource.get("status") == status and resource.get("error", "") == error:
            return
        resource["status"] = status
        resource.pop("error", None)
        if error:
            resource["error"] = error
        trace = trace_of(register, None, None, "house", self._clock())
        try:
            [stored] = await repository.commit(Unit((repository.put(resource, id=id, expect=current.version),), trace))
        except Problem as problem:
            if problem.kind in (Kind.CONFLICT, Kind.PRECONDITION_FAILED):
                return  # whoever wrote decides
            raise
        await self._follow(register, stored)


async def _end(sockets: set[Socket]) -> None:
    """Close the websockets of a subscription that tells nothing any more: a silence would pass for nothing to tell."""
    for socket in list(sockets):
        await socket.end()


def _seen(repository: Repository, stored: Stored) -> Seen:
    keys = repository.indexer.keys(parse(stored.body), stored.id)
    return Seen(keys, resource_key(stored.type, stored.id), stored.id, stored.updated)


__all__ = ["CONSUMER", "Place", "Socket", "Subscriptions"]
