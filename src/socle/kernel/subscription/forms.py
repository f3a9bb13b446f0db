"""What is sent: notification Bundles of the backport, and the signature. Source: Subscriptions R5 Backport IG 1.1.0 (R4)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal
from uuid import UUID

from socle.kernel.fhir import xml
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.fhir.media import XML
from socle.kernel.store import Json, Op, Stored
from socle.kernel.store.made import made
from socle.kernel.subscription.reading import BACKPORT, Subscription

SIGNATURE: Final = "X-Socle-Signature"
EVENT: Final = "X-Socle-Event"  # number of the event, where the body has no room for it (plain R4)
Kind = Literal["handshake", "heartbeat", "event-notification", "query-status", "query-event"]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a subscription: its number, which version of which resource, when."""

    number: int
    seq: int
    type: str
    id: str
    version: int
    op: Op
    at: datetime
    attempts: int = 0


def signature(secret: bytes, body: bytes) -> str:
    """The value of X-Socle-Signature: HMAC-SHA256 of the body."""
    return "sha256=" + hmac.new(secret, body, sha256).hexdigest()


def status(
    subscription: Subscription, base: str, kind: Kind, events: int, happened: Sequence[Happened] = (), error: str = ""
) -> Json:
    """The SubscriptionStatus of R5 as the Parameters of R4. `base`: of the register; `events`: since the start."""
    parts: list[Json] = [
        {"name": "subscription", "valueReference": {"reference": f"{base}/Subscription/{subscription.id}"}}
    ]
    if subscription.by_topic:
        parts.append({"name": "topic", "valueCanonical": subscription.topic.url})
    parts += [
        {"name": "status", "valueCode": subscription.status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(events)},
    ]
    for one in happened:
        about: list[Json] = [
            {"name": "event-number", "valueString": str(one.number)},
            {"name": "timestamp", "valueInstant": _instant(one.at)},
        ]
        if subscription.content != "empty":
            about.append({"name": "focus", "valueReference": {"reference": f"{base}/{one.type}/{one.id}"}})
        parts.append({"name": "notification-event", "part": about})
    if error:
        parts.append({"name": "error", "valueCodeableConcept": {"text": error}})
    profile = f"{BACKPORT}/backport-subscription-status-r4"
    return {"resourceType": "Parameters", "meta": {"profile": [profile]}, "parameter": parts}


def notification(
    subscription: Subscription,
    base: str,
    kind: Kind,
    events: int,
    at: datetime,
    happened: Sequence[tuple[Happened, Stored | None]] = (),
) -> Json:
    """A notification Bundle. Each event comes with its version when resources are to be sent (None: it is gone)."""
    told = status(subscription, base, kind, events, [one for one, _ in happened])
    entries: list[Json] = [
        {
            "fullUrl": f"urn:uuid:{_name(subscription.id, kind, events, at)}",
            "resource": told,
            "request": {"method": "GET", "url": f"{base}/Subscription/{subscription.id}/$status"},
            "response": {"status": "200"},
        }
    ]
    for one, stored in happened:
        if subscription.content == "empty":
            continue
        method, url, answer = made(one.op, one.type, one.id, one.version)
        entry: dict[str, Any] = {"fullUrl": f"{base}/{one.type}/{one.id}"}
        if subscription.content == "full-resource" and stored is not None and not stored.deleted:
            entry["resource"] = parse(stored.body)
        entries.append(
            {**entry, "request": {"method": method, "url": url}, "response": {"status": answer.partition(" ")[0]}}
        )
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{BACKPORT}/backport-subscription-notification-r4"]},
        "type": "history",
        "timestamp": _instant(at),
        "entry": entries,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def written(subscription: Subscription, resource: Json) -> bytes:
    """What is sent, in the format that the subscription asks for; JSON when it asks for none."""
    return xml.write(resource) if subscription.payload == XML else serialise(resource)


def _name(*parts: object) -> UUID:
    return UUID(bytes=sha256("\x1f".join(map(str, parts)).encode()).digest()[:16], version=4)
