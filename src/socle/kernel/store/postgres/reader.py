"""Reads by id, coalesced: those asked in one turn of the loop become one statement over a few fixed connections."""

import asyncio
from collections.abc import Sequence
from typing import cast

import asyncpg

from socle.kernel.fhir.keys import resource_key
from socle.kernel.store.compression import unpack
from socle.kernel.store.contract import STORED_COLUMNS, Op, Row, Stored
from socle.kernel.store.postgres.connections import LOST, Circle, unavailable
from socle.kernel.store.postgres.rows import type_name

# By key, whatever the tables hold: a plan made on an empty table must not be kept for a full one.
SETTINGS = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
MOST = 500  # keys in one statement


def stored_row(row: Row) -> Stored:
    """The version in a row of `resource`. `op` says whether it lives: UPDATE, CREATE for a first version, DELETE."""
    version, deleted = row["version"], row["deleted"]
    op = Op.DELETE if deleted else Op.CREATE if version == 1 else Op.UPDATE
    body = b"" if deleted else unpack(row["body"])
    return Stored(type_name(row["type"]), row["fid"], version, row["updated"], op, body, row["subject"], row["rid"])


class Reader:
    """Reads of one schema."""

    def __init__(self, schema: str, circle: Circle) -> None:
        self._sql = f"SELECT key, {STORED_COLUMNS} FROM {schema}.resource WHERE key = ANY($1::bigint[])"
        self._circle = circle
        self._asked: dict[int, list[tuple[str, str, asyncio.Future[Stored | None]]]] = {}
        self._scheduled = False
        self._tasks: set[asyncio.Task[None]] = set()

    def read(self, resource_type: str, resource_id: str) -> "asyncio.Future[Stored | None]":
        """The current version, or None."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Stored | None] = loop.create_future()
        key = resource_key(resource_type, resource_id)
        self._asked.setdefault(key, []).append((resource_type, resource_id, future))
        if not self._scheduled:
            self._scheduled = True
            task = loop.create_task(self._flush())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return future

    async def read_many(self, references: Sequence[tuple[str, str]]) -> list[Stored]:
        """Those that live."""
        wanted = {resource_key(*reference): reference for reference in references}
        keys = list(wanted)
        found: list[Stored] = []
        for begin in range(0, len(keys), MOST):
            for row in await self._fetch(keys[begin : begin + MOST]):
                stored = stored_row(row)
                if not stored.deleted and wanted[row["key"]] == (stored.type, stored.id):
                    found.append(stored)
        return found

    async def _flush(self) -> None:
        """Ask for everything that gathered, once a connection is free: meanwhile more may gather."""
        asked: dict[int, list[tuple[str, str, asyncio.Future[Stored | None]]]] = {}
        try:
            async with self._circle.take() as connection:
                asked, self._asked, self._scheduled = self._asked, {}, False
                rows = await self._ask(connection, list(asked))
        except LOST:
            # A statement that only reads may be asked again, once, on another connection.
            try:
                rows = await self._fetch(list(asked))
            except Exception as error:
                self._fail(asked, error)
                return
        except BaseException as error:
            if not asked:
                asked, self._asked, self._scheduled = self._asked, {}, False
            self._fail(asked, error)
            return
        found = {row["key"]: row for row in rows}
        for key, askers in asked.items():
            row = found.get(key)
            try:
                stored = stored_row(row) if row is not None else None
            except Exception as error:
                self._fail({key: askers}, error)
                continue
            for resource_type, resource_id, future in askers:
                if not future.done():
                    same = stored is not None and stored.id == resource_id and stored.type == resource_type
                    future.set_result(stored if same else None)

    @staticmethod
    def _fail(asked: dict[int, list[tuple[str, str, "asyncio.Future[Stored | None]"]]], error: BaseException) -> None:
        problem = unavailable() if isinstance(error, LOST) else error
        for askers in asked.values():
            for _, _, future in askers:
                if not future.done():
                    future.set_exception(problem)

    async def _fetch(self, keys: list[int]) -> list[Row]:
        for attempt in (1, 2):
            try:
                async with self._circle.take() as connection:
                    return await self._ask(connection, keys)
            except LOST:
                if attempt == 2:
                    raise unavailable() from None
        raise AssertionError

    async def _ask(self, connection: asyncpg.Connection, keys: list[int]) -> list[Row]:
        if len(keys) <= MOST:
            return cast("list[Row]", await connection.fetch(self._sql, keys))
        rows: list[Row] = []
        for begin in range(0, len(keys), MOST):
            rows += cast("list[Row]", await connection.fetch(self._sql, keys[begin : begin + MOST]))
        return rows
