"""The files of an extraction go into the tables of a load: unzipped by a thread, a block ahead; looked at here, or by processes
of their own when every line is wanted; written in order, each chunk with the place after it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, aclosing, closing
from multiprocessing import get_context
from typing import Final, NamedTuple

from socle.foundations.people.actions.charge import Charge
from socle.foundations.people.actions.mailing import Progress
from socle.foundations.people.store import lines, reading
from socle.foundations.people.store.lines import BLOCS, EMPREINTES, LIGNES, Lues, Reader
from socle.foundations.people.store.pieces import Pieces, lines_in, pieces
from socle.foundations.people.store.staging import Staging
from socle.kernel.store.postgres.binary import framed

CHUNK: Final = 16  # blocks of a megabyte written together
FLYING: Final = 6
PARALLEL_FROM: Final = 64_000_000  # octets from which other processes are worth their start

Sources = Sequence[tuple[reading.Fichier, Reader]]


class _Place(NamedTuple):
    """Where a block ends: in which file, at which octet, after how many lines."""

    file: int
    offset: int
    line: int


class _Block(NamedTuple):
    """Lines without headings, the number of the first one, how many they are (`size`), the place after them."""

    octets: bytes
    first: int
    size: int
    after: _Place

    @property
    def key(self) -> tuple[int, int, int]:
        """What tells it from all others of a load."""
        return self.after.file, self.after.offset, len(self.octets)


class Gathering:
    """Reads the files of one load, from where an earlier turn left off. What is counted and left out goes to `done`."""

    def __init__(self, staging: Staging, sources: Sources, done: Charge, processes: int, progress: Progress) -> None:
        self.staging = staging
        self.sources = sources
        self.done = done
        self.processes = processes
        self.progress = progress
        self.named: set[tuple[str, str]] = set()
        self.cut: dict[tuple[int, int, int], Pieces] = {}  # of the first reading: some twelve octets a piece
        self.total = sum(file.size for file, _ in sources)

    async def hashes(self, known: Collection[bytes]) -> None:
        """The hashes of the lines that are in no `known` piece, and the known pieces."""

        def look(block: _Block) -> Lues:
            cut = self.cut[block.key] = pieces(block.octets)
            return self.sources[block.after.file][1].hashes(block.octets, cut, known)

        await self._read(look, None if known else lines.hashes_apart, self._keep_hashes)

    async def lines(self, persons: Collection[int] | None, still: Collection[bytes]) -> None:
        """The lines of `persons` (None: of everyone) as they are kept; they have none in the pieces `still`."""

        def look(block: _Block) -> Lues:
            cut = self.cut.get(block.key) or pieces(block.octets)
            return self.sources[block.after.file][1].staged(block.octets, cut, block.first, persons, still)

        await self._read(look, lines.staged_apart if persons is None else None, self._keep_lines)
        self.cut.clear()

    async def _read(
        self,
        here: Callable[[_Block], Lues],
        apart: Callable[[int, bytes, int], Lues] | None,
        keep: Callable[[Sequence[Lues], _Place], Awaitable[None]],
    ) -> None:
        loop = asyncio.get_running_loop()
        flying: deque[tuple[asyncio.Future[Lues], int, _Place]] = deque()
        waiting: list[Lues] = []

        async def receive() -> _Place:
            future, count, place = flying.popleft()
            lues = await future
            lues.lignes = count
            waiting.append(lues)
            if len(waiting) >= CHUNK:
                await keep(waiting, place)
                waiting.clear()
            self.progress(self._passed(place), self.total, "lecture")
            return place

        with ExitStack() as stack:
            many = apart is not None and self.processes > 0 and self.total >= PARALLEL_FROM
            pool = stack.enter_context(_pool(self.processes, self.sources)) if many else None
            place = None
            try:
                async with aclosing(self._blocks()) as blocks:
                    async for block in blocks:
                        if pool is not None and apart is not None:
                            future = loop.run_in_executor(pool, apart, block.after.file, block.octets, block.first)
                        else:
                            future = loop.create_future()
                            future.set_result(here(block))
                        flying.append((future, block.size, block.after))
                        while len(flying) > (FLYING if pool is not None else 0):
                            place = await receive()
                while flying:
                    place = await receive()
                if place is not None:
                    await keep(waiting, place)
            finally:
                for future, _, _ in flying:
                    future.cancel()
                if pool is not None and flying:
                    pool.shutdown(wait=False, cancel_futures=True)

    async def _blocks(self) -> AsyncGenerator[_Block, None]:
        point = self.staging.point
        begin = _Place(point.get("file", 0), point.get("offset", 0), point.get("line", 0))
        for rank, (file, reader) in enumerate(self.sources):
            if rank < begin.file:
                continue
            offset, line = (begin.offset, begin.line) if rank == begin.file else (0, 0)
            async with aclosing(_ahead(reading.morceaux(file, offset))) as blocks:
                async for after, octets in blocks:
                    if line == 0 and reader.entete.heading:
                        octets, line = octets.partition(b"\n")[2], 1
                    known = self.cut.get((rank, after, len(octets)))
                    count = known.lines if known else lines_in(octets)
                    first, line = line + 1, line + count
                    yield _Block(octets, first, count, _Place(rank, after, line))

    def _passed(self, place: _Place) -> int:
        return sum(file.size for file, _ in self.sources[: place.file]) + place.offset

    async def _keep_hashes(self, waiting: Sequence[Lues], place: _Place) -> None:
        switch = self.staging.switch
        async with self.staging.step(**place._asdict()):
            await switch.copy("lot_empreinte", EMPREINTES, framed(one.rows for one in waiting), form="binary")
            await switch.copy("lot_bloc", BLOCS, framed(one.blocs for one in waiting), form="binary")
            await self.staging.reached(fait=self._passed(place))

    async def _keep_lines(self, waiting: Sequence[Lues], place: _Place) -> None:
        rejets = [one for lues in waiting for one in lues.rejets]
        lignes = self.done.lignes + sum(lues.lignes for lues in waiting)
        rejetes = self.done.rejetes + len(rejets)
        autres = self.staging.point.get("autres", 0) + sum(lues.autres for lues in waiting)
        labels = {
            code: name
            for lues in reversed(waiting)  # the first name that is met is kept
            for code, name in lues.labels.items()
            if code not in self.named
        }
        async with self.staging.step(**place._asdict(), lignes=lignes, rejets=rejetes, autres=autres):
            if rows := b"".join(lues.rows for lues in waiting):
                await self.staging.switch.copy("lot_ligne", LIGNES, rows)
            await self.staging.reject(rejets, self.done.rejetes)
            await self.staging.name(labels)
            await self.staging.reached(lignes=lignes, rejets=rejetes, fait=self._passed(place))
        self.named |= labels.keys()
        self.done.lignes = lignes
        self.done.leave_out(rejets)


async def _ahead(blocks: Generator[tuple[int, bytes], None, None]) -> AsyncGenerator[tuple[int, bytes], None]:
    """These blocks, each read by a thread while the one before is looked at."""
    loop = asyncio.get_running_loop()
    with closing(blocks), ThreadPoolExecutor(1) as thread:
        reading_on = loop.run_in_executor(thread, next, blocks, None)
        try:
            while (block := await reading_on) is not None:
                reading_on = loop.run_in_executor(thread, next, blocks, None)
                yield block
        finally:
            reading_on.cancel()


def _pool(processes: int, sources: Sources) -> ProcessPoolExecutor:
    readers = [reader for _, reader in sources]
    return ProcessPoolExecutor(processes, get_context("spawn"), lines.prepare, (readers,))
