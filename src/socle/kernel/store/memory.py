"""The reference store: slow, obvious, in memory. What `postgres` answers is compared with this one at random.

Each rule of the contract is written here a second time, as plainly as possible, and shares no code with the other.
"""

import copy
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from socle.kernel.audit import Action, Event
from socle.kernel.fhir.json import serialise
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.board import Stamp
from socle.kernel.store.contract import ABSENT, ANY, Change, Delete, Json, Keys, Op, Put, Row, Stored, Unit, Within

Reference = tuple[str, str]


class MemoryStore:
    """Keeps `contract.Store`, except SQL: there is none. `keys` and `events` show what was kept beside resources."""

    def __init__(self, schema: str, clock: Callable[[], datetime]) -> None:
        self._schema = schema
        self._clock = clock
        self._versions: list[Stored] = []  # in order of the change feed
        self._rids: dict[Reference, int] = {}
        self.keys: dict[Reference, Keys] = {}
        self.events: list[Event] = []

    @property
    def schema(self) -> str:
        """A name."""
        return self._schema

    async def read(self, resource_type: str, resource_id: str) -> Stored | None:
        """The current version (perhaps a tombstone), or None."""
        versions = self._of(resource_type, resource_id)
        return versions[-1] if versions else None

    def stamp(self, resource_type: str, resource_id: str) -> Stamp | None:
        """It is always read again."""
        return None

    def holds(self, stamp: Stamp) -> bool:
        """Nothing was stamped."""
        return False

    async def read_many(self, references: Sequence[Reference]) -> list[Stored]:
        """Current versions of those that are live."""
        found = [await self.read(*reference) for reference in sorted(set(references))]
        return [stored for stored in found if stored is not None and not stored.deleted]

    async def vread(self, resource_type: str, resource_id: str, version: int) -> Stored | None:
        """One version."""
        return next((s for s in self._of(resource_type, resource_id) if s.version == version), None)

    async def vread_many(self, versions: Sequence[tuple[str, str, int]]) -> list[Stored | None]:
        """The version of each."""
        return [await self.vread(*one) for one in versions]

    async def history(
        self,
        *,
        resource_type: str | None = None,
        resource_id: str | None = None,
        since: datetime | None = None,
        at: tuple[datetime, datetime] | None = None,
        before: int | None = None,
        count: int = 50,
    ) -> list[Stored]:
        """Versions, newest first."""
        found = []
        for stored in reversed(self._versions):
            if resource_type is not None and stored.type != resource_type:
                continue
            if resource_id is not None and stored.id != resource_id:
                continue
            if since is not None and stored.updated < since:
                continue
            if before is not None and stored.seq >= before:
                continue
            if at is not None and not self._was_current(stored, *at):
                continue
            found.append(stored)
        return found[:count]

    async def commit(self, unit: Unit) -> list[Stored]:
        """Apply a unit: all its changes, or none."""
        if unit.rows:
            raise NotImplementedError("the reference store has no SQL")
        saved = (list(self._versions), dict(self._rids), dict(self.keys))
        answers: list[Stored] = []
        persons: set[str] = set()
        now = _milliseconds(self._clock())
        try:
            for change in unit.changes:
                before = await self.read(change.type, change.id)
                answer = (
                    self._put(change, before, now) if isinstance(change, Put) else self._delete(change, before, now)
                )
                persons |= {s.subject for s in (before, answer) if s is not None and s.subject is not None}
                answers.append(answer)
        except Problem:
            self._versions, self._rids, self.keys = saved
            raise
        if unit.changes:
            self.events.append(_event(unit, answers, persons))
            self.events.extend(unit.notes)
        else:
            self.events.extend(unit.notes or [Event(unit.trace, Action.EXECUTE)])
        return answers

    async def exclusive(self, locks: Sequence[int], decide: Callable[[Within], Awaitable[Unit]]) -> list[Stored]:
        """As `commit`: nobody else is ever there."""
        return await self.commit(await decide(_NoSql()))

    async def record(self, event: Event) -> None:
        """Keep an event."""
        self.events.append(event)

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """There is no SQL here."""
        return await _NoSql().query(sql, *args)

    async def settled(self, sql: str, *args: Any) -> list[Row]:
        """Nor here."""
        return await _NoSql().query(sql, *args)

    def stored(self, row: Row) -> Stored:
        """There are no rows here."""
        raise NotImplementedError("the reference store has no SQL")

    def _of(self, resource_type: str, resource_id: str) -> list[Stored]:
        return [s for s in self._versions if s.type == resource_type and s.id == resource_id]

    def _was_current(self, stored: Stored, begin: datetime, end: datetime) -> bool:
        replaced = [s.updated for s in self._of(stored.type, stored.id) if s.version == stored.version + 1]
        return stored.updated <= end and (not replaced or replaced[0] > begin)

    def _put(self, put: Put, before: Stored | None, now: datetime) -> Stored:
        _expect(ABSENT if put.fresh else put.expect, before)
        op = Op.CREATE if before is None or before.deleted else Op.UPDATE
        version = before.version + 1 if before else 1
        updated = max(before.updated, now) if before else now
        body = serialise(_stamped(put.resource, put.id, version, updated))
        self.keys[put.type, put.id] = copy.deepcopy(put.keys)
        return self._keep(put, version, updated, op, body, put.keys.subject)

    def _delete(self, delete: Delete, before: Stored | None, now: datetime) -> Stored:
        _expect(delete.expect, before)
        if before is None or before.deleted:
            return Stored(delete.type, delete.id, 0, now, Op.DELETE, b"", before.subject if before else None)
        self.keys[delete.type, delete.id] = Keys(subject=before.subject)
        return self._keep(delete, before.version + 1, max(before.updated, now), Op.DELETE, b"", before.subject)

    def _keep(
        self, change: Change, version: int, updated: datetime, op: Op, body: bytes, subject: str | None
    ) -> Stored:
        rid = self._rids.setdefault((change.type, change.id), len(self._rids) + 1)
        seq = self._versions[-1].seq + 1 if self._versions else 1
        stored = Stored(change.type, change.id, version, updated, op, body, subject, rid, seq)
        self._versions.append(stored)
        return stored


class _NoSql:
    async def query(self, sql: str, *args: Any) -> list[Row]:
        raise NotImplementedError("the reference store has no SQL")

    settled = query


def _expect(expect: int, before: Stored | None) -> None:
    live = before is not None and not before.deleted
    if expect == ABSENT and live:
        raise Problem.of(Kind.CONFLICT, "existe déjà", "already there")
    if expect not in (ANY, ABSENT) and expect != (before.version if before else 0):
        raise Problem.of(Kind.PRECONDITION_FAILED, "autre version", "another version")


def _event(unit: Unit, answers: Sequence[Stored], persons: set[str]) -> Event:
    ops = {answer.op for answer in answers}
    if ops == {Op.CREATE}:
        action = Action.CREATE
    elif ops == {Op.UPDATE}:
        action = Action.UPDATE
    elif ops == {Op.DELETE}:
        action = Action.DELETE
    else:
        action = Action.EXECUTE
    names = [f"{a.type}/{a.id}" + (f"/_history/{a.version}" if a.version else "") for a in answers]
    return Event(unit.trace, action, entities=tuple(names), concerns=tuple(sorted(persons)))


def _milliseconds(now: datetime) -> datetime:
    now = now.astimezone(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _stamped(resource: Json, id: str, version: int, updated: datetime) -> Json:
    """A copy of `resource` with its id and meta."""
    stamp = {"versionId": str(version), "lastUpdated": f"{updated:%Y-%m-%dT%H:%M:%S}.{updated.microsecond // 1000:03}Z"}
    meta = copy.deepcopy(resource.get("meta") or {})
    if not stamp.keys() <= meta.keys():
        meta = {**stamp, **{name: value for name, value in meta.items() if name not in stamp}}
    meta |= stamp
    out: Json = {}
    for name, value in resource.items():
        out[name] = copy.deepcopy(value)
        if name == "resourceType":
            if "id" not in resource:
                out["id"] = id
            if "meta" not in resource:
                out["meta"] = meta
    out["id"] = id
    out["meta"] = meta
    return out
