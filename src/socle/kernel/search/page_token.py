"""The opaque text of a page link: the query, the place reached, what was true at the first page, signed.

Nothing is kept on the server: a link alone is enough, until it expires. It can be read (compressed, not encrypted), not
changed. Source of the need: FHIR R4 http.html#paging.
"""

import base64
import hmac
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import orjson

from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.order import Cursor, Value

LIFETIME: Final = timedelta(hours=24)
_SIGNATURE: Final = 16
_LONGEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page starts.

    whole      the search is on the whole register (resource_type is then "")
    parameters the query as it was asked
    asked      when it was asked
    cursor     the resource just before (just after, when `backward`)
    rid, seq   the last resource and the last change at the first page: later ones do not disturb the pages
    total      as counted then
    """

    register: str
    resource_type: str
    parameters: tuple[tuple[str, str], ...]
    asked: datetime
    cursor: Cursor
    rid: int
    seq: int
    backward: bool = False
    total: int | None = None


def write(place: Place, secret: bytes) -> str:
    """The token of a place."""
    content = orjson.dumps(
        [
            place.register,
            place.resource_type,
            place.parameters,
            place.asked.isoformat(),
            [_plain(value) for value in place.cursor.values],
            place.cursor.rid,
            place.rid,
            place.seq,
            place.backward,
            place.total,
        ]
    )
    packed = zlib.compress(content, 6)
    return base64.urlsafe_b64encode(_signature(packed, secret) + packed).rstrip(b"=").decode()


def read(token: str, secret: bytes, now: datetime) -> Place:
    """The place of a token.

    Raises: Problem(INVALID) when it was not made here or was changed; Problem(GONE) when it is older than `LIFETIME`.
    """
    content = _content(token, secret)
    register, resource_type, parameters, asked, values, rid, last, seq, backward, total = content
    place = Place(
        register,
        resource_type,
        tuple((name, value) for name, value in parameters),
        datetime.fromisoformat(asked),
        Cursor(tuple(_value(value) for value in values), rid),
        last,
        seq,
        backward,
        total,
    )
    if now - place.asked > LIFETIME:
        raise Problem.of(
            Kind.GONE,
            "Ce lien de page a plus d'un jour ; refaites la recherche.",
            "This page link is more than a day old; search again.",
            rule="FHIR R4 http.html#paging",
        )
    return place


def _content(token: str, secret: bytes) -> Any:
    try:
        if len(token) > _LONGEST:
            raise ValueError
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise _foreign() from None
    signature, packed = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not hmac.compare_digest(signature, _signature(packed, secret)):
        raise _foreign()
    return orjson.loads(zlib.decompress(packed))


def _foreign() -> Problem:
    return Problem.of(
        Kind.INVALID,
        "Ce lien de page n'est pas de ce serveur, ou a été modifié ; refaites la recherche.",
        "This page link was not made by this server, or was changed; search again.",
        rule="FHIR R4 http.html#paging",
    )


def _signature(packed: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"socle page\x00" + packed, sha256).digest()[:_SIGNATURE]


def _plain(value: Value) -> Any:
    if isinstance(value, datetime):
        return ["d", value.astimezone(UTC).isoformat()]
    if isinstance(value, float):
        return ["f", value.hex()]
    return value


def _value(plain: Any) -> Value:
    match plain:
        case ["d", text]:
            return datetime.fromisoformat(text)
        case ["f", text]:
            return float.fromhex(text)
    return None if plain is None else str(plain)
