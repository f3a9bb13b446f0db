"""Other processes of ours that read, check, index and store batches of an import, each on a connection and a chain of traces of
its own: nothing of a line crosses from one process to another.

Lines take effect in their order: the process that reads is told which resources a batch is of, and lets it be stored once no
batch before it, still under way, is of the same. What a register judges, or learns from, is left to that process.
"""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final
from uuid import uuid4

import uvloop

from socle.kernel.bulk import desk, reading
from socle.kernel.bulk.desk import Asked, Counted
from socle.kernel.bulk.reading import Import, Rules
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.parent import end_with_parent
from socle.kernel.search.custom import TYPE, Learnt
from socle.kernel.search.repository import Repository
from socle.kernel.store import Put, Store, Unit
from socle.kernel.store.postgres import open_database
from socle.kernel.store.postgres.connections import unavailable
from socle.kernel.store.postgres.database import utc_now

Making = Callable[[Store], tuple[Repository, Rules]]  # known by its name in another process, as are its arguments


@dataclass(frozen=True, slots=True)
class Order:
    """What a process works at. `making`: the register and its rules, as they are here."""

    dsn: str
    turn: Asked
    making: Making


@dataclass(frozen=True, slots=True)
class Piece:
    """A batch of lines: the octets `begin` to `end` of a file, after `line` lines.

    store      False when they are only to be checked
    consumers  who is told of what now, see `Database.consumers`
    learnt     search parameters that the register obeys now
    """

    file: int
    begin: int
    end: int
    line: int
    store: bool
    consumers: Sequence[tuple[str, str]] = ()
    learnt: tuple[Learnt, ...] = ()


_READY: Final = "ready"


class Hand:
    """One process, at one batch at a time: `prepare`, then `settle`."""

    def __init__(self, process: BaseProcess, pipe: "Connection[Any, Any]", threads: ThreadPoolExecutor) -> None:
        self._process = process
        self._pipe = pipe
        self._threads = threads

    async def prepare(self, piece: Piece) -> frozenset[int] | None:
        """The keys of the resources that a batch is of; None when it is left to who asks. Raises: Problem(UNAVAILABLE)."""
        keys: frozenset[int] | None = await self._asked(piece)
        return keys

    async def settle(self) -> Counted | None:
        """Store what was prepared; None when the database refuses something of it, and nothing of it is kept.

        Raises: Problem(UNAVAILABLE).
        """
        counted: Counted | None = await self._asked("settle")
        return counted

    async def ready(self) -> None:
        """Wait until it has begun: a second or two. Raises: Problem(UNAVAILABLE)."""
        await self._asked(None)

    async def _asked(self, message: object) -> Any:
        try:
            if message is not None:
                self._pipe.send(message)
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._pipe.recv)
        except (EOFError, OSError):
            raise RuntimeError("a process that imported for us has ended") from None
        if answer is Kind.UNAVAILABLE:
            raise unavailable()
        return answer

    def end(self) -> None:
        """Whatever it does: what it has not committed is not stored."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


@dataclass(frozen=True, slots=True)
class Crew:
    """Other processes, and the moment when they have all `begun`."""

    hands: Sequence[Hand]
    begun: "asyncio.Future[list[None]]"


@asynccontextmanager
async def at_work(order: Order | None, count: int) -> AsyncIterator[Crew]:
    """So many processes, until the end of the block; they begin meanwhile. None without an `order`."""
    if order is None:
        yield Crew((), asyncio.gather())
        return
    begun: asyncio.Future[list[None]] | None = None
    context = get_context("spawn")
    threads = ThreadPoolExecutor(count, thread_name_prefix="import")
    hands: list[Hand] = []

    def begin() -> None:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, order), daemon=True, name="import")
            process.start()
            theirs.close()
            hands.append(Hand(process, ours, threads))

    try:
        await asyncio.to_thread(begin)
        begun = asyncio.gather(*(hand.ready() for hand in hands))
        yield Crew(hands, begun)
    finally:
        if begun is not None:
            begun.cancel()
            await asyncio.gather(begun, return_exceptions=True)
        for hand in hands:
            await asyncio.to_thread(hand.end)
        threads.shutdown()


# -- the other side --------------------------------------------------------------------------------------------------------


def _serve(pipe: "Connection[Any, Any]", order: Order) -> None:
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: who gave the work decides
    os.nice(5)  # the house goes on answering
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # as `socle import ndjson` does
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_Work(pipe, order).done())


class _Work:
    def __init__(self, pipe: "Connection[Any, Any]", order: Order) -> None:
        self.pipe = pipe
        self.order = order
        self.what = Import.from_json(order.turn.asked)

    async def done(self) -> None:
        database = await open_database(self.order.dsn, readers=1, searchers=1, tended=True)
        try:
            schema = self.order.turn.register
            repository, rules = self.order.making(database.store(schema))
            self.pipe.send(_READY)
            while True:
                piece: Piece = await self._told()
                for kind, who in piece.consumers:
                    database.interest(schema, kind, who)
                repository.adopt(piece.learnt)
                await self._piece(piece, repository, rules)
        finally:
            await database.close()

    async def _told(self) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, self.pipe.recv)

    async def _piece(self, piece: Piece, repository: Repository, rules: Rules) -> None:
        source = self.what.sources[piece.file]
        try:
            with reading.opened(source) as file:
                lines = reading.batch(file, piece.begin, piece.line, piece.end)
        except Problem:  # who asks will meet it too, and knows whom to tell
            self.pipe.send(None)
            return
        items = await reading.prepared(lines, repository, rules, lambda: str(uuid4()))
        puts = [item.made for item in items if isinstance(item.made, Put)]
        if lines[-1].end != piece.end or any(put.type == TYPE or rules.judges(put.type) for put in puts):
            self.pipe.send(None)
            return
        self.pipe.send(frozenset(resource_key(put.type, put.id) for put in puts))
        assert await self._told() == "settle"
        told = tuple(
            reading.outcome(source, item.line, item.made, self.what.language)
            for item in items
            if isinstance(item.made, Problem)
        )
        counted = Counted(piece.end, lines[-1].number, len(puts) if piece.store else 0, len(told), told)
        if piece.store:
            trace = replace(self.order.turn.trace, at=utc_now())
            rows = desk.stored(self.order.turn, piece.file, piece.begin, counted)
            try:
                await repository.store.commit(Unit(puts, trace, rows=rows))
            except Problem as problem:
                self.pipe.send(Kind.UNAVAILABLE if problem.kind is Kind.UNAVAILABLE else None)
                return
        self.pipe.send(counted)
