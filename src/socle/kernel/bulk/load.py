"""The work of an import: lines of NDJSON checked, indexed, stored by the thousand; what is wrong is told line by line.

How far it has gone is kept in the transaction that stores each batch: after a crash the work goes on from there, and no
line is stored twice or lost. The report of rejected lines is cut back to what that transaction knew.

R4 has no standard import: the shape of ours is told in docs/decisions.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from socle.kernel.audit import Trace
from socle.kernel.bulk import desk, reading
from socle.kernel.bulk.desk import Asked, Counted, Stopped
from socle.kernel.bulk.hands import Crew, Hand, Making, Order, Piece, at_work
from socle.kernel.bulk.reading import Import, Item, Rules, Source, batch, opened, outcome, prepared, size_of
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.repository import Repository
from socle.kernel.store import ABSENT, Put, Unit
from socle.kernel.store.database import Database

MOST_TOLD: Final = 10_000  # rejected lines described in the report; all are counted
PULSE: Final = 2.0
REPORT: Final = "error.OperationOutcome.1.ndjson"
ATTEMPTS: Final = 5  # at a line that somebody else writes meanwhile, when it was judged against what it replaces
TOGETHER_FROM: Final = 16 * 1024 * 1024  # octets from which other processes are worth their start
MOST_HANDS: Final = 8

Progress = Callable[[int, int, "Place"], None]


@dataclass(frozen=True, slots=True)
class Place:
    """How far an import has gone: everything before it is settled.

    checked   a first reading is over (or was not asked for)
    file      the file under way, from 0; `offset` octets and `line` lines of it are settled
    before    octets of the files before it
    report    octets of the report that count
    """

    checked: bool = False
    file: int = 0
    offset: int = 0
    line: int = 0
    before: int = 0
    stored: int = 0
    rejected: int = 0
    report: int = 0


@dataclass(slots=True, eq=False)
class _Flight:
    """A batch in the hands of another process, in the order of the files.

    keys     of its resources, once `known`; None when it is left to this process, which settles it in its turn
    counted  what it came to, once `settled`
    """

    piece: Piece
    task: "asyncio.Task[None] | None" = None
    keys: frozenset[int] | None = None
    known: asyncio.Event = field(default_factory=asyncio.Event)
    counted: Counted | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)


def hands_for(octets: int) -> int:
    """How many processes an import of that size is worth, on this machine."""
    cores = len(os.sched_getaffinity(0))
    return min(cores, MOST_HANDS) if cores > 1 and octets >= TOGETHER_FROM else 0


async def run(
    asked: Asked,
    database: Database,
    repository: Repository,
    rules: Rules,
    folder: Path,
    clock: Callable[[], datetime],
    draw: Callable[[], str],
    told: Progress = lambda done, total, place: None,
    making: Making | None = None,
) -> Mapping[str, Any]:
    """Load the files of `asked`, from where an earlier turn left off; what came of it, for the manifest.

    rules   what the register asks of whatever is written in it
    folder  where the report of rejected lines goes
    draw    ids of the resources that come without one
    told    called with (octets, octets in all, place) about once a batch
    making  the register and its rules, for other processes that share the work when there is much; None: here alone
    Raises: Stopped when it was cancelled meanwhile; Problem(NOT_FOUND) when a file is not there any more.
    """
    what = Import.from_json(asked.asked)
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    place = Place(**asked.checkpoint) if asked.checkpoint else Place(checked=not what.whole)
    work = _Work(what, asked, database, repository, rules, folder / REPORT, clock, draw, told, making)
    return await work.done(place)


class _Work:
    def __init__(
        self,
        what: Import,
        asked: Asked,
        database: Database,
        repository: Repository,
        rules: Rules,
        report: Path,
        clock: Callable[[], datetime],
        draw: Callable[[], str],
        told: Progress,
        making: Making | None,
    ) -> None:
        self.what = what
        self.asked = asked
        self.database = database
        self.repository = repository
        self.rules = rules
        self.report_path = report
        self.clock = clock
        self.draw = draw
        self.told = told
        self.making = making
        self.sizes = [size_of(source) for source in what.sources]
        self.total = sum(self.sizes)
        self.ahead: dict[tuple[int, int], Counted] = {}
        self.pulse = 0.0

    async def done(self, place: Place) -> Mapping[str, Any]:
        with self._report(place) as report:
            count = hands_for(self.total - place.before - place.offset)
            order = Order(self.database.dsn, self.asked, self.making) if self.making is not None and count else None
            async with at_work(order, count) as crew:
                if not place.checked:
                    place = await self._read(place, report, crew, store=False)
                    if place.rejected:
                        return self._result(place, refused=True)
                    place = Place(checked=True)
                place = await self._read(place, report, crew, store=True)
        return self._result(place)

    def _result(self, place: Place, *, refused: bool = False) -> Mapping[str, Any]:
        told = min(place.rejected, MOST_TOLD)
        return {
            "at": self.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "error": [[REPORT, "OperationOutcome", told]] if told else [],
            "extension": {"stored": place.stored, "rejected": place.rejected, "refused": refused},
        }

    def _report(self, place: Place) -> BinaryIO:
        descriptor = os.open(self.report_path, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+b", buffering=0)
        file.truncate(place.report)
        file.seek(place.report)
        return file

    # -- reading -------------------------------------------------------------------------------------------------------

    async def _read(self, place: Place, report: BinaryIO, crew: Crew, *, store: bool) -> Place:
        """Go through what is left of the files, with other processes when there is much of it."""
        self.ahead = await desk.ahead(self.database, self.asked) if store else {}
        if not crew.hands:
            return await self._read_alone(place, report, store)
        place = await self._until_begun(place, report, store, crew.begun)
        if not crew.begun.done():
            return place
        await crew.begun
        return await self._read_together(place, report, store, crew.hands)

    async def _until_begun(
        self, place: Place, report: BinaryIO, store: bool, begun: "asyncio.Future[list[None]]"
    ) -> Place:
        """The other processes take a second or two to begin: nobody waits for them."""
        return await self._read_alone(place, report, store, begun.done)

    async def _read_alone(
        self, place: Place, report: BinaryIO, store: bool, enough: Callable[[], bool] = lambda: False
    ) -> Place:
        """One batch is stored while the next is prepared, to the end or until it is `enough`."""
        flying: asyncio.Task[Place] | None = None
        try:
            for index in range(place.file, len(self.what.sources)):
                source = self.what.sources[index]
                with opened(source) as file:
                    offset, line = (place.offset, place.line) if index == place.file else (0, 0)
                    while not enough() and (
                        known_or_lines := self.ahead.get((index, offset))
                        or batch(file, offset, line, self._until(index, offset))
                    ):
                        if isinstance(known_or_lines, Counted):
                            place = await flying if flying is not None else place
                            flying = None
                            place = await self._passed(place, index, known_or_lines, report)
                            offset, line = known_or_lines.end, known_or_lines.line
                            continue
                        items = await self._prepared(known_or_lines)
                        offset, line = items[-1].end, items[-1].line
                        if flying is not None:
                            place = await flying
                        place = self._at(place, index)
                        flying = asyncio.ensure_future(self._settled(place, items, source, report, store))
                        await asyncio.sleep(0)
                if flying is not None:
                    place = await flying
                    flying = None
                if enough():
                    break
        finally:
            if flying is not None:
                flying.cancel()
                await asyncio.gather(flying, return_exceptions=True)
        return place

    async def _prepared(self, lines: Sequence[reading.Line]) -> list[Item]:
        return await prepared(lines, self.repository, self.rules, self.draw)

    def _until(self, index: int, offset: int) -> int | None:
        """Where the next batch of a file that is stored already begins; None when there is none."""
        return min((begun for file, begun in self.ahead if file == index and begun > offset), default=None)

    def _at(self, place: Place, index: int) -> Place:
        """The place at the beginning of a file, when it is in one before it."""
        while place.file < index:
            before = place.before + self.sizes[place.file]
            place = replace(place, file=place.file + 1, offset=0, line=0, before=before)
        return place

    # -- with other processes ------------------------------------------------------------------------------------------

    async def _read_together(self, place: Place, report: BinaryIO, store: bool, hands: Sequence[Hand]) -> Place:
        idle = list(hands)
        flights: deque[_Flight] = deque()  # in order; those at work, and those done before one that is not
        try:
            for flight in self._flights(place, store):
                while len(flights) > 4 * len(hands) or (flight.counted is None and not idle):
                    if not _has_landed(flights[0]):  # others may wait for one that has, and would wait for ever
                        waited = [one.task for one in flights if one.task is not None and not one.task.done()]
                        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                    place = await self._landed(flights, place, report, store)
                if flight.counted is None:
                    flight.task = asyncio.ensure_future(_flown(flight, idle.pop(), tuple(flights), idle))
                flights.append(flight)
            while flights:
                if (task := flights[0].task) is not None:
                    await task
                place = await self._landed(flights, place, report, store)
        finally:
            tasks = [one.task for one in flights if one.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return place

    def _flights(self, place: Place, store: bool) -> Iterator[_Flight]:
        """The batches of what is left of the files, in order."""
        for index in range(place.file, len(self.what.sources)):
            begin, line = (place.offset, place.line) if index == place.file else (0, 0)
            with opened(self.what.sources[index]) as file:
                while True:
                    counted = self.ahead.get((index, begin))
                    if counted is None:
                        lines = batch(file, begin, line, self._until(index, begin))
                        if not lines:
                            break
                        end, last = lines[-1].end, lines[-1].number
                    else:
                        end, last = counted.end, counted.line
                    consumers = tuple(self.database.consumers(self.asked.register))
                    piece = Piece(index, begin, end, line, store, consumers, self.repository.learnt)
                    yield _Flight(piece, counted=counted)
                    begin, line = end, last

    async def _landed(self, flights: "deque[_Flight]", place: Place, report: BinaryIO, store: bool) -> Place:
        """The place after the batches that are done, with none under way before them."""
        moved = False
        while flights and _has_landed(flights[0]):
            flight = flights.popleft()
            if flight.task is not None:
                flight.task.result()
            if flight.counted is not None:
                place = await self._counted(self._at(place, flight.piece.file), flight.counted, report)
                self.database.wrote(self.asked.register, flight.counted.stored)
                moved = True
                continue
            if moved:
                await self._reached(place)
                moved = False
            source = self.what.sources[flight.piece.file]
            with opened(source) as file:
                lines = batch(file, flight.piece.begin, flight.piece.line, flight.piece.end)
            items = await self._prepared(lines)
            place = await self._settled(self._at(place, flight.piece.file), items, source, report, store)
            flight.settled.set()
        if moved:
            await self._reached(place)
        return place

    async def _passed(self, place: Place, index: int, counted: Counted, report: BinaryIO) -> Place:
        """The place after a batch that an earlier turn stored."""
        place = await self._counted(self._at(place, index), counted, report)
        await self._reached(place)
        return place

    async def _counted(self, place: Place, counted: Counted, report: BinaryIO) -> Place:
        """The place after a batch that another process settled; what is wrong in it is told durably."""
        size = await self._reported(place, counted.told, report)
        return replace(
            place,
            offset=counted.end,
            line=counted.line,
            stored=place.stored + counted.stored,
            rejected=place.rejected + counted.rejected,
            report=size,
        )

    async def _reached(self, place: Place) -> None:
        """Keep the place, and tell it. Raises: Stopped."""
        await self._keep(place)
        self.told(place.before + place.offset, self.total, place)

    async def _keep(self, place: Place) -> None:
        """Keep the place apart from what it stores. Raises: Stopped."""
        await desk.reached(self.database, self.asked, place.file, place.offset, *self._said(place))

    def _said(self, place: Place) -> tuple[str, int, int]:
        """A place as it is kept, octets done, octets in all."""
        return orjson.dumps(asdict(place)).decode(), place.before + place.offset, self.total

    # -- storing -------------------------------------------------------------------------------------------------------

    async def _settled(
        self, place: Place, items: Sequence[Item], source: Source, report: BinaryIO, store: bool
    ) -> Place:
        """A batch settled, and the place after it."""
        if store:
            place = await self._stored(place, items, source, report)
        else:
            place = await self._noted(place, await self._judged(items), source, report)
            now = time.monotonic()
            if now - self.pulse >= PULSE:
                self.pulse = now
                await self._keep(place)
        self.told(place.before + place.offset, self.total, place)
        return place

    async def _stored(
        self, place: Place, items: Sequence[Item], source: Source, report: BinaryIO, attempt: int = 1
    ) -> Place:
        """Store a batch with the word that it is. What the store refuses is found by halves: only its line is rejected.

        A line that is judged against what another of the batch writes comes after it, in a batch of its own.
        """
        if cut := self._repeated(items):
            place = await self._stored(place, items[:cut], source, report)
            return await self._stored(place, items[cut:], source, report)
        judged = await self._judged(items)
        reached = await self._noted(place, judged, source, report)
        puts = [item.made for item in judged if item.made is not None and not isinstance(item.made, Problem)]
        reached = replace(reached, stored=place.stored + len(puts))
        try:
            await self.repository.store.commit(
                Unit(puts, self._trace(), rows=desk.keeping(self.asked, *self._said(reached)))
            )
            return reached
        except Problem as problem:
            await self._check_ours()
            if problem.kind is Kind.UNAVAILABLE or not puts:
                raise
            if len(items) == 1:
                crossed = problem.kind in (Kind.CONFLICT, Kind.PRECONDITION_FAILED) and attempt < ATTEMPTS
                if crossed and self._looks_at(items[0]):
                    return await self._stored(place, items, source, report, attempt + 1)
                return await self._stored(place, [items[0]._replace(made=problem)], source, report)
        half = len(items) // 2
        place = await self._stored(place, items[:half], source, report)
        return await self._stored(place, items[half:], source, report)

    def _looks_at(self, item: Item) -> bool:
        return isinstance(item.made, Put) and self.rules.judges(item.made.type)

    def _repeated(self, items: Sequence[Item]) -> int:
        """The first line that is judged against what one before it writes; 0 when there is none."""
        seen: set[tuple[str, str]] = set()
        for n, item in enumerate(items):
            if isinstance(item.made, Put) and self.rules.judges(item.made.type):
                name = (item.made.type, item.made.id)
                if name in seen:
                    return n
                seen.add(name)
        return 0

    async def _judged(self, items: Sequence[Item]) -> list[Item]:
        """The lines as the register's own rule lets them through, each against the version that is current now."""
        names = [(put.type, put.id) for item in items if self._looks_at(item) and isinstance(put := item.made, Put)]
        if not names:
            return list(items)
        there = {(one.type, one.id): one for one in await self.repository.store.read_many(names)}
        trace = self._trace()
        judged: list[Item] = []
        for item in items:
            if isinstance(put := item.made, Put) and self._looks_at(item):
                current = there.get((put.type, put.id))
                expected = replace(put, expect=current.version if current is not None else ABSENT)
                try:
                    item = item._replace(made=await self.rules.judge(expected, current, trace))
                except Problem as problem:
                    if problem.kind is Kind.UNAVAILABLE:
                        raise
                    item = item._replace(made=problem)
            judged.append(item)
        return judged

    async def _check_ours(self) -> None:
        """Raises: Stopped when the work was cancelled, or another turn at it has begun."""
        now = await desk.find(self.database, self.asked.id)
        if now is None or (now.state, now.attempts) != ("running", self.asked.attempts):
            raise Stopped

    def _trace(self) -> Trace:
        return replace(self.asked.trace, at=self.clock())

    # -- the report ----------------------------------------------------------------------------------------------------

    async def _noted(self, place: Place, items: Sequence[Item], source: Source, report: BinaryIO) -> Place:
        """The place after a batch; what is wrong in it is told durably and counted."""
        reached = replace(place, offset=items[-1].end, line=items[-1].line)
        wrong = [(item.line, item.made) for item in items if isinstance(item.made, Problem)]
        if not wrong:
            return reached
        room = max(0, MOST_TOLD - place.rejected)
        told = [outcome(source, number, problem, self.what.language) for number, problem in wrong[:room]]
        size = await self._reported(place, told, report)
        return replace(reached, rejected=place.rejected + len(wrong), report=size)

    async def _reported(self, place: Place, told: Sequence[bytes], report: BinaryIO) -> int:
        """The size of the report with these lines, as many as it takes."""
        told = told[: max(0, MOST_TOLD - place.rejected)]
        if told:
            await asyncio.to_thread(_rewrite, report, place.report, told)
        return place.report + sum(map(len, told))


def _has_landed(flight: _Flight) -> bool:
    return flight.task is None or flight.task.done()


async def _flown(flight: _Flight, hand: Hand, before: Sequence[_Flight], idle: list[Hand]) -> None:
    """A batch through the hands of another process, after those of `before` that are of the same resources; the process is
    `idle` before the batch is done.
    """
    try:
        flight.keys = await hand.prepare(flight.piece)
        flight.known.set()
        if flight.keys is None:
            return
        if flight.piece.store:
            for one in before:
                if one.counted is not None:
                    continue
                await one.known.wait()
                if one.keys is None or not flight.keys.isdisjoint(one.keys):
                    await one.settled.wait()
        flight.counted = await hand.settle()
        if flight.counted is not None:
            flight.settled.set()
    finally:
        idle.append(hand)


def _rewrite(report: BinaryIO, begin: int, told: Sequence[bytes]) -> None:
    report.truncate(begin)
    report.seek(begin)
    report.write(b"".join(told))
    os.fsync(report.fileno())
