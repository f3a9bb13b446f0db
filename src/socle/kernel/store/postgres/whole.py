"""A great many changes of one register, seen all at once or not at all, in constant memory.

One transaction on a connection and a chain of traces of its own: the register's writer and its readers go on meanwhile,
and see what was there before until the commit. One event tells the whole.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import asyncpg

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.fhir.keys import resource_key
from socle.kernel.store.contract import Change, Row, Unit
from socle.kernel.store.postgres import decide as rules
from socle.kernel.store.postgres import statements
from socle.kernel.store.postgres.chains import Chain, encoded, take_chain
from socle.kernel.store.postgres.connections import LOST, connect, unavailable
from socle.kernel.store.postgres.rows import Block, Version, answered, arguments, instant, numbers
from socle.kernel.store.postgres.writer import explained

GROUP: Final = 1_000  # changes written by one statement

Interests = Mapping[str, Sequence[str]]


class Whole:
    """The transaction, while it is open. One thing at a time: it is one connection."""

    def __init__(
        self, connection: asyncpg.Connection, schema: str, chain: Chain, trace: Trace, interests: Interests
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._chain = chain
        self._trace = trace
        self._interests = interests
        self._apply: dict[tuple[str, ...], Any] = {}
        self._look_up: Any = None
        self._asking = False
        self._moment = instant(trace.at)
        self.written = 0
        self.posted = False
        self.detail = ""

    async def put(self, changes: Sequence[Change]) -> int:
        """Write changes, at most `GROUP` by statement; answers how many versions they made.

        Raises: Problem(CONFLICT | PRECONDITION_FAILED): the whole is then lost.
        """
        made = 0
        for start in range(0, len(changes), GROUP):
            made += await self._put(changes[start : start + GROUP])
        self.written += made
        return made

    async def _put(self, changes: Sequence[Change]) -> int:
        await self._plans(asking=False)
        if self._look_up is None:
            self._look_up = await self._connection.prepare(statements.LOOK_UP.format(schema=self._schema))
        keys = [resource_key(change.type, change.id) for change in changes]
        state = rules.currents(await self._look_up.fetch(numbers(keys)))
        answers, _ = rules.decide(Unit(changes, self._trace), state, self._moment)
        versions = [answer for answer in answers if isinstance(answer, Version)]
        if not versions:
            return 0
        block = Block()
        self._chain, values = self._chain.extend([], block)
        parts, more = arguments(versions, block, self._interests, self._moment)
        if parts not in self._apply:
            sql = statements.apply(parts).replace("{schema}", self._schema)
            self._apply[parts] = await self._connection.prepare(sql)
        values += more
        values[3] = block.bytes()
        [row] = await self._apply[parts].fetch(*values)
        answered(versions, row["seqs"], row["rids"])
        self.posted = self.posted or "outbox" in parts
        return len(versions)

    async def execute(self, sql: str, *args: Any) -> str:
        """A statement of the module's own tables; answers what PostgreSQL says of it ("UPDATE 12")."""
        await self._plans(asking=True)
        return str(await self._connection.execute(sql, *args))

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """The rows, as this transaction sees them."""
        await self._plans(asking=True)
        return cast("list[Row]", await self._connection.fetch(sql, *args))

    async def pages(self, sql: str, *args: Any, size: int) -> AsyncIterator[list[Row]]:
        """The rows by pages of at most `size`, in constant memory; changes may be put between two pages."""
        await self._plans(asking=True)
        cursor = await self._connection.cursor(sql, *args)
        while page := await cursor.fetch(size):
            yield cast("list[Row]", page)

    async def _plans(self, *, asking: bool) -> None:
        if asking is not self._asking:
            await self._connection.execute(statements.local(statements.ASKING if asking else statements.WRITING))
            self._asking = asking

    async def close(self) -> None:
        """Chain the event that tells the whole: the last thing before the commit."""
        event = Event(self._trace, Action.EXECUTE, query=f"{self.written} versions", detail=self.detail)
        block = Block()
        self._chain, values = self._chain.extend([encoded(event)], block)
        values[3] = block.bytes()
        await self._connection.execute(statements.RECORD.replace("{schema}", self._schema), *values)


@asynccontextmanager
async def whole(
    dsn: str,
    schema: str,
    trace: Trace,
    interests: Interests,
    on_commit: Callable[[str, int, bool], None],
) -> AsyncIterator[Whole]:
    """Open the transaction; it commits when the block ends well, and leaves nothing when it does not.

    Every version is dated of the trace's moment. Raises: what the block raises; Problem(CONFLICT | INVALID |
    UNAVAILABLE) when the database refuses.
    """
    connection = await connect(dsn, f"whole {schema}", {**statements.WRITING, "statement_timeout": "0"})
    try:
        chain = await take_chain(connection, schema)
        async with connection.transaction():
            opened = Whole(connection, schema, chain, trace, interests)
            yield opened
            await opened.close()
    except (asyncpg.PostgresError, *LOST) as error:
        raise (unavailable() if connection.is_closed() else explained(error)) from error
    finally:
        if not connection.is_closed():
            await connection.close()
    on_commit(schema, opened.written, opened.posted)
