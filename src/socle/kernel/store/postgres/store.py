"""The store of one register on PostgreSQL."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from socle.kernel.audit import Event, Trace
from socle.kernel.fhir.keys import resource_key
from socle.kernel.store.board import Stamp, Watch
from socle.kernel.store.contract import Put, Row, Stored, Unit, Within
from socle.kernel.store.postgres.kept import Kept
from socle.kernel.store.postgres.load import load_puts
from socle.kernel.store.postgres.reader import Reader, stored_row
from socle.kernel.store.postgres.rows import stored_version, type_code
from socle.kernel.store.postgres.searcher import Searcher
from socle.kernel.store.postgres.writer import Writer

_HISTORY = "seq, key, type, fid, version, updated, op, subject, body"


class PostgresStore:
    """Keeps `contract.Store` on one schema."""

    def __init__(
        self,
        schema: str,
        reader: Reader,
        searcher: Searcher,
        settled: Searcher,
        writer: Writer,
        kept: Kept,
        watch: Watch,
    ) -> None:
        self._schema = schema
        self._reader = reader
        self._searcher = searcher
        self._settled = settled
        self._writer = writer
        self._kept = kept
        self._watch = watch

    @property
    def schema(self) -> str:
        """The PostgreSQL schema."""
        return self._schema

    async def read(self, resource_type: str, resource_id: str) -> Stored | None:
        """The current version (perhaps a tombstone), or None if there never was one.

        One that was read before, and that nobody has begun to change since, is not read again.
        """
        watch = self._watch
        key = resource_key(resource_type, resource_id)
        kept = self._kept.find(watch, key)
        if kept is not None and kept.id == resource_id and kept.type == resource_type:
            return kept
        stamp = watch.stamp(key)
        stored = await self._reader.read(resource_type, resource_id)
        if stamp is not None and stored is not None and not stored.deleted:
            self._kept.keep(watch, key, stamp, stored)
        return stored

    def stamp(self, resource_type: str, resource_id: str) -> Stamp | None:
        """What `holds` is to be asked, taken before a version is read."""
        return self._watch.stamp(resource_key(resource_type, resource_id))

    def holds(self, stamp: Stamp) -> bool:
        """Whether nothing that was stamped has begun to change since."""
        return self._watch.holds(stamp)

    async def read_many(self, references: Sequence[tuple[str, str]]) -> list[Stored]:
        """Current versions of those that are live."""
        return await self._reader.read_many(references)

    async def vread(self, resource_type: str, resource_id: str, version: int) -> Stored | None:
        """One version (perhaps a tombstone), or None."""
        [found] = await self.vread_many([(resource_type, resource_id, version)])
        return found

    async def vread_many(self, versions: Sequence[tuple[str, str, int]]) -> list[Stored | None]:
        """The version of each of (type, id, version), None where there is none."""
        asked = [(resource_key(type, id), version) for type, id, version in versions if 0 < version < 2**31]
        rows = await self.query(
            f"SELECT {_HISTORY} FROM unnest($1::bigint[], $2::integer[]) AS asked (k, v) "
            f"JOIN {self._schema}.history ON key = k AND version = v",
            [key for key, _ in asked],
            [version for _, version in asked],
        )
        found = {(s.type, s.id, s.version): s for s in (stored_version(row, row["seq"]) for row in rows)}
        return [found.get(one) for one in versions]

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
        """Versions, newest first. `since`: made then or later. `at`: current at some moment of the interval."""
        where: list[str] = []
        args: list[Any] = []

        def argument(value: Any) -> str:
            args.append(value)
            return f"${len(args)}"

        order = "seq"
        if resource_type is not None and resource_id is not None:
            where.append(f"key = {argument(resource_key(resource_type, resource_id))}")
            order = "version"  # the same order for one resource, and an index serves it
        if resource_type is not None:
            where.append(f"type = {argument(type_code(resource_type))}")
        if resource_id is not None:
            where.append(f"fid = {argument(resource_id)}")
        if since is not None:
            where.append(f"updated >= {argument(since)}")
        if at is not None:
            where.append(f"updated <= {argument(at[1])}")
            where.append(
                f"NOT EXISTS (SELECT FROM {self._schema}.history n WHERE n.key = h.key "
                f"AND n.version = h.version + 1 AND n.updated <= {argument(at[0])})"
            )
        if before is not None:
            where.append(f"seq < {argument(before)}")
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        sql = (
            f"SELECT {_HISTORY} FROM {self._schema}.history h {condition} ORDER BY {order} DESC LIMIT {argument(count)}"
        )
        return [stored_version(row, row["seq"]) for row in await self.query(sql, *args)]

    async def commit(self, unit: Unit) -> list[Stored]:
        """Apply a unit durably, with its event. Raises: see `Store.commit`; Problem(UNAVAILABLE)."""
        return await self._writer.commit(unit)

    async def exclusive(self, locks: Sequence[int], decide: Callable[[Within], Awaitable[Unit]]) -> list[Stored]:
        """As `commit`, for a unit decided inside its transaction.

        `decide` holds up the other writers of this register: it must not wait for them. It may be called again, when
        the transaction has to be tried again.
        """
        return await self._writer.exclusive(locks, decide)

    async def record(self, event: Event) -> None:
        """Keep an event durably."""
        await self._writer.record(event)

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """A search. Raises: Problem(TOO_COSTLY | UNAVAILABLE)."""
        return await self._searcher.query(sql, *args)

    async def settled(self, sql: str, *args: Any) -> list[Row]:
        """A search that has one good plan. Raises: Problem(TOO_COSTLY | UNAVAILABLE)."""
        return await self._settled.query(sql, *args)

    def stored(self, row: Row) -> Stored:
        """The version in a row of `resource`."""
        return stored_row(row)

    async def load(self, puts: Iterable[Put] | AsyncIterable[Put], trace: Trace) -> int:
        """Store many resources, in transactions of about a thousand, in constant memory; answers how many.

        Each transaction leaves its event. When it fails in the middle, what was committed before stays.
        """
        return await load_puts(self._writer.commit, puts, trace)
