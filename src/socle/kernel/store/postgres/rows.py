"""Versions to write, and the rows that carry a batch of them to PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import serialise
from socle.kernel.fhir.keys import resource_key
from socle.kernel.store.compression import LATEST, Packer, unpack
from socle.kernel.store.contract import Delete, Json, Keys, Op, Put, Stored
from socle.kernel.store.postgres.values import (
    BIGINT,
    BIGINTS,
    BYTEA,
    INTEGER,
    MOMENT,
    NULL,
    SMALLINT,
    TEXT,
    bigints,
    elements,
    floats,
    longs,
    microseconds,
    shared_microseconds,
    size,
    sized,
    texts,
    typed,
)

pack: Final = Packer(LATEST)
type_code: Final = r4().type_code
type_name: Final = r4().type_name
NO_KEYS: Final = Keys()


# Of a row of house.new_version. A column is preceded by its type and its size: one constant where the size is known.
_LONG: Final = Struct("!q").pack
_BOUNDS: Final = Struct("!8sq8sq").pack
_BIGINTS: Final = size(BIGINTS)
_BIGINT: Final = typed(BIGINT, 8)
_SMALLINT: Final = typed(SMALLINT, 2)
_INTEGER: Final = typed(INTEGER, 4)
_MOMENT: Final = typed(MOMENT, 8)
_NO_MOMENT: Final = size(MOMENT) + NULL
_NO_BOUNDS: Final = _NO_MOMENT + _NO_MOMENT
_TEXT: Final = size(TEXT)
_FIRST: Final = size(15) + _SMALLINT  # columns of house.new_version
# size, final, rid, key, type, version, updated, op, dict, present, type of the id
_HEAD: Final = Struct("!i12sh8sq8sq8sh8si8sq8sh8sh8sq4s")
_AFTER_SIZE: Final = _HEAD.size - 4

Interests = Mapping[str, Sequence[str]]  # resource type (or "*") -> consumers


@dataclass(slots=True)
class Version:
    """One version about to be written. `rid` is 0 until the resource has a row."""

    key: int
    type: str
    id: str
    version: int
    updated: datetime
    op: Op
    subject: str | None
    body: bytes
    packed: bytes
    keys: Keys
    rid: int = 0
    seq: int = 0
    tail: bytes = b""  # of its row, once made (`tail`)

    def stored(self) -> Stored:
        """As the store answers it."""
        return Stored(
            self.type, self.id, self.version, self.updated, self.op, self.body, self.subject, self.rid, self.seq
        )


def instant(now: datetime) -> datetime:
    """`now` as the store keeps it: UTC, whole milliseconds."""
    now = now.astimezone(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def put_version(put: Put, version: int, updated: datetime, op: Op, rid: int = 0, key: int | None = None) -> Version:
    """The version that a Put makes; its resource receives id and meta, and is written and packed.

    key  that of the resource, when it is known
    """
    stamp(put.resource, put.id, version, updated)
    body = serialise(put.resource)
    if key is None:
        key = resource_key(put.type, put.id)
    return Version(key, put.type, put.id, version, updated, op, put.keys.subject, body, pack(body), put.keys, rid)


def delete_version(delete: Delete, version: int, updated: datetime, subject: str | None, rid: int) -> Version:
    """The tombstone that a Delete makes."""
    key = resource_key(delete.type, delete.id)
    return Version(key, delete.type, delete.id, version, updated, Op.DELETE, subject, b"", b"", NO_KEYS, rid)


def stamp(resource: Json, id: str, version: int, updated: datetime) -> None:
    """Set id, meta.versionId and meta.lastUpdated in `resource`, members in place, new ones after resourceType.

    lastUpdated is in UTC with milliseconds: 2026-11-22T10:00:00.123Z.
    """
    text = _milliseconds(updated)
    if "meta" not in resource:  # as most come: the short way
        others = resource.copy()
        resource.clear()
        resource["resourceType"] = others.pop("resourceType")
        if "id" in others:
            others["id"] = id  # it keeps its place
        else:
            resource["id"] = id
        resource["meta"] = {"versionId": str(version), "lastUpdated": text}
        resource.update(others)
        return
    meta = resource.get("meta")
    if isinstance(meta, dict):
        if "versionId" in meta and "lastUpdated" in meta:
            meta["versionId"] = str(version)
            meta["lastUpdated"] = text
        else:
            others = {name: value for name, value in meta.items() if name not in ("versionId", "lastUpdated")}
            meta.clear()
            meta.update({"versionId": str(version), "lastUpdated": text, **others})
    else:
        meta = {"versionId": str(version), "lastUpdated": text}
    if "id" in resource and "meta" in resource:
        resource["id"] = id
        resource["meta"] = meta
        return
    others = dict(resource)
    resource.clear()
    resource["resourceType"] = others.pop("resourceType")
    if "id" not in others:
        resource["id"] = id
    if "meta" not in others:
        resource["meta"] = meta
    resource.update(others)
    resource["id"] = id
    resource["meta"] = meta


@lru_cache(maxsize=16)
def _milliseconds(moment: datetime) -> str:
    """Asked for each resource of a unit, which share their moment."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def tail(version: Version) -> bytes:
    """What ends the row of a version whatever becomes of it: its texts, bounds, keys, body. Made once, remembered."""
    if not version.tail:
        keys, packed = version.keys, version.packed
        version.tail = b"".join(
            (
                sized(version.id),
                _TEXT,
                sized(version.subject),
                _bounds(keys.dlo, keys.dhi),
                _BIGINTS,
                bigints(keys.toks),
                typed(BYTEA, len(packed)),
                packed,
            )
        )
    return version.tail


def _bounds(low: datetime | None, high: datetime | None) -> bytes:
    if low is not None and high is not None:
        return _BOUNDS(_MOMENT, microseconds(low), _MOMENT, microseconds(high))
    if low is None and high is None:
        return _NO_BOUNDS
    return b"".join(_NO_MOMENT if moment is None else _MOMENT + _LONG(microseconds(moment)) for moment in (low, high))


@dataclass(frozen=True, slots=True)
class Arguments:
    """What writes versions: the parts that `statements.apply` needs, its arguments from the fifth on.

    row_type  the number that house.new_version had when they were made
    """

    row_type: int
    parts: Sequence[str]
    values: Sequence[Any]


def arguments(versions: Sequence[Version], row_type: int) -> Arguments:
    """What writes `versions`, in order, all but what consumers are told of them (`postings`)."""
    last = {version.key: version for version in versions}  # a resource changed twice keeps its last state
    parts: list[bytes] = []
    gone: list[int] = []
    dates: list[tuple[int, datetime, datetime]] = []
    measures: list[tuple[int, float, float, int, int]] = []
    strings: list[tuple[int, str]] = []
    dated: list[int] = []  # of what each date is: the place of a new resource among the new ones, or minus its rid
    measured: list[int] = []
    worded: list[int] = []
    dictionary = pack.dictionary
    head = _HEAD.pack
    new = 0
    for version in versions:
        final = rid = place = 0
        keys = version.keys
        if last[version.key] is version:
            rid = version.rid
            if rid:
                final, place = 2, -rid
                gone.append(rid)
            else:
                new += 1
                final, place = 1, new
            if keys.dates:
                dates += keys.dates
                dated += [place] * len(keys.dates)
            if keys.numbers:
                measures += keys.numbers
                measured += [place] * len(keys.numbers)
            if keys.strings:
                strings += keys.strings
                worded += [place] * len(keys.strings)
        rest = version.tail or tail(version)
        parts += (
            head(
                _AFTER_SIZE + len(rest), _FIRST, final, _BIGINT, rid, _BIGINT, version.key,
                _SMALLINT, type_code(version.type), _INTEGER, version.version,
                _MOMENT, shared_microseconds(version.updated), _SMALLINT, version.op,
                _SMALLINT, dictionary if version.packed else 0, _BIGINT, keys.present, _TEXT,
            ),
            rest,
        )  # fmt: skip
    needed: list[str] = []
    values: list[Any] = [elements(row_type, len(versions), parts)]
    if gone:
        needed.append("changed")
        values.append(longs(gone))
    if dates:
        needed.append("dates")
        params, los, his = zip(*dates, strict=True)
        values += (longs(dated), longs(params), _moments(los), _moments(his))
    if measures:
        needed.append("numbers")
        params, lows, highs, systems, codes = zip(*measures, strict=True)
        values += (longs(measured), longs(params), floats(lows), floats(highs), longs(systems), longs(codes))
    if strings:
        needed.append("strings")
        params, words = zip(*strings, strict=True)
        values += (longs(worded), longs(params), texts(words))
    return Arguments(row_type, needed, values)


def postings(versions: Sequence[Version], interests: Interests, due: datetime) -> tuple[Sequence[str], Sequence[Any]]:
    """The parts and arguments, after those of `arguments`, of what consumers asked for, to be delivered from `due` on."""
    posted: list[int] = []
    consumers: list[str] = []
    if interests:
        for place, version in enumerate(versions, start=1):
            for consumer in (*interests.get(version.type, ()), *interests.get("*", ())):
                posted.append(place)
                consumers.append(consumer)
    return (("outbox",), (longs(posted), texts(consumers), due)) if posted else ((), ())


def _moments(values: Iterable[datetime]) -> bytes:
    return longs([microseconds(value) for value in values], MOMENT)


def answered(versions: Sequence[Version], seqs: Sequence[int] | None, rids: Sequence[int] | None) -> None:
    """Give each version the position and the row that the statement drew for it."""
    for version, seq in zip(versions, seqs or (), strict=True):
        version.seq = seq
    new = [version for version in versions if not version.rid]
    drawn = rids or ()
    if len(new) != len(drawn):  # some were changed twice: their last state has the row
        last = {version.key: version for version in new}
        rows = dict(zip((v.key for v in new if last[v.key] is v), drawn, strict=True))
        drawn = [rows[version.key] for version in new]
    for version, rid in zip(new, drawn, strict=True):
        version.rid = rid


def stored_version(row: Mapping[str, Any], place: int) -> Stored:
    """A version as its row of the history tells it; `place`: where it stands there."""
    return Stored(
        type_name(row["type"]),
        row["fid"],
        row["version"],
        row["updated"],
        Op(row["op"]),
        unpack(row["body"]),
        row["subject"],
        0,
        place,
    )
