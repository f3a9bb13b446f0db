"""The writer of one schema: what is queued while a commit runs goes into the next one.

One connection, one loop. Each caller is answered after the commit that holds its unit, never before. A batch that the
database refuses is tried again unit by unit, so that only the guilty one fails.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

import asyncpg

from socle.kernel.audit import Event
from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Problem
from socle.kernel.store.board import Watch
from socle.kernel.store.contract import Row, Stored, Unit, Within
from socle.kernel.store.postgres import decide as rules
from socle.kernel.store.postgres import statements
from socle.kernel.store.postgres.chains import Chain, Encoded, encoded, take_chain
from socle.kernel.store.postgres.connections import LOST, RowTypes, row_types, unavailable
from socle.kernel.store.postgres.refusals import TooSlow, busy, explained
from socle.kernel.store.postgres.rows import Arguments, Version, answered, arguments, instant, postings, tail
from socle.kernel.store.postgres.values import UNFIT, longs

MOST_UNITS: Final = 256  # in one commit
AT_ONCE: Final = (
    16  # that many changes go together; beyond, half of what waits: callers prepare while the database writes
)
TURNS: Final = 4  # of the loop that a batch may wait for those who were answered with the last one
MOST_CHANGES: Final = 1_500
LARGE: Final = 256  # changes of a fresh unit whose arguments are made while the previous commit is on its way
MOST_BYTES: Final = 8_000_000
MOST_EXCLUSIVE: Final = 32
PATIENCE: Final = 30.0  # seconds that `decide` may hold the writer
_TRIES: Final = 6
_RESOURCES: Final = re.compile(r"\bresource\b")  # in SQL: the table of resources; another name of it there is none
_OURS: Final = frozenset({"resource_key", "history_version"})  # unique indexes where two workers may meet

Decide = Callable[[Within], Awaitable[Unit]]
Clock = Callable[[], datetime]


@dataclass(slots=True, eq=False)
class Pending:
    """One caller's unit, waiting to be written. Of `unit`, `decide`, `events`, one says what to do."""

    future: "asyncio.Future[list[Stored]]"
    unit: Unit | None = None
    decide: Decide | None = None
    locks: Sequence[int] = ()
    keys: Sequence[int] = ()  # of what the unit changes, once they are asked for
    answers: list[rules.Answer] | None = None  # known before look-up when everything is fresh
    made: Arguments | None = None  # known as early when there are many
    events: list[Encoded] = field(default_factory=list)
    problem: BaseException | None = None

    @property
    def weight(self) -> int:
        """Changes in it."""
        return len(self.unit.changes) if self.unit else 1

    @property
    def bytes(self) -> int:
        """Bytes of bodies already known."""
        return sum(len(a.packed) for a in self.answers if isinstance(a, Version)) if self.answers else 0

    def forget(self) -> None:
        """Back to what it was when queued, to be tried again: nothing is taken for granted any more."""
        if self.unit is not None or self.decide is not None:
            self.keys, self.answers, self.made, self.events, self.problem = (), None, None, [], None

    def fail(self, problem: BaseException) -> None:
        """Tell the caller, if it is still there."""
        if not self.future.done():
            self.future.set_exception(problem)

    def succeed(self) -> None:
        """Answer the caller, if it is still there."""
        if self.problem is not None:
            self.fail(self.problem)
        elif not self.future.done():
            stored = [a.stored() if isinstance(a, Version) else a for a in self.answers or ()]
            self.future.set_result(stored)


class _Question:
    """Within: questions inside the write transaction, each with a plan of its own but those that are settled."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._asking = False

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """The rows."""
        if not self._asking:
            await self._connection.execute(statements.local(statements.ASKING))
            self._asking = True
        return cast("list[Row]", await self._connection.fetch(sql, *args))

    async def settled(self, sql: str, *args: Any) -> list[Row]:
        """The rows, by a plan that the writer's connection keeps: its own settings ask for such plans."""
        return cast("list[Row]", await self._connection.fetch(sql, *args))

    async def answered(self) -> None:
        """Back to the plans of the writer."""
        if self._asking:
            await self._connection.execute(statements.local(statements.WRITING))
            self._asking = False


class Writer:
    """Groups the writes of one schema. `interests` may grow: who is to be told of which types by the outbox."""

    def __init__(
        self,
        schema: str,
        open_connection: Callable[[], Awaitable[asyncpg.Connection]],
        clock: Clock,
        interests: dict[str, Sequence[str]],
        on_commit: Callable[[str, int, bool], None],
        watch: Watch,
    ) -> None:
        self.schema = schema
        self._open = open_connection
        self._clock = clock
        self.interests = interests
        self._on_commit = on_commit
        self._watch = watch
        self._present = 1  # callers, when the last batch was answered: those of it, and those who waited
        self._changing: list[int] = []  # what the board was told of the transaction under way
        self._queue: deque[Pending] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._connection: asyncpg.Connection | None = None
        self._chain: Chain | None = None
        self._types: RowTypes | None = None
        self._apply: dict[tuple[str, ...], Any] = {}
        self._record: Any = None
        self._look_up: Any = None

    # -- callers -------------------------------------------------------------------------------------------------------

    async def commit(self, unit: Unit) -> list[Stored]:
        """Queue a unit and wait for its commit."""
        pending = Pending(asyncio.get_running_loop().create_future(), unit=unit)
        if rules.is_fresh(unit):
            # Written and packed here, while the previous commit is on its way to the disk.
            self._answer_fresh(pending)
        return await self._queued(pending)

    async def exclusive(self, locks: Sequence[int], decide: Decide) -> list[Stored]:
        """Queue a unit that is decided inside its transaction."""
        return await self._queued(Pending(asyncio.get_running_loop().create_future(), decide=decide, locks=locks))

    async def record(self, event: Event) -> None:
        """Queue an event alone."""
        await self._queued(Pending(asyncio.get_running_loop().create_future(), events=[encoded(event)]))

    async def close(self) -> None:
        """Write what is queued, then stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        await self._drop()

    def _queued(self, pending: Pending) -> "asyncio.Future[list[Stored]]":
        if self._closing:
            raise unavailable()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"writer {self.schema}")
        self._queue.append(pending)
        self._wake.set()
        return pending.future

    # -- the loop ------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            if not self._queue:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._gather()
            batch = self._next()
            if batch:
                await self._write(batch)
                self._present = len(batch) + len(self._queue)

    async def _gather(self) -> None:
        """Let those who were answered together come back together: a commit of one costs nearly what a commit of many does.

        Whoever comes alone does not wait.
        """
        for _ in range(TURNS):
            if len(self._queue) >= min(AT_ONCE, self._present):
                return
            await asyncio.sleep(0)

    def _next(self) -> list[Pending]:
        """The next batch: what waits, in order, up to a size; units decided in their transaction stay apart.

        Were all that waits taken at once, all callers would be answered together, come back together, and the database
        would wait for them as they wait for it: half leaves the other half to be written meanwhile.
        """
        batch: list[Pending] = []
        weight = size = 0
        apart = self._queue[0].decide is not None
        half = (len(self._queue) + 1) // 2
        most = MOST_EXCLUSIVE if apart else MOST_UNITS
        while self._queue and len(batch) < most and weight < MOST_CHANGES and size < MOST_BYTES:
            if not apart and len(batch) >= half and weight >= AT_ONCE:
                break
            pending = self._queue[0]
            if (pending.decide is not None) is not apart:
                break
            self._queue.popleft()
            if not pending.future.done():  # the caller may have left
                batch.append(pending)
                weight += pending.weight
                size += pending.bytes
        return batch

    async def _write(self, batch: list[Pending]) -> None:
        for attempt in range(_TRIES):
            try:
                await self._attempt(batch)
            except Problem as problem:  # no connection to be had
                self._fail(batch, problem)
            except LOST as error:
                if isinstance(error, asyncpg.InterfaceError) and not self._is_lost:
                    await self._one_by_one(batch, explained(error))  # arguments that the driver refuses
                    return
                await self._drop()
                self._fail(batch, unavailable())
            except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                if attempt < _TRIES - 1:
                    self._forget(batch)
                    continue
                await self._one_by_one(batch, busy())
            except asyncpg.UniqueViolationError as error:
                if error.constraint_name in _OURS and attempt < _TRIES - 1:
                    self._forget(batch)
                    continue
                await self._one_by_one(batch, explained(error))
            except Exception as error:
                await self._one_by_one(batch, explained(error))
            else:
                for pending in batch:
                    pending.succeed()
                self._on_commit(self.schema, sum(p.weight for p in batch), self._posted(batch))
            return

    def _posted(self, batch: list[Pending]) -> bool:
        """Whether something of the batch went to an outbox."""
        interests = self.interests
        if not interests:
            return False
        return "*" in interests or any(
            answer.type in interests for p in batch for answer in p.answers or () if isinstance(answer, Version)
        )

    async def _one_by_one(self, batch: list[Pending], problem: BaseException) -> None:
        """A batch failed: its only unit is told why, or each of its units is tried alone."""
        if len(batch) == 1:
            batch[0].fail(problem)
            return
        self._forget(batch)
        for pending in batch:
            await self._write([pending])

    @staticmethod
    def _forget(batch: list[Pending]) -> None:
        for pending in batch:
            pending.forget()

    @staticmethod
    def _fail(batch: list[Pending], problem: BaseException) -> None:
        for pending in batch:
            pending.fail(problem)

    # -- one transaction -----------------------------------------------------------------------------------------------

    async def _attempt(self, batch: list[Pending]) -> None:
        """One transaction, told on the board. When the database does not say how it ended, the board never hears of its end."""
        self._changing = []
        try:
            await self._transact(batch)
        except Exception:
            if not self._is_lost:
                self._watch.changed(self._changing)
            raise
        self._watch.changed(self._changing)

    async def _transact(self, batch: list[Pending]) -> None:
        connection, chain = await self._ready()
        if batch[0].decide is not None:
            chain = await self._exclusively(connection, chain, batch)
        elif all(p.unit is None or (p.answers is not None and not p.unit.rows) for p in batch):
            chain = await self._apply_all(connection, chain, batch)  # a single statement commits itself
        else:
            async with connection.transaction():
                for part in _parts(batch):
                    await self._decide_all(connection, part)
                    chain = await self._apply_all(connection, chain, part)
        self._chain = chain

    async def _decide_all(self, connection: asyncpg.Connection, batch: list[Pending]) -> None:
        units = [(p, p.unit) for p in batch if p.unit is not None]
        for pending, unit in units:
            if pending.answers is None and not pending.keys:
                pending.keys = rules.keys(unit)
        state = await self._states({key for p, _ in units if p.answers is None for key in p.keys})
        now = instant(self._clock())
        for pending, unit in units:
            if pending.answers is None:
                try:
                    answers, persons = rules.decide(unit, pending.keys, state, now)
                except Problem as problem:
                    pending.problem = problem
                    continue
                pending.answers = answers
                pending.events = [encoded(event) for event in rules.events(unit, answers, persons)]
            else:
                rules.note_fresh(pending.answers, state)
        for pending, unit in units:
            if pending.problem is None:
                for sql, args in unit.rows:
                    if _RESOURCES.search(sql):
                        self._changing += self._watch.all_changing()
                    await connection.execute(sql, *args)

    async def _states(self, keys: set[int]) -> dict[int, rules.Current]:
        if not keys:
            return {}
        if self._look_up is None:
            assert self._connection is not None
            self._look_up = await self._connection.prepare(statements.LOOK_UP.format(schema=self.schema))
        return rules.currents(await self._look_up.fetch(longs(list(keys))))

    async def _apply_all(self, connection: asyncpg.Connection, chain: Chain, batch: list[Pending]) -> Chain:
        """Write what was decided; answers where the chain stands once this is committed."""
        kept = [p for p in batch if p.problem is None]
        events = [event for p in kept for event in p.events]
        if not events:
            return chain
        versions = [a for p in kept for a in p.answers or () if isinstance(a, Version)]
        assert self._types is not None
        chain, values = chain.extend(events, self._types.trace)
        if not versions:
            if self._record is None:
                self._record = await connection.prepare(statements.RECORD.replace("{schema}", self.schema))
            await self._record.fetch(*values)
            return chain
        # Nobody can have kept what had no version before.
        self._changing += self._watch.changing(version.key for version in versions if version.version > 1)
        units = [p for p in kept if p.answers]
        made = units[0].made if len(units) == 1 else None
        if made is None or made.row_type != self._types.version:
            made = arguments(versions, self._types.version)
        told, posted = postings(versions, self.interests, versions[0].updated)
        parts = (*made.parts, *told)
        apply = self._apply.get(parts)
        if apply is None:
            apply = await connection.prepare(statements.apply(parts).replace("{schema}", self.schema))
            self._apply[parts] = apply
        [row] = await apply.fetch(*values, *made.values, *posted)
        answered(versions, row["seqs"], row["rids"])
        return chain

    async def _exclusively(self, connection: asyncpg.Connection, chain: Chain, batch: list[Pending]) -> Chain:
        """Units decided one after the other in one transaction: each sees what the ones before it wrote."""
        locks = sorted({lock ^ key("lock", self.schema) for p in batch for lock in p.locks})
        tx = _Question(connection)
        async with connection.transaction():
            if locks:
                await connection.execute("SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k", locks)
            for pending in batch:
                assert pending.decide is not None
                try:
                    async with asyncio.timeout(PATIENCE):
                        pending.unit = await pending.decide(tx)
                except Problem as problem:
                    pending.problem = problem
                    continue
                except TimeoutError:
                    raise TooSlow from None
                await tx.answered()
                if rules.is_fresh(pending.unit):
                    self._answer_fresh(pending)
                await self._decide_all(connection, [pending])
                chain = await self._apply_all(connection, chain, [pending])
        return chain

    # -- the connection ------------------------------------------------------------------------------------------------

    async def _ready(self) -> tuple[asyncpg.Connection, Chain]:
        if self._connection is None or self._chain is None or self._connection.is_closed():
            await self._drop()
            self._connection = await self._open()
            try:
                self._types = await row_types(self._connection)
                self._chain = await take_chain(self._connection, self.schema)
            except LOST:
                await self._drop()
                raise
        return self._connection, self._chain

    @property
    def _is_lost(self) -> bool:
        return self._connection is None or self._connection.is_closed()

    async def _drop(self) -> None:
        connection, self._connection, self._chain = self._connection, None, None
        self._apply = {}
        self._record = self._look_up = None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=2)
            except (*LOST, TimeoutError):
                connection.terminate()

    def _answer_fresh(self, pending: Pending) -> None:
        assert pending.unit is not None
        pending.answers, persons = rules.decide_fresh(pending.unit, instant(self._clock()))
        pending.events = [encoded(event) for event in rules.events(pending.unit, pending.answers, persons)]
        with suppress(*UNFIT):  # the batch that holds it will tell
            versions = [answer for answer in pending.answers if isinstance(answer, Version)]
            if self._types is not None and len(versions) >= LARGE:
                pending.made = arguments(versions, self._types.version)
            else:
                for version in versions:
                    tail(version)


def _parts(batch: list[Pending]) -> list[list[Pending]]:
    """The batch in parts that may be looked up, decided and written together.

    Statements of a module may change what is stored (empty a register): what comes after them is looked up after them.
    """
    parts: list[list[Pending]] = []
    last = ""
    for pending in batch:
        unit = pending.unit
        kind = (
            "traces" if unit is None else "both" if unit.rows and unit.changes else "rows" if unit.rows else "changes"
        )
        if kind == last and kind != "both":
            parts[-1].append(pending)
        else:
            parts.append([pending])
        last = kind
    return parts
