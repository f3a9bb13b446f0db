"""A Subscription, read. Sources: FHIR R4 subscription.html; Subscriptions R5 Backport IG 1.1.0 (extensions for R4)."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

from socle.kernel.audit.audit_event import ACTOR_SYSTEM
from socle.kernel.fhir.media import JSON, XML, XML_TYPES
from socle.kernel.fhir.temporal import interval
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import matching
from socle.kernel.search.conditions import Condition
from socle.kernel.search.parameter import Context
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json
from socle.kernel.subscription.topics import PLAIN, TOPICS, Topic

BACKPORT: Final = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
OWNER: Final = "https://socle-sante.example/fhir/StructureDefinition/subscription-owner"
_MEDIA: Final = {JSON: JSON, "application/json": JSON, **dict.fromkeys(XML_TYPES, XML)}
MOST_AT_ONCE: Final = 50  # events in one notification
MOST_HEADERS: Final = 10
_SHAPING: Final = frozenset(
    {"_sort", "_count", "_include", "_revinclude", "_summary", "_elements", "_total", "_type", "_has"}
)
_HEADER: Final = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}): ?([\x21-\x7e][\x20-\x7e]{0,1999})", re.ASCII)
_OURS: Final = frozenset(
    "host content-length content-type transfer-encoding connection x-socle-signature x-socle-event".split()  # noqa: SIM905
)

Content = Literal["empty", "id-only", "full-resource"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is to be told of what, how.

    owner       id of the actor who asked: only what they may read is sent
    type        resource type watched; `conditions` that its versions must satisfy
    topic       what makes an event; PLAIN for the criteria of R4
    channel     rest-hook or websocket
    payload     JSON or XML of FHIR, by its media type; "" when nothing is to be sent but a signal
    heartbeat   seconds without an event after which a sign of life is sent, 0 for never
    """

    id: str
    version: int
    status: str
    owner: str
    type: str
    conditions: tuple[Condition, ...]
    topic: Topic
    channel: str
    endpoint: str
    headers: tuple[tuple[str, str], ...]
    payload: str
    content: Content
    heartbeat: int = 0
    timeout: int = 10
    at_once: int = 1
    end: datetime | None = None

    @property
    def by_topic(self) -> bool:
        """Whether notifications are Bundles of the backport; else those of plain R4."""
        return self.topic is not PLAIN


def read(resource: Json, repository: Repository, now: datetime) -> Subscription:
    """The subscription in a resource that is legal R4.

    Raises: Problem(INVALID | RULE_VIOLATED) naming the element and what to do.
    """
    for element, value in (
        ("status", resource.get("status")),
        ("criteria", resource.get("criteria")),
        ("channel.type", resource.get("channel", {}).get("type")),
    ):
        if value is None:  # R4 lets extensions stand for a value, which is of no use here
            raise _wrong(element, "donnez une valeur", "give a value")
    criteria, channel = resource["criteria"], resource["channel"]
    topic, watched = _topic(resource, criteria)
    of, conditions = _conditions(watched, repository, now)
    kind = channel["type"]
    if kind not in ("rest-hook", "websocket"):
        raise _wrong(
            "channel.type",
            f"le canal « {kind} » n'est pas offert : rest-hook ou websocket",
            f"the channel “{kind}” is not offered: rest-hook or websocket",
        )
    payload = channel.get("payload", "")
    media = _MEDIA.get(payload.partition(";")[0].strip().lower(), "")
    if payload and not media:
        raise _wrong(
            "channel.payload",
            f"écrivez {JSON} ou {XML}, ou rien pour un signal",
            f"write {JSON} or {XML}, or nothing for a signal",
        )
    if kind == "rest-hook" and not channel.get("endpoint"):
        raise _wrong("channel.endpoint", "un rest-hook veut une adresse", "a rest-hook needs an address")
    end = resource.get("end")
    return Subscription(
        resource.get("id", ""),
        int(resource.get("meta", {}).get("versionId", 0)),
        resource["status"],
        owner_of(resource),
        of,
        conditions,
        topic,
        kind,
        channel.get("endpoint", ""),
        tuple(_header(text) for text in channel.get("header", ())),
        media,
        _content(channel, payload, topic),
        _number(channel, "backport-heartbeat-period", 0, 10, 86_400),
        _number(channel, "backport-timeout", 10, 1, 60),
        min(_number(channel, "backport-max-count", 1, 1, 2**31), MOST_AT_ONCE) if topic is not PLAIN else 1,
        interval(end, UTC)[1] if end else None,
    )


def owner_of(resource: Json) -> str:
    """The id of the actor who asked, "" when nobody did."""
    for extension in resource.get("extension", ()):
        if extension["url"] == OWNER:
            return str(extension.get("valueIdentifier", {}).get("value", ""))
    return ""


def owned(resource: Json, actor: str, status: str) -> Json:
    """The resource with its owner, whatever it said, and a status; an earlier error goes."""
    kept = [one for one in resource.get("extension", ()) if one["url"] != OWNER]
    owner = {"url": OWNER, "valueIdentifier": {"system": ACTOR_SYSTEM, "value": actor}}
    changed = {**resource, "extension": [*kept, owner], "status": status}
    changed.pop("error", None)
    return changed


def _topic(resource: Json, criteria: str) -> tuple[Topic, str]:
    """The topic and the query that chooses among its events."""
    if "://" not in criteria:
        return PLAIN, criteria
    topic = TOPICS.get(criteria.partition("|")[0])
    if topic is None:
        known = ", ".join(TOPICS)
        raise _wrong(
            "criteria", f"sujet inconnu ; ceux de la maison : {known}", f"unknown topic; those of the house: {known}"
        )
    filters = [
        one.get("valueString", "")
        for one in resource.get("_criteria", {}).get("extension", ())
        if one["url"] == f"{BACKPORT}/backport-filter-criteria"
    ]
    if len(filters) != 1:
        raise _wrong(
            "criteria.extension",
            "donnez un filtre (backport-filter-criteria), par exemple Patient?active=true",
            "give one filter (backport-filter-criteria), for instance Patient?active=true",
        )
    return topic, filters[0]


def _conditions(query: str, repository: Repository, now: datetime) -> tuple[str, tuple[Condition, ...]]:
    of, _, rest = query.partition("?")
    if of not in repository.register.types or of == "Subscription":
        raise _wrong(
            "criteria",
            f"« {of[:60]} » n'est pas un type que l'on peut suivre ici ; écrivez Type?critères",
            f"“{of[:60]}” is no type that can be watched here; write Type?criteria",
        )
    try:
        pairs = parse_qsl(rest, keep_blank_values=True, encoding="utf-8", errors="strict")
    except ValueError:
        raise _wrong("criteria", "ce n'est pas de l'UTF-8 encodé", "this is no encoded UTF-8") from None
    for name, _ in pairs:
        if name.partition(":")[0] in _SHAPING:
            raise _wrong("criteria", f"« {name} » n'est pas un critère", f"“{name}” is no criterion")
    try:
        conditions = repository.parser.parse(pairs, of, Context(now, repository.bases)).query.conditions
        matching.check(conditions)
    except Problem as problem:  # the parameters are not those of the request, but of the criteria
        issues = (replace(one, expression=("Subscription.criteria",)) for one in problem.issues)
        raise Problem(problem.kind, *issues) from problem
    return of, conditions


def _content(channel: Json, payload: str, topic: Topic) -> Content:
    for one in channel.get("_payload", {}).get("extension", ()):
        if one["url"] == f"{BACKPORT}/backport-payload-content":
            said = one.get("valueCode", "")
            if said not in ("empty", "id-only", "full-resource"):
                raise _wrong(
                    "channel.payload.extension",
                    "backport-payload-content vaut empty, id-only ou full-resource",
                    "backport-payload-content is empty, id-only or full-resource",
                )
            content: Content = said
            return content
    return "full-resource" if payload and topic is PLAIN else "empty"


def _number(channel: Json, name: str, default: int, least: int, most: int) -> int:
    for one in channel.get("extension", ()):
        if one["url"] == f"{BACKPORT}/{name}":
            value: Any = one.get("valueUnsignedInt", one.get("valuePositiveInt"))
            if not isinstance(value, int) or not least <= value <= most:
                raise _wrong(
                    "channel.extension", f"{name} va de {least} à {most}", f"{name} goes from {least} to {most}"
                )
            return value
    return default


def _header(text: str | None) -> tuple[str, str]:
    found = _HEADER.fullmatch(text or "")
    if found is None or found[1].lower() in _OURS:
        raise _wrong(
            "channel.header",
            "écrivez « Nom: valeur », sans les en-têtes que la maison pose elle-même",
            "write “Name: value”, without the headers that the house sets itself",
        )
    return found[1], found[2]


def _wrong(element: str, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.RULE_VIOLATED,
        f"Subscription.{element} : {fr}.",
        f"Subscription.{element}: {en}.",
        expression=f"Subscription.{element}",
        rule="SOCLE-SUBSCRIPTION",
    )
