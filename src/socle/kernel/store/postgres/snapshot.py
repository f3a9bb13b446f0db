"""A long look at one moment: rows in constant memory, whatever others write meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import asyncpg

from socle.kernel.store.contract import Row
from socle.kernel.store.postgres.connections import LOST, connect, unavailable

# All rows will be read: plans are for the whole, not for the first ones. No parallel worker: others need the machine.
_AHEAD: Final = 4  # pieces of COPY that wait to be taken
_SETTINGS: Final = {
    "cursor_tuple_fraction": "1.0",
    "max_parallel_workers_per_gather": "0",
    "plan_cache_mode": "force_custom_plan",
    "statement_timeout": "0",
}


class Snapshot:
    """Questions about one moment, on one connection: one after the other."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """The rows, all at once. Raises: Problem(UNAVAILABLE)."""
        try:
            return cast("list[Row]", await self._connection.fetch(sql, *args))
        except LOST:
            raise unavailable() from None

    async def pages(self, sql: str, *args: Any, size: int) -> AsyncIterator[list[Row]]:
        """The rows by pages of at most `size`. Raises: Problem(UNAVAILABLE)."""
        try:
            cursor = await self._connection.cursor(sql, *args)
            while page := await cursor.fetch(size):
                yield cast("list[Row]", page)
        except LOST:
            raise unavailable() from None

    async def lines(self, sql: str, *args: Any) -> AsyncGenerator[bytes, None]:
        """The rows as the lines of COPY's text format, in pieces cut anywhere: for rows that go on to other processes.
        Close it (`aclosing`) if it is left early: the snapshot is then over.

        Raises: Problem(UNAVAILABLE).
        """
        pieces: asyncio.Queue[bytes] = asyncio.Queue(_AHEAD)

        async def read() -> None:
            try:
                await self._connection.copy_from_query(sql, *args, output=pieces.put)
            except LOST:
                raise unavailable() from None

        reading = asyncio.ensure_future(read())
        try:
            while not (reading.done() and pieces.empty()):
                taking = asyncio.ensure_future(pieces.get())
                await asyncio.wait((taking, reading), return_when=asyncio.FIRST_COMPLETED)
                if taking.done():
                    yield taking.result()
                else:
                    taking.cancel()
            await reading
        finally:
            if not reading.done():  # an answer that is not taken to its end leaves a connection good for nothing
                self._connection.terminate()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


@asynccontextmanager
async def snapshot(dsn: str) -> AsyncIterator[Snapshot]:
    """A snapshot of the database as it is now, until the end of the block.

    It holds vacuum back meanwhile: for work of minutes, not of days. Raises: Problem(UNAVAILABLE).
    """
    connection = await connect(dsn, "snapshot", _SETTINGS)
    try:
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        await connection.execute("SELECT 1")  # the moment is that of the first question, not of BEGIN
        yield Snapshot(connection)
    finally:  # there is nothing to commit: the transaction ends with its connection
        await connection.close()
