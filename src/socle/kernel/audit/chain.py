"""The chain that binds traces together: each one's hash covers the one before, so none can change alone.

What is hashed is the canonical encoding of the event, before any compression: how a store packs it is its business.
The row of a trace (`audit` in a register's schema) derives from it alone: `at` is the event's own time and `subjects`
its persons' keys, so a verifier can recompute every column. Design and limits: docs/decisions/0003-audit-chain.md.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import Struct
from typing import Any, Final

import orjson

from socle.kernel.audit.event import Action, Event, Outcome, Trace
from socle.kernel.fhir.keys import resource_key, url_key

HASH_SIZE: Final = 32
_FORMAT: Final = 1  # of the encoding; a reader refuses what it does not know
_DOMAIN: Final = b"socle audit link 1\n"
_PLACE: Final = Struct(">hqq")  # chain, n, microseconds since 1970: fixed widths, so the body is unambiguously the rest
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TEXTS: Final = ("who", "name", "role", "means", "ground", "register", "interaction")
_OPTIONAL_TEXTS: Final = ("structure", "request", "source", "query", "detail")
_KNOWN: Final = frozenset((*_TEXTS, *_OPTIONAL_TEXTS, "v", "at", "action", "outcome", "entities", "concerns"))


def genesis(schema: str) -> bytes:
    """What stands before the first trace of each chain of `schema`: a chain cannot be moved to another register."""
    return sha256(b"socle audit genesis 1\n" + schema.encode()).digest()


def encode(event: Event) -> bytes:
    """The event as canonical JSON: same event, same bytes; `decode` gives it back.

    Members in one fixed order, empty ones left out, time in UTC. Text that UTF-8 cannot carry (a lone surrogate in a
    query) is escaped rather than refused: an access must never go unrecorded because its wording was odd.
    Raises: TypeError when `trace.at` has no time zone.
    """
    trace = event.trace
    at = trace.at
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise TypeError("Trace.at needs a time zone")
        at = at.astimezone(UTC)
    document: dict[str, Any] = {
        "v": _FORMAT,
        "at": at,
        "who": trace.who,
        "name": trace.name,
        "role": trace.role,
        "means": trace.means,
        "ground": trace.ground,
        "register": trace.register,
        "interaction": trace.interaction,
        "action": event.action,
        "outcome": event.outcome,
    }
    if trace.structure:
        document["structure"] = trace.structure
    if trace.request:
        document["request"] = trace.request
    if trace.source:
        document["source"] = trace.source
    if event.entities:
        document["entities"] = event.entities
    if event.concerns:
        document["concerns"] = event.concerns
    if event.query:
        document["query"] = event.query
    if event.detail:
        document["detail"] = event.detail
    try:
        return orjson.dumps(document, option=orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:
        return orjson.dumps(_escaped(document), option=orjson.OPT_UTC_Z)


def decode(body: bytes) -> Event:
    """The event that `encode` wrote.

    Raises: ValueError when `body` is not such an encoding.
    """
    document = orjson.loads(body)
    try:
        if document["v"] != _FORMAT or not document.keys() <= _KNOWN:
            raise ValueError("not an event of a format known here")
        at = datetime.fromisoformat(document["at"])
        texts = [document[name] for name in _TEXTS] + [document.get(name, "") for name in _OPTIONAL_TEXTS]
        entities, concerns = document.get("entities", []), document.get("concerns", [])
        if at.tzinfo is None or [type(entities), type(concerns)] != [list, list]:
            raise ValueError("not an event: a member has another type")
        if set(map(type, (*texts, *entities, *concerns))) != {str}:
            raise ValueError("not an event: a member has another type")
        who, name, role, means, ground, register, interaction, structure, request, source, query, detail = texts
        trace = Trace(who, name, role, structure, means, ground, at, register, interaction, request, source)
        action, outcome = Action(document["action"]), Outcome(document["outcome"])
        return Event(trace, action, outcome, tuple(entities), tuple(concerns), query, detail)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an encoded event: {error!r}") from error


def subjects(event: Event) -> list[int]:
    """Keys of the persons concerned, sorted, each once: the `subjects` column of the trace's row."""
    if not event.concerns:
        return []
    return sorted({subject_key(reference) for reference in event.concerns})


def subject_key(reference: str) -> int:
    """The key under which a person is found in `subjects`: "Patient/1" of this server, or any other URL."""
    resource_type, slash, resource_id = reference.partition("/")
    if slash and resource_id and "/" not in resource_id and ":" not in resource_type:
        return resource_key(resource_type, resource_id)
    return url_key(reference)


def link(previous: bytes, chain: int, n: int, at: datetime, body: bytes) -> bytes:
    """The hash of the `n`-th trace of `chain`: SHA-256 over the previous one's, its place, its time and its encoding.

    previous  hash of trace n-1, `genesis(schema)` for n = 1
    at        the event's own time (`event.trace.at`), aware; microseconds count
    body      what `encode` gave
    Raises: ValueError when `previous` is not a hash; TypeError when `at` has no time zone.
    """
    if len(previous) != HASH_SIZE:
        raise ValueError("the previous hash must have 32 bytes")
    place = _PLACE.pack(chain, n, (at - _EPOCH) // _MICROSECOND)
    return sha256(b"".join((_DOMAIN, previous, place, body))).digest()


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, tuple):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {name: _escaped(item) for name, item in value.items()}
    return value
