"""Subscriptions over FHIR and websockets: what a Subscription must be to be stored, `$status`, `$events`,
`$get-ws-binding-token`, `$signing-key` (ours), and the websocket itself.

Sources: FHIR R4 subscription.html; Subscriptions R5 Backport IG 1.1.0.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from socle.foundations.interoperability.permissions import READ, SANDBOX
from socle.kernel.audit import Action, Event
from socle.kernel.fhir.json import parse
from socle.kernel.module import House
from socle.kernel.outbound.hooks import Failed, Reach
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Actor
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.seal import Unsealable
from socle.kernel.store import Change, Json, Put, Stored, Unit
from socle.kernel.subscription import desk, forms
from socle.kernel.subscription.reading import BACKPORT, Subscription, owned, owner_of, read
from socle.kernel.subscription.service import Socket, following
from socle.kernel.subscription.topics import TOPICS

PATH: Final = "/sandbox/websocket"
MOST_EVENTS: Final = 1_000
TOKEN_LIFE: Final = timedelta(minutes=10)
SILENCE: Final = 60.0  # seconds to bind
_GOING_AWAY: Final = 1001
_FORM: Final = Reach(loopback=True)  # the form of an address only: where it may lead is judged when it is reached
_IG: Final = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition"
PROFILE: Final = f"{BACKPORT}/backport-subscription"
CAPABILITIES: Final = tuple(
    {"url": f"{BACKPORT}/capabilitystatement-subscriptiontopic-canonical", "valueCanonical": url} for url in TOPICS
)


# -- what may be stored ------------------------------------------------------------------------------------------------


async def admit(change: Change, current: Stored | None, call: Call) -> Change:
    """A Subscription is readable, belongs to who wrote it, and starts as `requested`; only its owner changes it.

    Raises: Problem(RULE_VIOLATED | INVALID | FORBIDDEN).
    """
    if change.type != "Subscription":
        return change
    if current is not None:
        _check_theirs(parse(current.body), call.actor)
    if not isinstance(change, Put):
        return change
    resource = change.resource
    subscription = read(resource, call.repository, call.now)
    if subscription.endpoint:
        _FORM.check(subscription.endpoint) if subscription.channel == "rest-hook" else None
    status = "off" if subscription.status == "off" else "requested"
    changed = owned(resource, call.actor.id, status)
    return call.repository.put(changed, id=change.id, expect=change.expect, fresh=change.fresh)


def _check_theirs(resource: Json, actor: Actor) -> None:
    if owner_of(resource) not in ("", actor.id) and "operator" not in actor.roles:
        raise Problem.of(
            Kind.FORBIDDEN,
            "Cet abonnement appartient à quelqu'un d'autre.",
            "This subscription belongs to somebody else.",
            rule="SOCLE-SUBSCRIPTION-OWNER",
        )


# -- operations --------------------------------------------------------------------------------------------------------


def operations() -> tuple[Operation, ...]:
    """For the sandbox's Endpoint."""
    types = ("Subscription",)
    return (
        Operation(
            "status",
            Text("État d'un abonnement.", "State of a subscription."),
            READ,
            _status,
            "instance",
            types,
            writes=False,
            definition=f"{_IG}/backport-subscription-status",
        ),
        Operation(
            "events",
            Text("Événements d'un abonnement, par numéro.", "Events of a subscription, by number."),
            READ,
            _events,
            "instance",
            types,
            ("eventsSinceNumber", "eventsUntilNumber", "content"),
            writes=False,
            definition=f"{_IG}/backport-subscription-events",
        ),
        Operation(
            "get-ws-binding-token",
            Text(
                "Un jeton, à usage unique, qui ouvre le websocket.", "A token, for one use, that opens the websocket."
            ),
            READ,
            _token,
            "instance",
            types,
            writes=False,
            definition=f"{_IG}/backport-subscription-get-ws-binding-token",
        ),
        Operation(
            "signing-key",
            Text(
                "La clé qui signe les notifications (opération de la maison).",
                "The key that signs notifications (ours).",
            ),
            READ,
            _signing_key,
            "instance",
            types,
        ),
    )


async def _theirs(call: Call) -> tuple[Subscription, desk.Subscriber]:
    """The subscription of a call, for its owner or an operator. Raises: Problem(NOT_FOUND | FORBIDDEN)."""
    stored = await call.repository.read("Subscription", call.resource_id)
    if stored is None or stored.deleted:
        raise Problem.of(Kind.NOT_FOUND, "Cet abonnement n'existe pas.", "This subscription does not exist.")
    resource = parse(stored.body)
    _check_theirs(resource, call.actor)
    found = await desk.find(call.repository.store, SANDBOX, call.resource_id)
    return read(resource, call.repository, call.now), found or desk.Subscriber(SANDBOX, call.resource_id)


async def _status(call: Call) -> Json:
    """A searchset of one status."""
    subscription, subscriber = await _theirs(call)
    status = forms.status(subscription, call.base, "query-status", subscriber.events, (), subscriber.error)
    entry = {"resource": status, "search": {"mode": "match"}}
    return {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [entry]}


async def _events(call: Call) -> Json:
    """A notification Bundle of the events asked for, with their resources as the subscription says or `content` asks."""
    subscription, subscriber = await _theirs(call)
    first, last = _number(call, "eventsSinceNumber", 1), _number(call, "eventsUntilNumber", 10**17)
    content = call.parameters.get("content", [subscription.content])[-1]
    if content not in ("empty", "id-only", "full-resource"):
        raise _wrong("content", "empty, id-only, full-resource")
    happened = await desk.events(call.repository.store, SANDBOX, subscription.id, first, last, MOST_EVENTS)
    asked = Subscription(
        **{**{name: getattr(subscription, name) for name in Subscription.__slots__}, "content": content}
    )
    versions: list[Stored | None] = [None] * len(happened)
    if content == "full-resource":
        versions = await call.repository.store.vread_many([(one.type, one.id, one.version) for one in happened])
    pairs = list(zip(happened, versions, strict=True))
    return forms.notification(asked, call.base, "query-event", subscriber.events, call.now, pairs)


async def _token(call: Call) -> Json:
    """Parameters: the token, when it expires, where to present it."""
    subscription, _ = await _theirs(call)
    if subscription.channel != "websocket":
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Cet abonnement n'est pas par websocket.",
            "This subscription is not by websocket.",
            rule="SOCLE-SUBSCRIPTION",
        )
    token = token_urlsafe(32)
    expires = call.now + TOKEN_LIFE
    sql = f"INSERT INTO {desk.SCHEMA}.token (hash, register, subscription, expires) VALUES ($1, $2, $3, $4)"  # noqa: S608 - our own names
    row = (sql, (sha256(token.encode()).digest(), SANDBOX, subscription.id, expires))
    event = Event(call.trace, Action.EXECUTE, entities=(f"Subscription/{subscription.id}",))
    await call.repository.store.commit(Unit((), call.trace, [event], [row]))
    origin = call.origin.replace("http", "ws", 1)
    instant = expires.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "token", "valueString": token},
            {"name": "expiration", "valueDateTime": instant},
            {"name": "subscription", "valueString": subscription.id},
            {"name": "websocket-url", "valueUrl": f"{origin}{PATH}"},
        ],
    }


async def _signing_key(call: Call) -> Json:
    """Parameters: the key of HMAC-SHA256, in hexadecimal. Given to the owner only, and traced."""
    subscription, subscriber = await _theirs(call)
    service = following(call.repository)
    if not subscriber.sealed or service is None:
        raise Problem.of(Kind.NOT_FOUND, "Pas encore : réessayez dans une seconde.", "Not yet: try again in a second.")
    if subscription.owner != call.actor.id:
        raise Problem.of(Kind.FORBIDDEN, "Seul le propriétaire reçoit la clé.", "Only the owner is given the key.")
    try:
        key = service.key_of(subscriber)
    except Unsealable:
        raise Problem.of(
            Kind.CONFLICT,
            "La clé de cet abonnement ne s'ouvre plus : la maison a perdu celle qui la scelle. Supprimez l'abonnement et "
            "créez-en un autre.",
            "The key of this subscription does not open any more: the house has lost the one that seals it. Delete the "
            "subscription and create another.",
            rule="SOCLE-SEAL",
        ) from None
    event = Event(call.trace, Action.READ, entities=(f"Subscription/{subscription.id}",), detail="signing key")
    await call.repository.store.record(event)
    return {"resourceType": "Parameters", "parameter": [{"name": "key", "valueString": key.hex()}]}


def _number(call: Call, name: str, default: int) -> int:
    said = call.parameters.get(name, [str(default)])[-1]
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise _wrong(name, "0, 1, 2…")
    return int(said)


def _wrong(name: str, values: str) -> Problem:
    return Problem.of(
        Kind.INVALID, f"« {name} » vaut {values}.", f"“{name}” is {values}.", expression=f"http.{name}", code="value"
    )


# -- the websocket -----------------------------------------------------------------------------------------------------


class Bound:
    """A websocket as the subscriptions see it."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def tell(self, text: str) -> None:
        """Send, within ten seconds. Raises: Failed."""
        if self._socket.application_state is not WebSocketState.CONNECTED:
            raise Failed("closed")
        try:
            async with asyncio.timeout(10):
                await self._socket.send_text(text)
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect) as error:
            raise Failed("closed") from error

    async def end(self) -> None:
        """Close it, as what it was bound to is over."""
        with suppress(TimeoutError, RuntimeError, OSError, WebSocketDisconnect):
            async with asyncio.timeout(2):
                await self._socket.close(_GOING_AWAY, "subscription off")


def websocket_routes(house: House) -> list[BaseRoute]:
    """`/sandbox/websocket`: `bind <id>` with a key in Authorization (R4), `bind-with-token <token>` (backport)."""

    async def serve(socket: WebSocket) -> None:
        await socket.accept()
        bound = Bound(socket)
        assert house.subscriptions is not None
        ours = 0
        try:
            while True:
                if ours:
                    text = await socket.receive_text()
                else:
                    async with asyncio.timeout(SILENCE):
                        text = await socket.receive_text()
                ours += await bind(house, socket.headers, bound, text)
        except (WebSocketDisconnect, TimeoutError, KeyError):
            pass  # KeyError: what came is no text
        finally:
            house.subscriptions.unbind(bound)
            if socket.application_state is WebSocketState.CONNECTED:
                await socket.close()

    return [WebSocketRoute(PATH, serve)]


async def bind(house: House, headers: Mapping[str, str], bound: Socket, text: str) -> int:
    """1 when a websocket, opened with `headers`, is bound to one subscription more by `text`; else it is told why not.

    Source: FHIR R4 subscription.html, websocket; Subscriptions R5 Backport, `$get-ws-binding-token`.
    """
    word, _, said = text.strip().partition(" ")
    word, said = word.rstrip(":"), said.strip()
    subscriptions = house.subscriptions
    assert subscriptions is not None
    id = ""
    try:
        if word == "bind-with-token":
            found = await desk.take_token(house.database, sha256(said.encode()).digest(), house.clock())
            id = found[1] if found else ""
        elif word == "bind":
            by = await house.actor_of(headers, {})
            if not by.is_authenticated:
                await bound.tell(
                    "error no key: open the websocket with the owner's key (Authorization: Bearer …), or bind with a token "
                    "($get-ws-binding-token)"
                )
                return 0
            subscription = subscriptions.bound_to(SANDBOX, said)
            id = said if subscription is not None and subscription.owner == by.id else ""
        else:
            await bound.tell("error not understood: send “bind <id of the Subscription>” or “bind-with-token <token>”")
            return 0
    except Problem as problem:
        await bound.tell(f"error {problem.kind.name.lower()}")
        return 0
    except Failed:
        return 0
    subscription = subscriptions.bound_to(SANDBOX, id) if id else None
    try:
        if subscription is None:
            await bound.tell(
                "error nothing to bind to: an unknown or foreign subscription, or a token that was used or expired"
            )
            return 0
        if subscription.status == "error":
            await bound.tell("error the subscription is in error: see its `error`, then PUT it again as requested")
            return 0
        if subscription.by_topic:
            subscriber = await desk.find(house.database, SANDBOX, id)
            base = f"{house.settings.url}/sandbox/fhir"
            events = subscriber.events if subscriber is not None else 0
            bundle = forms.notification(subscription, base, "handshake", events, house.clock())
            await bound.tell(forms.written(subscription, bundle).decode())
        else:
            await bound.tell(f"bound {id}")
    except Failed:
        return 0
    subscriptions.bind(SANDBOX, id, bound)
    return 1
