"""What the indexes need after bursts: the pending lists of GIN emptied, statistics made after big loads."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import asyncpg

from socle.kernel.outcome import Problem
from socle.kernel.store.postgres.connections import LOST

QUIET: Final = 0.5  # seconds without a commit that end a burst
BURST: Final = 200  # rows after which the pending list is worth emptying
TURN: Final = 0.1  # seconds between two looks while a burst lasts
SWEPT: Final = 2_000  # rows after which the lists are emptied then: long before they are full
GROWTH: Final = 5_000  # rows after which statistics are worth making, at least
SHARE: Final = 0.2  # … and this share of what was there
MIDST: Final = 0.5  # the same while a burst lasts: those of a large register take seconds of a processor that loads it
LONGEST: Final = 15.0  # seconds: a burst that does not end is looked after all the same


class Maintenance:
    """Watches how much each schema was written; `tidy` does the work."""

    def __init__(self, open_connection: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._open = open_connection
        self._written: dict[str, int] = {}
        self._waiting: dict[str, int] = {}  # rows whose tokens may wait in the lists
        self._grown: dict[str, int] = {}
        self._stir = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: asyncpg.Connection | None = None
        self._busy = asyncio.Lock()  # one connection: one thing at a time

    def written(self, schema: str, rows: int) -> None:
        """Called by the writers after each commit."""
        self._written[schema] = self._written.get(schema, 0) + rows
        self._waiting[schema] = self._waiting.get(schema, 0) + rows
        self._grown[schema] = self._grown.get(schema, 0) + rows
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="maintenance")
        self._stir.set()

    async def tidy(self, schema: str, share: float = SHARE) -> None:
        """Empty the pending lists of `schema`, and make its statistics when it has grown by that share."""
        async with self._busy:
            self._written[schema] = 0
            await self._empty(schema)
            grown = self._grown.get(schema, 0)
            if grown > GROWTH and grown > share * await self._rows(schema):
                self._grown[schema] = 0
                await self._analyze(schema)

    async def sweep(self, schema: str) -> None:
        """Empty the pending lists of `schema` while others write: whoever fills one has to empty it, and its callers wait."""
        async with self._busy:
            await self._empty(schema)

    async def _rows(self, schema: str) -> float:
        """What the largest table of `schema` held when its statistics were made last, by whomever; 0 before."""
        connection = await self._ready()
        rows = await connection.fetchval(
            "SELECT max(reltuples) FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind = 'r'", schema
        )
        return max(0.0, rows or 0.0)

    async def _empty(self, schema: str) -> None:
        """Empty the pending lists of `schema`."""
        self._waiting[schema] = 0
        connection = await self._ready()
        await connection.execute(
            "SELECT gin_clean_pending_list(c.oid::regclass) FROM pg_class c JOIN pg_am a ON a.oid = c.relam "
            "WHERE c.relnamespace = $1::text::regnamespace AND c.relkind = 'i' AND a.amname = 'gin'",
            schema,
        )

    async def analyze(self, schema: str) -> None:
        """Make the statistics of every table of `schema`: autovacuum comes too late after a big load."""
        async with self._busy:
            await self._analyze(schema)

    async def _analyze(self, schema: str) -> None:
        connection = await self._ready()
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_user_tables WHERE schemaname = $1", schema
        )
        for table in tables:
            await connection.execute(f"ANALYZE {table['name']}")

    async def close(self) -> None:
        """Stop, without finishing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._release()

    async def _release(self) -> None:
        """Close the connection: statistics of a big table leave a big process behind."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            await connection.close(timeout=5)

    async def _ready(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._open()
        return self._connection

    async def _run(self) -> None:
        while True:
            await self._stir.wait()
            self._stir.clear()
            ended = await self._burst_end()
            await self._done(self.tidy if ended else partial(self.tidy, share=MIDST), self._written, BURST)
            async with self._busy:
                await self._release()

    @staticmethod
    async def _done(work: Callable[[str], Awaitable[None]], due: dict[str, int], least: int) -> None:
        for schema, rows in list(due.items()):
            if rows >= least:
                try:
                    await work(schema)
                except (Problem, asyncpg.PostgresError, *LOST):
                    continue  # it will be due again

    async def _burst_end(self) -> bool:
        """Wait for it, no longer than LONGEST; whether it came."""
        loop = asyncio.get_running_loop()
        limit = loop.time() + LONGEST
        quiet = loop.time() + QUIET
        while loop.time() < min(limit, quiet):
            self._stir.clear()
            await asyncio.sleep(TURN)
            if self._stir.is_set():
                quiet = loop.time() + QUIET
                await self._done(self.sweep, self._waiting, SWEPT)
        return loop.time() >= quiet
