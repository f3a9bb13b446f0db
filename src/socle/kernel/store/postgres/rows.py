"""Versions to write, and the arrays that carry a batch of them to PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import serialise
from socle.kernel.fhir.keys import resource_key
from socle.kernel.store.compression import LATEST, Packer
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
    text = updated.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
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


@dataclass(slots=True)
class Arrays:
    """The arguments of the APPLY statement from its tenth on, filled row by row."""

    versions: list[Version] = field(default_factory=list)

    def arguments(self, interests: Interests, due: datetime) -> list[Any]:
        """The arrays, in the order of the statement. `due` is when what consumers asked for may be delivered."""
        versions = self.versions
        last = {version.key: version for version in versions}  # a resource changed twice keeps its last state
        finals: list[int] = []
        presents: list[int] = []
        dlos: list[datetime | None] = []
        dhis: list[datetime | None] = []
        starts: list[int] = []
        ends: list[int] = []
        toks: list[int] = []
        gone: list[int] = []
        dates: tuple[list[Any], ...] = ([], [], [], [], [])
        numbers: tuple[list[Any], ...] = ([], [], [], [], [], [], [])
        strings: tuple[list[Any], ...] = ([], [], [], [])
        new = 0
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
            for row in keys.dates:
                _add(dates, index, rid, row)
            for measure in keys.numbers:
                _add(numbers, index, rid, measure)
            for text in keys.strings:
                _add(strings, index, rid, text)
        outbox: tuple[list[Any], ...] = ([], [], [])
        if interests:
            for place, version in enumerate(versions, start=1):
                for consumer in (*interests.get(version.type, ()), *interests.get("*", ())):
                    outbox[0].append(place)
                    outbox[1].append(consumer)
                    outbox[2].append(due)
        dictionary = pack.dictionary
        return [
            [version.key for version in versions],
            [type_code(version.type) for version in versions],
            [version.id for version in versions],
            [version.version for version in versions],
            [version.updated for version in versions],
            [version.op for version in versions],
            [version.subject for version in versions],
            [version.packed for version in versions],
            [dictionary if version.packed else 0 for version in versions],
            finals,
            [version.rid for version in versions],
            presents,
            dlos,
            dhis,
            starts,
            ends,
            toks,
            gone,
            *dates,
            *numbers,
            *strings,
            *outbox,
        ]

    def answered(self, seqs: Iterable[int] | None, rids: Sequence[int] | None) -> None:
        """Give each version the position and the row that the statement drew for it."""
        for version, seq in zip(self.versions, seqs or (), strict=True):
            version.seq = seq
        last = {version.key: version for version in self.versions}
        new = [version for version in self.versions if not version.rid and last[version.key] is version]
        drawn = {version.key: rid for version, rid in zip(new, rids or (), strict=True)}
        if drawn:
            for version in self.versions:
                if not version.rid:
                    version.rid = drawn[version.key]


def _add(columns: tuple[list[Any], ...], index: int, rid: int, row: Sequence[Any]) -> None:
    columns[0].append(index)
    columns[1].append(rid)
    for column, value in zip(columns[2:], row, strict=True):
        column.append(value)
