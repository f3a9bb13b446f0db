"""A great many changes of one register, seen all at once or not at all, in constant memory.

One transaction on a connection and a chain of traces of its own. Versions wait beside the register (`switch`) until its end; the
register's writer and its readers go on meanwhile, and see what was there before until the commit. One event tells the whole.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import asyncpg

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.store.board import Watch
from socle.kernel.store.contract import Change, Row, Unit
from socle.kernel.store.postgres import decide as rules
from socle.kernel.store.postgres import statements
from socle.kernel.store.postgres.binary import TABLES, lines_of
from socle.kernel.store.postgres.chains import Chain, encoded, take_chain
from socle.kernel.store.postgres.connections import LOST, connect, row_types, unavailable
from socle.kernel.store.postgres.refusals import explained
from socle.kernel.store.postgres.rows import Version, instant, pack
from socle.kernel.store.postgres.switch import Switch
from socle.kernel.store.postgres.values import longs

GROUP: Final = 1_000  # changes written together

Interests = Mapping[str, Sequence[str]]


class Whole:
    """The transaction, while it is open. One thing at a time: it is one connection."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        schema: str,
        chain: Chain,
        trace_type: int,
        trace: Trace,
        interests: Interests,
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._chain = chain
        self._trace_type = trace_type
        self._trace = trace
        self._consumers = [(kind, who) for kind, everyone in interests.items() for who in everyone]
        self._switch = Switch(connection, schema, passing=True)
        self._started = False
        self._moment = instant(trace.at)
        self.written = 0
        self.detail = ""

    @property
    def posted(self) -> bool:
        """Whether somebody may have to be told of what was written."""
        return bool(self.written and self._consumers)

    async def put(self, changes: Sequence[Change]) -> int:
        """Take changes, each of another resource; answers how many versions they make. They are in their place at the end.

        Raises: Problem(CONFLICT | PRECONDITION_FAILED): the whole is then lost.
        """
        made = 0
        for start in range(0, len(changes), GROUP):
            made += await self._put(changes[start : start + GROUP])
        self.written += made
        return made

    async def _put(self, changes: Sequence[Change]) -> int:
        if not self._started:
            await self._switch.start()
            self._started = True
        unit = Unit(changes, self._trace)
        keys = rules.keys(unit)
        there = cast(
            "list[Row]", await self._connection.fetch(statements.LOOK_UP.format(schema=self._schema), longs(keys))
        )
        answers, _ = rules.decide(unit, keys, rules.currents(there), self._moment)
        versions = [answer for answer in answers if isinstance(answer, Version)]
        new = [version for version in versions if not version.rid]
        if new:
            rids = await self._connection.fetch(
                f"SELECT nextval(pg_get_serial_sequence('{self._schema}.resource', 'rid')) AS rid "
                "FROM generate_series(1, $1::int)",
                len(new),
            )
            for version, row in zip(new, rids, strict=True):
                version.rid = row["rid"]
        if versions:
            await self._switch.add(lines_of(versions, pack.dictionary))
        return len(versions)

    async def execute(self, sql: str, *args: Any) -> str:
        """A statement of the module's own tables; answers what PostgreSQL says of it ("UPDATE 12")."""
        return str(await self._connection.execute(sql, *args))

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """The rows, as this transaction sees them: what was `put` apart."""
        return cast("list[Row]", await self._connection.fetch(sql, *args))

    async def pages(self, sql: str, *args: Any, size: int) -> AsyncIterator[list[Row]]:
        """The rows by pages of at most `size`, in constant memory; changes may be put between two pages."""
        cursor = await self._connection.cursor(sql, *args)
        while page := await cursor.fetch(size):
            yield cast("list[Row]", page)

    async def close(self) -> None:
        """Put what waits in its place, then chain the event that tells the whole: the last things before the commit."""
        if self._started:
            for table in TABLES:
                await self._connection.execute(f"ANALYZE next_{table}")
            for sql, args in self._switch.in_place(0, self._consumers):
                await self._connection.execute(sql, *args)
        event = Event(self._trace, Action.EXECUTE, query=f"{self.written} versions", detail=self.detail)
        self._chain, values = self._chain.extend([encoded(event)], self._trace_type)
        await self._connection.execute(statements.RECORD.replace("{schema}", self._schema), *values)


@asynccontextmanager
async def whole(
    dsn: str,
    schema: str,
    trace: Trace,
    interests: Interests,
    on_commit: Callable[[str, int, bool], None],
    watch: Watch,
) -> AsyncIterator[Whole]:
    """Open the transaction; it commits when the block ends well, and leaves nothing when it does not.

    Every version is dated of the trace's moment. Raises: what the block raises; Problem(CONFLICT | INVALID |
    UNAVAILABLE) when the database refuses.
    """
    connection = await connect(dsn, f"whole {schema}", {**statements.ASKING, "statement_timeout": "0"})
    changing: list[int] = []
    try:
        types = await row_types(connection)
        chain = await take_chain(connection, schema)
        async with connection.transaction():
            opened = Whole(connection, schema, chain, types.trace, trace, interests)
            yield opened
            changing = watch.all_changing()
            await opened.close()
    except (asyncpg.PostgresError, *LOST) as error:
        raise (unavailable() if connection.is_closed() or isinstance(error, LOST) else explained(error)) from error
    finally:
        if not connection.is_closed():
            watch.changed(changing)  # the database said how it ended
            await connection.close()
    on_commit(schema, opened.written, opened.posted)
