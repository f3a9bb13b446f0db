"""Versions to write, and the arrays that carry a batch of them to PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import serialise
from socle.kernel.fhir.keys import resource_key
from socle.kernel.store.compression import LATEST, Packer, unpack
from socle.kernel.store.contract import Delete, Json, Keys, Op, Put, Stored

pack: Final = Packer(LATEST)
type_code: Final = r4().type_code
type_name: Final = r4().type_name
NO_KEYS: Final = Keys()

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

    def stored(self) -> Stored:
        """As the store answers it."""
        return Stored(
            self.type, self.id, self.version, self.updated, self.op, self.body, self.subject, self.rid, self.seq
        )


def instant(now: datetime) -> datetime:
    """`now` as the store keeps it: UTC, whole milliseconds."""
    now = now.astimezone(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def put_version(put: Put, version: int, updated: datetime, op: Op, rid: int = 0) -> Version:
    """The version that a Put makes; its resource receives id and meta, and is written and packed."""
    stamp(put.resource, put.id, version, updated)
    body = serialise(put.resource)
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
    if "meta" not in resource and "id" not in resource:  # as most come: the short way
        others = resource.copy()
        resource.clear()
        resource["resourceType"] = others.pop("resourceType")
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


class Block:
    """Bytes put one after the other; SQL takes its slices by place."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.end = 1  # SQL counts from 1

    def add(self, part: bytes) -> int:
        """Append; answers where it begins."""
        begin = self.end
        self._parts.append(part)
        self.end += len(part)
        return begin

    def bytes(self) -> bytes:
        """All of it."""
        return b"".join(self._parts)


def numbers(values: Sequence[float]) -> str:
    """Numbers (no booleans, no enum members) as the text of a PostgreSQL array."""
    return "{" + str(values)[1:-1] + "}"


def moments(values: Iterable[datetime | None]) -> str:
    """Aware datetimes as the text of a PostgreSQL array. Neighbours are often the same object: written once."""
    texts: list[str] = []
    before, text = None, "NULL"
    for value in values:
        if value is not before:
            before, text = value, value.isoformat() if value is not None else "NULL"
        texts.append(text)
    return "{" + ",".join(texts) + "}"


def arguments(
    versions: Sequence[Version], block: Block, interests: Interests, due: datetime
) -> tuple[tuple[str, ...], list[Any]]:
    """The parts that `statements.apply` needs to write `versions` in order, and its arguments from the eleventh on; what
    is text or bytes goes to `block`. `due` is when what consumers asked for may be delivered.
    """
    last = {version.key: version for version in versions}  # a resource changed twice keeps its last state
    finals: list[int] = []
    presents: list[int] = []
    dlos: list[datetime | None] = []
    dhis: list[datetime | None] = []
    starts: list[int] = []
    ends: list[int] = []
    toks: list[int] = []
    gone: list[int] = []
    places: list[int] = []
    id_sizes: list[int] = []
    subject_sizes: list[int] = []
    dates: list[tuple[Any, ...]] = []
    measures: list[tuple[Any, ...]] = []
    strings: list[tuple[int, ...]] = []
    new = 0
    for version in versions:
        id = version.id.encode()
        places.append(block.add(id))
        id_sizes.append(len(id))
        if version.subject is None:
            subject_sizes.append(-1)
        else:
            subject = version.subject.encode()
            block.add(subject)
            subject_sizes.append(len(subject))
        block.add(version.packed)
    for version in versions:
        if last[version.key] is not version:
            finals.append(0)
            presents.append(0)
            dlos.append(None)
            dhis.append(None)
            starts.append(1)
            ends.append(0)
            continue
        rid, index = version.rid, 0
        if rid:
            finals.append(2)
            gone.append(rid)
        else:
            finals.append(1)
            new += 1
            index = new
        keys = version.keys
        presents.append(keys.present)
        dlos.append(keys.dlo)
        dhis.append(keys.dhi)
        starts.append(len(toks) + 1)
        toks += keys.toks
        ends.append(len(toks))
        if keys.dates:
            dates += [(index, rid, *date) for date in keys.dates]
        if keys.numbers:
            measures += [(index, rid, *measure) for measure in keys.numbers]
        for param, value in keys.strings:
            text = value.encode()
            strings.append((index, rid, param, block.add(text), len(text)))
    posted: list[int] = []
    consumers: list[str] = []
    if interests:
        for place, version in enumerate(versions, start=1):
            for consumer in (*interests.get(version.type, ()), *interests.get("*", ())):
                posted.append(place)
                consumers.append(consumer)
    dictionary = pack.dictionary
    parts: list[str] = []
    values: list[Any] = [
        numbers(toks),
        numbers([version.key for version in versions]),
        numbers([type_code(version.type) for version in versions]),
        numbers([version.version for version in versions]),
        moments([version.updated for version in versions]),
        numbers([int(version.op) for version in versions]),
        numbers([dictionary if version.packed else 0 for version in versions]),
        numbers(finals),
        numbers([version.rid for version in versions]),
        numbers(presents),
        moments(dlos),
        moments(dhis),
        numbers(starts),
        numbers(ends),
        numbers(places),
        numbers(id_sizes),
        numbers(subject_sizes),
        numbers([len(version.packed) for version in versions]),
    ]
    if gone:
        parts.append("changed")
        values.append(numbers(gone))
    if dates:
        parts.append("dates")
        *columns, los, his = _columns(dates)
        values += [*map(numbers, columns), moments(los), moments(his)]
    if measures:
        parts.append("numbers")
        values += map(numbers, _columns(measures))
    if strings:
        parts.append("strings")
        values += map(numbers, _columns(strings))
    if posted:
        parts.append("outbox")
        values += [numbers(posted), consumers, due.isoformat()]
    return tuple(parts), values


def answered(versions: Sequence[Version], seqs: Sequence[int] | None, rids: Sequence[int] | None) -> None:
    """Give each version the position and the row that the statement drew for it."""
    for version, seq in zip(versions, seqs or (), strict=True):
        version.seq = seq
    last = {version.key: version for version in versions}
    new = [version for version in versions if not version.rid and last[version.key] is version]
    drawn = {version.key: rid for version, rid in zip(new, rids or (), strict=True)}
    if drawn:
        for version in versions:
            if not version.rid:
                version.rid = drawn[version.key]


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows, column by column."""
    return [list(column) for column in zip(*rows, strict=True)]


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
