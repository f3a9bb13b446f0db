"""The house's PostgreSQL: its connections, its stores, its modules' tables."""

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.store import jobs
from socle.kernel.store.board import Board, Watch, folder_of
from socle.kernel.store.contract import Row, Unit
from socle.kernel.store.migrate import Step, migrate
from socle.kernel.store.postgres import reader, statements
from socle.kernel.store.postgres.connections import LOST, Circle, connect, unavailable
from socle.kernel.store.postgres.kept import Kept, room
from socle.kernel.store.postgres.load import each
from socle.kernel.store.postgres.maintenance import Maintenance
from socle.kernel.store.postgres.reader import Reader
from socle.kernel.store.postgres.refusals import explained
from socle.kernel.store.postgres.searcher import PLANS, SETTLED, Searcher
from socle.kernel.store.postgres.snapshot import Snapshot, snapshot
from socle.kernel.store.postgres.store import PostgresStore
from socle.kernel.store.postgres.switch import Switch, opened
from socle.kernel.store.postgres.whole import Whole, whole
from socle.kernel.store.postgres.writer import Writer

READERS: Final = 1
SEARCHERS: Final = 4
SEARCH_LIMIT: Final = 10.0  # seconds
EXACT: Final = 100_000  # rows counted one by one at most

Interests = Mapping[tuple[str, str], Sequence[str]]  # (schema, resource type or "*") -> consumers


def utc_now() -> datetime:
    """The clock of a real house."""
    return datetime.now(UTC)


async def open_database(
    dsn: str,
    *,
    clock: Callable[[], datetime] = utc_now,
    readers: int = READERS,
    searchers: int = SEARCHERS,
    search_limit: float = SEARCH_LIMIT,
    interests: Interests | None = None,
    tended: bool = False,
) -> "PostgresDatabase":
    """Reach PostgreSQL at `dsn`; connections open as they are needed.

    search_limit  seconds that a search may take
    interests     who must be told of which types: (register, type or "*") -> consumers of the outbox
    tended        another process looks after the indexes and statistics of what is written here (`wrote`)
    Raises: Problem(UNAVAILABLE) when nobody answers there.
    """
    database = PostgresDatabase(dsn, clock, readers, searchers, search_limit, interests or {}, tended)
    await (await connect(dsn, "first", {})).close()
    return database


def _board(dsn: str) -> Board | None:
    """The board of the embedded server at `dsn`."""
    folder = folder_of(dsn)
    if folder is None:
        return None
    try:
        return Board(folder)
    except OSError:
        return None


class PostgresDatabase:
    """Keeps `Database`, and gives each register its store. Made by `open_database`; belongs to one event loop."""

    def __init__(
        self,
        dsn: str,
        clock: Callable[[], datetime],
        readers: int,
        searchers: int,
        search_limit: float,
        interests: Interests,
        tended: bool,
    ) -> None:
        self.dsn = dsn
        self._tended = tended
        self._clock = clock
        self._interests = interests
        limit = {**PLANS, "statement_timeout": str(int(search_limit * 1000))}
        self._readers = Circle(lambda: connect(dsn, "reader", reader.SETTINGS), readers)
        self._searchers = Circle(lambda: connect(dsn, "searcher", limit), searchers)
        self._searcher = Searcher(self._searchers)
        sure = {**SETTLED, "statement_timeout": limit["statement_timeout"]}
        self._settled = Circle(lambda: connect(dsn, "settled searcher", sure), searchers)
        self._maintenance = Maintenance(lambda: connect(dsn, "maintenance", {}))
        self._board = _board(dsn)
        self._database = urlsplit(dsn).path
        self._kept = Kept(room())
        self._writers: dict[str, Writer] = {}
        self._stores: dict[str, PostgresStore] = {}
        self._listeners: list[Callable[[str], None]] = []

    # -- life ----------------------------------------------------------------------------------------------------------

    async def migrate(self, plan: Sequence[Step]) -> list[str]:
        """Bring the schemas of `plan` (see `migrate.steps`) up to date; answers what was applied."""
        connection = await connect(self.dsn, "migrations", {})
        try:
            return await migrate(connection, plan, self._clock())
        finally:
            await connection.close()

    def store(self, schema: str) -> PostgresStore:
        """The store of a register; the same object each time."""
        if schema not in self._stores:
            self._stores[schema] = PostgresStore(
                schema,
                Reader(schema, self._readers),
                self._searcher,
                Searcher(self._settled),
                self._writer(schema),
                self._kept,
                self._watch(schema),
            )
        return self._stores[schema]

    async def close(self) -> None:
        """Write what is queued, then close every connection."""
        for writer in self._writers.values():
            await writer.close()
        await self._maintenance.close()
        await self._readers.close()
        await self._searchers.close()
        await self._settled.close()
        if self._board is not None:
            self._board.close()

    async def tidy(self, schema: str) -> None:
        """Empty the pending lists of the indexes of `schema` now, and make its statistics."""
        await self._maintenance.tidy(schema)
        await self._maintenance.analyze(schema)

    def switch(self, schema: str) -> AbstractAsyncContextManager[Switch]:
        """Many versions of a register made beside it, on a connection of its own. Raises: Problem(UNAVAILABLE)."""
        return opened(self.dsn, schema)

    def consumers(self, schema: str) -> list[tuple[str, str]]:
        """Who is told of what in a register, (type or "*", consumer): for writes that do not go through its store."""
        return [(kind, who) for kind, everyone in self._writer(schema).interests.items() for who in everyone]

    def interest(self, schema: str, resource_type: str, consumer: str) -> None:
        """From now on, put the changes of a type of a register ("*" for all) in the outbox of a consumer."""
        interests = self._writer(schema).interests
        consumers = interests.get(resource_type, ())
        if consumer not in (*consumers, *interests.get("*", ())):
            interests[resource_type] = (*consumers, consumer)

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call `listener(schema)` after each commit here that put something in an outbox."""
        self._listeners.append(listener)

    def _writer(self, schema: str) -> Writer:
        if schema not in self._writers:
            interests = {kind: who for (register, kind), who in self._interests.items() if register == schema}
            self._writers[schema] = Writer(
                schema,
                lambda: connect(self.dsn, f"writer {schema}", statements.WRITING),
                self._clock,
                interests,
                self._committed,
                self._watch(schema),
            )
        return self._writers[schema]

    def _watch(self, schema: str) -> Watch:
        """What the board says of a register."""
        return Watch(self._board, self._database, schema)

    def wrote(self, schema: str, rows: int) -> None:
        """Another process of ours wrote so many versions: the indexes and statistics of `schema` are looked after here."""
        self._committed(schema, rows, bool(self._writer(schema).interests))

    def _committed(self, schema: str, rows: int, posted: bool) -> None:
        if not self._tended:
            self._maintenance.written(schema, rows)
        if posted:
            for listener in self._listeners:
                listener(schema)

    # -- modules' tables -----------------------------------------------------------------------------------------------

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """Read. Raises: Problem(TOO_COSTLY | UNAVAILABLE)."""
        return await self._searcher.query(sql, *args)

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """A look at one moment, on a connection of its own, for reading much. Raises: Problem(UNAVAILABLE)."""
        return snapshot(self.dsn)

    async def write(
        self, schema: str, statements: Sequence[tuple[str, Sequence[Any]]], trace: Trace, *, notes: Sequence[Event] = ()
    ) -> None:
        """Execute statements and their trace in one transaction. Raises: Problem(CONFLICT | RULE_VIOLATED)."""
        await self._writer(schema).commit(Unit((), trace, notes, statements))

    async def record(self, schema: str, event: Event) -> None:
        """Keep an event durably in the chain of `schema`."""
        await self._writer(schema).record(event)

    async def load(
        self,
        schema: str,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]] | AsyncIterable[Sequence[Any]],
        trace: Trace,
    ) -> int:
        """Bulk load by COPY in one transaction, in constant memory; answers the number of rows.

        The trace is committed before the rows are: a load that fails is known to have been tried.
        """
        await self.record(schema, Event(trace, Action.EXECUTE, query=f"load {table}"))
        connection = await connect(self.dsn, "load", {})
        try:
            copied = await connection.copy_records_to_table(
                table, records=each(rows), columns=list(columns), schema_name=schema
            )
            await connection.execute(f'ANALYZE "{schema}"."{table}"')
        except (asyncpg.PostgresError, *LOST) as error:
            raise (unavailable() if connection.is_closed() else explained(error)) from error
        finally:
            await connection.close()
        return int(copied.split()[-1])

    def whole(self, schema: str, trace: Trace) -> AbstractAsyncContextManager[Whole]:
        """A great many changes of a register at once: see `whole`."""
        return whole(self.dsn, schema, trace, self._writer(schema).interests, self._committed, self._watch(schema))

    async def enqueue(self, job: str, arguments: dict[str, Any], trace: Trace) -> int:
        """Put a job on the table, durably; answers its number."""
        sql, arguments_ = jobs.enqueue(job, arguments, trace)
        try:
            [row] = await self._searcher.once(f"{sql} RETURNING id", *arguments_)
        except LOST:
            raise unavailable() from None
        return int(row["id"])

    # -- what there is -------------------------------------------------------------------------------------------------

    async def version(self) -> str:
        """The server's own words for its version: "PostgreSQL 18.4"."""
        [row] = await self.query("SELECT current_setting('server_version') AS version")
        return f"PostgreSQL {str(row['version']).split()[0]}"

    async def counts(self, schema: str) -> dict[str, Any]:
        """How many resources, versions and traces a schema holds; the planner's estimates beyond a hundred thousand."""
        found: dict[str, Any] = {"name": schema}
        for name, table, condition in (
            ("resources", "resource", "WHERE NOT deleted"),
            ("versions", "history", ""),
            ("traces", "audit", ""),
        ):
            sql = "SELECT reltuples FROM pg_class WHERE oid = to_regclass($1)"
            rows = await self.query(sql, f"{schema}.{table}")
            estimate = rows[0]["reltuples"] if rows else None
            if estimate is not None and estimate < EXACT:
                some = f"SELECT FROM {schema}.{table} {condition} LIMIT {EXACT}"
                sql = f"SELECT count(*) AS n FROM ({some}) AS c"
                [row] = await self.query(sql)
                estimate = max(estimate, row["n"]) if row["n"] == EXACT else row["n"]
            found[name] = int(estimate or 0)
        return found

    async def job_counts(self) -> dict[str, int]:
        """How many jobs are in each state."""
        rows = await self.query("SELECT state, count(*) AS n FROM house.job GROUP BY state ORDER BY state")
        return {"waiting": 0, "running": 0, "done": 0, "failed": 0, **{row["state"]: row["n"] for row in rows}}
