"""More processes for one house: the first opens it, works in the background and starts the others, which only answer.

Each listens at the same address (the system shares connections out), groups its own commits and keeps its own chain of
traces. What a worker must know of another's writes it looks for again every few seconds (learnt search parameters,
terminologies, packages): see `docs/guides/operator.md`.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import SIGTERM
from typing import Final

import structlog

from socle.assembly.application import application
from socle.assembly.background import FIRST_PAUSE, LONGEST_PAUSE, keep_learning, system_trace
from socle.assembly.house import Opened, open_house
from socle.assembly.relay import Relaying
from socle.kernel.module import Settings
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.serve import GRACE, listen, serve_until_stopped
from socle.kernel.search.learn import follow
from socle.kernel.subscription.service import CONSUMER

COMMAND: Final = (sys.executable, "-m", "socle", "worker")
READY: Final = b"ready\n"
_PATIENCE: Final = GRACE + 5.0  # seconds for a worker to stop

log = structlog.get_logger("socle.workers")


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is told, as a line of JSON on its standard input; it works until that input ends, or a SIGTERM.

    port      where everybody is served, with the others
    private   port of this machine where the first worker alone answers
    """

    data: str
    demo: bool
    population: int
    url: str
    dsn: str
    host: str
    port: int
    private: int

    def line(self) -> bytes:
        """The order as it is sent."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> "Order":
        """The order as it was sent. Raises: ValueError, TypeError when it is none."""
        return cls(**json.loads(line))


@asynccontextmanager
async def company(order: Order, more: int) -> AsyncIterator[None]:
    """`more` workers beside this one while the block runs; one that dies is started again, ever more patiently.

    The block is entered once each of them answers. Raises: Problem(UNAVAILABLE) when one cannot start.
    """
    ready = [asyncio.Event() for _ in range(more)]
    keepers = [asyncio.create_task(_keep(order, rank, event)) for rank, event in enumerate(ready, start=2)]
    try:
        started = asyncio.create_task(_all(ready))
        await asyncio.wait({started, *keepers}, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            started.cancel()
            raise Problem.of(
                Kind.UNAVAILABLE,
                "Un des processus demandés par --workers ne démarre pas ; le journal ci-dessus dit pourquoi.",
                "One of the processes asked for by --workers does not start; the log above says why.",
            )
        yield
    finally:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)


async def _all(events: Sequence[asyncio.Event]) -> None:
    for event in events:
        await event.wait()


async def _keep(order: Order, rank: int, ready: asyncio.Event) -> None:
    """Keep one worker alive until cancelled. Returns when it never answered: starting it again would not help."""
    pause = FIRST_PAUSE
    while True:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the first worker, which ends the others in order
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(order.line())
            if await process.stdout.readline() == READY:
                ready.set()
            code = await process.wait()
        finally:
            await _end(process)
        if not ready.is_set():
            return
        log.error("worker ended", rank=rank, code=code, pause=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(SIGTERM)
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def work() -> None:
    """What a worker does: read its order, open the house as it stands, answer until told to stop."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    order = Order.read(await reader.readline())
    settings = Settings(Path(order.data), order.demo, order.population, order.url)
    with listen(order.host, order.port, shared=True) as listener:
        async with open_house(settings, order.dsn) as opened, _following(opened):
            orphan = asyncio.create_task(_until_alone(reader))
            try:
                app = Relaying(application(opened), order.private)
                await serve_until_stopped(app, listener, ready=_say_ready)
            finally:
                orphan.cancel()


def _say_ready() -> None:
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()


async def _until_alone(reader: asyncio.StreamReader) -> None:
    """The first worker is gone, however it ended: so must we."""
    await reader.read()
    os.kill(os.getpid(), SIGTERM)


@asynccontextmanager
async def _following(opened: Opened) -> AsyncIterator[None]:
    """What each worker must know for its own writes: learnt search parameters, and who is to be told of what."""
    house = opened.house
    async with AsyncExitStack() as stack:
        for repository in house.repositories.values():
            if repository.register.learns:
                await follow(repository, system_trace(house.clock(), "search:learn"))
                task = asyncio.create_task(keep_learning(house, repository))
                stack.callback(task.cancel)
        for register in _told(opened):
            # Whoever follows subscriptions lives in the first worker: told of everything, it chooses.
            opened.database.interest(register, "*", CONSUMER)
        yield


def _told(opened: Opened) -> Sequence[str]:
    reactions = [one for module in opened.house.modules for one in module.reactions]
    return sorted({one.register for one in reactions if one.consumer == CONSUMER})
