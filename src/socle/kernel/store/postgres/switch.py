"""Many new versions of a register, made beside it, then put in their place in one transaction. The only way that a large load
takes into a register (decision 0026): step by step over several transactions, which a crash does not undo (`opened`), or
in one (`whole`).

What a national extraction brings is millions of versions: they are written to tables of their own (COPY, no index), so that
nobody sees them before all are there, and a crash leaves nothing half-done. Then either

* in place: the changed rows are replaced, the new ones added, by a few statements over the whole set; or
* by exchange, when most of the register changes: what stays is copied beside, the indexes are built (by sorting, several
  times faster than row by row), and the new tables take the names of the old ones; the history too, where it is shorter than what
  comes.

Both keep what readers of a register rely on: `rid` is never reused, each version is in the history and in the outbox of
those who asked, and the trace is in the same transaction. What was decided on a state that others changed meanwhile is
refused (`is_stale`), and can be made again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

import asyncpg

from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.postgres.binary import COLUMNS, TABLES
from socle.kernel.store.postgres.connections import LOST, connect, unavailable
from socle.kernel.store.postgres.rows import type_code
from socle.kernel.store.postgres.statements import ASKING, local

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FOLLOWING: Final = (
    "ix_text",
    "text_position",
    "ix_order",
    "order_position",
)  # made again, from the history, when asked
_SETTINGS: Final = {
    "statement_timeout": "0",
    "plan_cache_mode": "force_custom_plan",
    "work_mem": "64MB",
    "maintenance_work_mem": "192MB",
    "max_parallel_maintenance_workers": "0",  # two indexes at once are worth more than two processes for one
    # What is made beside is kept with the word of how far it is: a crash takes back both. The last step, on the writer's
    # connection, waits for the disk, and all that came before it is then there.
    "synchronous_commit": "off",
}
# The tree in which a GIN index gathers its entries is walked for each: the smaller, the nearer to the processor (0.7 of the
# time that three times this memory takes). The index of tokens takes longer than all others: two processes, so that it is
# not left alone.
_GIN: Final = {"maintenance_work_mem": "64MB", "max_parallel_maintenance_workers": "1"}
_UNTIDIED: Final = "autovacuum_enabled = off"
_OWN: Final = {"resource": "rid", "history": "seq"}  # the column that each draws from a sequence of its own
_ANEW: Final = "WHERE NOT EXISTS (SELECT FROM {schema}.next_kept k WHERE k.rid = n.rid)"
_HERE: Final = {**ASKING, "work_mem": "64MB", "statement_timeout": "0"}

Statement = tuple[str, Sequence[Any]]
_Form = Literal["text", "binary"]


class Switch:
    """What is being made beside the register `schema`, on a connection of its own. See `opened`.

    passing  the tables beside are of this transaction only, and go with it
    """

    def __init__(self, connection: asyncpg.Connection, schema: str, *, dsn: str = "", passing: bool = False) -> None:
        self._connection = connection
        self._dsn = dsn
        self.schema = schema
        self.passing = passing
        self.beside_schema = "pg_temp" if passing else schema

    # -- beside --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Empty tables beside the register's, whatever was there."""
        if not self.passing:
            await self.drop()
        # What is beside is read once, when it is complete: nobody need tidy it meanwhile.
        kind, end = (
            ("TEMP TABLE ", " ON COMMIT DROP") if self.passing else (f"TABLE {self.schema}.", f" WITH ({_UNTIDIED})")
        )
        for table in TABLES:
            await self.run(
                f"CREATE {kind}next_{table} (LIKE {self.schema}.{table} INCLUDING DEFAULTS INCLUDING STORAGE){end}"
            )
        if self.passing:  # a resource changes once
            await self.run("CREATE UNIQUE INDEX ON next_resource (key)")

    async def drop(self) -> None:
        """Forget what was being made."""
        for table in (*TABLES, "history", "kept"):
            await self.run(f"DROP TABLE IF EXISTS {self.schema}.next_{table}")

    async def copy(
        self, table: str, columns: Sequence[str], lines: bytes, *, schema: str = "", form: _Form = "text"
    ) -> None:
        """Add lines (COPY's text format, or its `binary` one) to a table. Raises: Problem(UNAVAILABLE)."""

        async def source() -> "AsyncIterator[bytes]":
            yield lines

        await self.stream(table, columns, source(), schema=schema, form=form)

    async def stream(
        self, table: str, columns: Sequence[str], lines: AsyncIterable[bytes], *, schema: str = "", form: _Form = "text"
    ) -> None:
        """Add lines (COPY's text format, or its `binary` one) that come piece by piece, all or none."""
        try:
            await self._connection.copy_to_table(
                table, source=lines, columns=list(columns), schema_name=schema or self.schema, format=form
            )
        except LOST as error:
            raise unavailable() from error

    async def add(self, octets: Mapping[str, bytes]) -> None:
        """Add versions: what `Lines.octets` gave."""
        for table, lines in octets.items():
            await self.copy(f"next_{table}", COLUMNS[table], lines, schema=self.beside_schema, form="binary")

    def together(self) -> AbstractAsyncContextManager[Any]:
        """What is done in this block is done together, or not at all."""
        return self._connection.transaction()

    async def run(self, sql: str, *args: Any) -> None:
        """A statement, at once durable. Raises: Problem(UNAVAILABLE)."""
        try:
            await self._connection.execute(sql, *args)
        except LOST as error:
            raise unavailable() from error

    async def query(self, sql: str, *args: Any) -> list[Any]:
        """A question without a time limit. Raises: Problem(UNAVAILABLE)."""
        try:
            return list(await self._connection.fetch(sql, *args))
        except LOST as error:
            raise unavailable() from error

    async def reserve(self, count: int) -> int:
        """The first of `count` row identifiers that nobody else will be given."""
        sequence = f"pg_get_serial_sequence('{self.schema}.resource', 'rid')"
        # Together, if nobody draws between them; the lock would wait a second for whoever tidies the table.
        drawn = f"SELECT nextval({sequence}) AS v FROM generate_series(1, $1::int)"
        [row] = await self.query(f"SELECT min(v) AS first, max(v) AS last FROM ({drawn}) AS d", count)
        if row["last"] - row["first"] + 1 == count:
            return int(row["first"])
        async with self._connection.transaction():
            await self._connection.execute(f"LOCK TABLE {self.schema}.resource IN SHARE ROW EXCLUSIVE MODE")
            first = await self._connection.fetchval(f"SELECT nextval({sequence})")
            await self._connection.execute(f"SELECT setval({sequence}, $1::bigint)", first + count)
        return int(first) + 1

    async def position(self) -> int:
        """Where the change feed of the register stands."""
        return int(await self._connection.fetchval(f"SELECT coalesce(max(seq), 0) FROM {self.schema}.history"))

    async def held(self, enough: int) -> int:
        """Rows of the register, deleted ones too: counted, unless PostgreSQL believes them to be more than `enough`."""
        table = f"{self.schema}.resource"
        believed = await self._connection.fetchval("SELECT reltuples FROM pg_class WHERE oid = to_regclass($1)", table)
        if believed > enough:
            return int(believed)
        return int(await self._connection.fetchval(f"SELECT count(*) FROM {table}"))

    async def beside(self) -> int:
        """Versions that wait."""
        return int(await self._connection.fetchval(f"SELECT count(*) FROM {self.schema}.next_resource"))

    # -- in place ------------------------------------------------------------------------------------------------------

    def in_place(self, since: int, consumers: Sequence[tuple[str, str]] = ()) -> list[Statement]:
        """The statements that bring the versions in, for `Unit.rows`; `since`: `position` when they were decided, when what they
        were decided on is not locked.
        """
        s, b = self.schema, self.beside_schema
        changed = f"SELECT n.rid FROM {b}.next_resource n WHERE n.version > 1"
        body = ("version", "updated", "deleted", "subject", "present", "dlo", "dhi", "toks", "dict", "body")
        sides = [table for table in TABLES if table != "resource"]
        return [
            (local(_HERE), ()),
            *([] if self.passing else self._checks(since)),
            self._history(consumers),
            *((f"DELETE FROM {s}.{table} WHERE rid IN ({changed})", ()) for table in sides),
            (
                f"UPDATE {s}.resource c SET {', '.join(f'{name} = n.{name}' for name in body)} "
                f"FROM {b}.next_resource n WHERE c.rid = n.rid AND n.version > 1",
                (),
            ),
            (
                f"INSERT INTO {s}.resource ({', '.join(COLUMNS['resource'])}) "
                f"SELECT {', '.join(COLUMNS['resource'])} FROM {b}.next_resource WHERE version = 1",
                (),
            ),
            *(
                (f"INSERT INTO {s}.{table} SELECT {', '.join(COLUMNS[table])} FROM {b}.next_{table}", ())
                for table in sides
            ),
            *([] if self.passing else [(f"TRUNCATE {s}.next_{table}", ()) for table in TABLES]),
        ]

    # -- by exchange ---------------------------------------------------------------------------------------------------

    async def complete(self, others: Mapping[str, str]) -> None:
        """Copy beside what stays as it is, and build the indexes: the longest part; readers see nothing of it. What was
        done stays done: a load that was cut goes on from there. `seal` ends it.

        others  tables of the module's own that are exchanged with the register's, begun as `next_<table>`, each with the
                condition under which a row of the present one (`r`) stays
        Raises: Problem(UNAVAILABLE).
        """
        if not await self._has("next_kept"):
            async with self.together():
                await self._fill(others)
        jobs = await self._jobs((*TABLES, *others))
        await self._share([job for sign, job in jobs if not await self._has(sign)])
        await self._share([[f"ANALYZE {self.schema}.next_{table}"] for table in (*TABLES, *others)])

    async def seal(self, others: Mapping[str, str]) -> None:
        """What `complete` made takes the keys and the sequences of a table of the register. In one transaction (`together`)
        with the word that it is done.
        """
        s = self.schema
        history = ("history",) if await self._has("next_history") else ()
        for table in ("resource", *history):
            own = _OWN[table]
            await self.run(f"ALTER TABLE {s}.next_{table} ADD PRIMARY KEY USING INDEX next_{table}_pkey")
            await self.run(f"ALTER TABLE {s}.next_{table} ALTER {own} ADD GENERATED BY DEFAULT AS IDENTITY")
        for table in (*TABLES, *others, *history):
            await self.run(f"ALTER TABLE {s}.next_{table} RESET (autovacuum_enabled)")

    async def _fill(self, others: Mapping[str, str]) -> None:
        """What stays, beside what comes; `next_kept`, its list, is the sign that it is there."""
        s = self.schema
        if await self.query(f"SELECT FROM {s}.resource LIMIT 1"):
            await self.run(f"CREATE INDEX next_known ON {s}.next_resource USING hash (key)")
            await self.run(f"ANALYZE {s}.next_resource (key)")
        await self.run(
            f"CREATE TABLE {s}.next_kept AS SELECT r.rid FROM {s}.resource r "
            f"WHERE NOT EXISTS (SELECT FROM {s}.next_resource n WHERE n.key = r.key)"
        )
        await self.run(f"ANALYZE {s}.next_kept")
        await self.run(f"DROP INDEX IF EXISTS {s}.next_known")
        for table in TABLES:
            columns = ", ".join(COLUMNS[table])
            await self.run(
                f"INSERT INTO {s}.next_{table} ({columns}) SELECT {', '.join(f'r.{c}' for c in COLUMNS[table])} "
                f"FROM {s}.{table} r JOIN {s}.next_kept k ON k.rid = r.rid"
            )
        for table, stays in others.items():
            await self.run(f"INSERT INTO {s}.next_{table} SELECT r.* FROM {s}.{table} r WHERE {stays}")
        await self.run(f"ALTER TABLE {s}.next_resource ALTER toks SET STATISTICS 300")

    async def _jobs(self, tables: Sequence[str]) -> list[tuple[str, list[str]]]:
        """What is left to make, the longest first: each the name of what its transaction leaves, and its statements."""
        s = self.schema
        jobs = []
        if history := await self._history_beside():
            history += [self._index(name, definition) for name, definition in await self._indexes(("history",))]
            jobs.append(("next_history", history))
        indexes = await self._indexes(tables)
        indexes.sort(key=lambda one: (" USING gin " not in one[1], f" ON {s}.resource " not in one[1]))
        return jobs + [(f"next_{name}", [self._index(name, definition)]) for name, definition in indexes]

    def _index(self, name: str, definition: str) -> str:
        unique = "UNIQUE " if " UNIQUE " in definition else ""
        _, _, place = definition.partition(" ON ")
        return f"CREATE {unique}INDEX next_{name} ON {_beside(place, self.schema)}"

    async def _share(self, jobs: Sequence[Sequence[str]]) -> None:
        """Do jobs, each in a transaction, over two connections: an index alone is built by one processor."""
        waiting = deque(jobs)
        if not waiting:
            return

        async def work(connection: asyncpg.Connection) -> None:
            while waiting:
                job = waiting.popleft()
                async with connection.transaction():
                    for sql in job:
                        for name, value in (_GIN if " USING gin " in sql else {}).items():
                            await connection.execute(f"SET LOCAL {name} = '{value}'")
                        await connection.execute(sql)

        other = await connect(self._dsn, f"switch {self.schema}, beside", _SETTINGS)
        tasks = [asyncio.ensure_future(work(connection)) for connection in (self._connection, other)]
        try:
            await asyncio.gather(*tasks)
        except LOST as error:
            raise unavailable() from error
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if not other.is_closed():
                await other.close()

    async def _history_beside(self) -> list[str]:
        """The statements that make the history beside too, where copying what it holds costs less than keeping its indexes at
        each version.
        """
        s = self.schema
        [kept] = await self.query(f"SELECT count(*) AS n FROM {s}.next_kept")
        come = await self.beside() - kept["n"]
        some = f"SELECT FROM {s}.history LIMIT {come + 1}"
        [held] = await self.query(f"SELECT count(*) AS n FROM ({some}) AS h")
        if held["n"] > come:
            return []
        drawn = f"nextval('{await self._sequence('history')}'::regclass), "
        return [
            f"CREATE TABLE {s}.next_history (LIKE {s}.history INCLUDING DEFAULTS INCLUDING STORAGE) WITH ({_UNTIDIED})",
            f"INSERT INTO {s}.next_history SELECT * FROM {s}.history",
            self._versions("next_history", _ANEW.format(schema=s), drawn),
        ]

    async def _has(self, name: str) -> bool:
        """Whether a table or an index of that name is there."""
        return bool(await self.query("SELECT WHERE to_regclass($1) IS NOT NULL", f"{self.schema}.{name}"))

    async def _indexes(self, tables: Sequence[str]) -> list[tuple[str, str]]:
        rows = await self._connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = ANY($2::text[]) "
            "ORDER BY tablename, indexname",
            self.schema,
            list(tables),
        )
        return [(row["indexname"], row["indexdef"]) for row in rows]

    async def exchange(
        self, since: int, others: Mapping[str, str], consumers: Sequence[tuple[str, str]] = ()
    ) -> list[Statement]:
        """The statements that put the completed tables in the place of the register's, for `Unit.rows`."""
        s = self.schema
        history = ("history",) if await self._has("next_history") else ()
        tables = (*TABLES, *others, *history)
        names = [name for name, _ in await self._indexes(tables)]
        last = [
            (
                f"SELECT setval(pg_get_serial_sequence('{s}.next_{table}', '{own}'), (SELECT last_value FROM {sequence}))",
                (),
            )
            for table, own, sequence in [
                (table, _OWN[table], await self._sequence(table)) for table in ("resource", *history)
            ]
        ]
        made = self._told(consumers, since) if history else [self._history(consumers, _ANEW.format(schema=s))]
        return [
            (local(_HERE), ()),
            *self._checks(since, whole=True),
            *made,
            *last,
            *((f"DROP TABLE {s}.{table}", ()) for table in tables),
            *((f"ALTER TABLE {s}.next_{table} RENAME TO {table}", ()) for table in tables),
            *((f"ALTER INDEX {s}.next_{name} RENAME TO {name}", ()) for name in names),
            (f"DROP TABLE {s}.next_kept", ()),
            *((f"DELETE FROM {s}.{table}", ()) for table in FOLLOWING),
        ]

    async def _sequence(self, table: str) -> str:
        return str(
            await self._connection.fetchval(
                "SELECT pg_get_serial_sequence($1, $2)", f"{self.schema}.{table}", _OWN[table]
            )
        )

    # -- both ----------------------------------------------------------------------------------------------------------

    def _checks(self, since: int, *, whole: bool = False) -> list[Statement]:
        """Fails (division by zero) when what was decided on is not what is there."""
        s = self.schema
        ours = "" if whole else f" AND h.key IN (SELECT key FROM {s}.next_resource)"
        moved = f"SELECT count(*) FROM {s}.history h WHERE h.seq > $1{ours}"
        locked = f"{s}.history, {s}.resource" if whole else f"{s}.resource"  # in the order of writers
        return [
            (f"LOCK TABLE {locked} IN SHARE ROW EXCLUSIVE MODE", ()),
            (f"SELECT 1 / (CASE WHEN ({moved}) = 0 THEN 1 ELSE 0 END)", (since,)),
        ]

    def _history(self, consumers: Sequence[tuple[str, str]], which: str = "") -> Statement:
        insert = self._versions("history", which)
        if not consumers:
            return (insert, ())
        return self._posted(consumers, f"{insert} RETURNING seq, type, updated")

    def _told(self, consumers: Sequence[tuple[str, str]], since: int) -> list[Statement]:
        """What consumers are told of a history that was made beside."""
        if not consumers:
            return []
        return [
            self._posted(consumers, f"SELECT seq, type, updated FROM {self.schema}.next_history WHERE seq > {since}")
        ]

    def _versions(self, table: str, which: str = "", seq: str = "") -> str:
        """SQL that puts what waits in a history; `seq`: how its place is drawn, when the table does not."""
        s = self.schema
        columns = "key, type, fid, version, updated, op, subject, dict, body"
        again = f"EXISTS (SELECT FROM {s}.resource c WHERE c.rid = n.rid AND c.deleted)"
        op = f"CASE WHEN n.deleted THEN 3 WHEN n.version = 1 OR {again} THEN 1 ELSE 2 END"
        values = f"n.key, n.type, n.fid, n.version, n.updated, {op}, n.subject, n.dict, n.body"
        into = f"{s}.{table} ({'seq, ' if seq else ''}{columns})"
        return f"INSERT INTO {into} SELECT {seq}{values} FROM {self.beside_schema}.next_resource n {which}"

    def _posted(self, consumers: Sequence[tuple[str, str]], versions: str) -> Statement:
        """The statement that puts versions (seq, type, updated) in the outbox of those who asked."""
        codes = [type_code(of) if of != "*" else -1 for of, _ in consumers]
        told = (
            f"WITH h AS ({versions}) INSERT INTO {self.schema}.outbox (consumer, seq, due) "
            "SELECT c.consumer, h.seq, h.updated FROM h JOIN unnest($1::smallint[], $2::text[]) AS c (type, consumer) "
            "ON c.type = h.type OR c.type = -1 ORDER BY h.seq"
        )
        return (told, (codes, [consumer for _, consumer in consumers]))


def _beside(place: str, schema: str) -> str:
    """The rest of an index's definition, moved to the table beside: "annuaire.resource USING …"."""
    table = place.removeprefix(f"{schema}.").split()[0]
    return f"{schema}.next_{table}{place.removeprefix(f'{schema}.')[len(table) :]}"


@asynccontextmanager
async def opened(dsn: str, schema: str) -> "AsyncIterator[Switch]":
    """A switch for the register `schema`, on a connection of its own. Raises: Problem(UNAVAILABLE)."""
    connection = await connect(dsn, f"switch {schema}", _SETTINGS)
    try:
        yield Switch(connection, schema, dsn=dsn)
    except LOST as error:
        if isinstance(error, OSError) and not connection.is_closed():
            raise  # not of the database
        raise unavailable() from error
    finally:
        if not connection.is_closed():
            await connection.close()


def is_stale(problem: Problem) -> bool:
    """Whether statements of a switch were refused because others wrote meanwhile: what was made must be made again."""
    return problem.kind in (Kind.INVALID, Kind.CONFLICT)
