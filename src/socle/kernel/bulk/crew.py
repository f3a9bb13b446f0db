"""Lines of an import made ready by other processes: read, checked, indexed and written again, so that this one only stores.

A Python process uses one core, and making a line ready takes three times what storing it does. What is asked and what is
answered cross two pipes, by batches, as MessagePack: no code travels. A worker leaves when its input ends, so none
outlives the house. It answers nothing for a line that is wrong, or that needs what only the house knows: the house
then makes that line ready itself, and finds out why.
"""

import asyncio
import gc
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO, Final

import msgspec
import orjson

from socle.kernel.fhir.check import check
from socle.kernel.fhir.definitions import SearchParameter, r4
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.outcome import Problem
from socle.kernel.search import custom
from socle.kernel.search.custom import Learnt
from socle.kernel.search.index import Indexer
from socle.kernel.search.register import Register
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json, Keys, Put

MOST: Final = 4  # workers: beyond, what stores the lines is the slowest
_COMMAND: Final = (sys.executable, "-m", "socle.kernel.bulk.crew")
_PIPE: Final = 16 * 1024 * 1024  # octets of an answer that may wait before its worker does
_SIZE: Final = 4  # octets that tell the length of what follows


class Order(msgspec.Struct, frozen=True):
    """What a worker is told once: the types that it takes, and how they are indexed."""

    types: tuple[str, ...]
    taken: frozenset[str]
    parameters: Mapping[str, Mapping[str, SearchParameter]]
    learns: bool
    bases: tuple[str, ...]
    learnt: tuple[Learnt, ...]


class Ready(msgspec.Struct, array_like=True):
    """A resource made ready: its members, each as its JSON text, in order, and its keys."""

    type: str
    id: str
    members: dict[str, bytes]
    keys: Keys

    def put(self) -> Put:
        """The change that stores it."""
        resource: Json = {name: orjson.Fragment(text) for name, text in self.members.items()}
        resource["resourceType"], resource["id"] = self.type, self.id
        if "meta" in resource:  # the store writes in it
            resource["meta"] = parse(self.members["meta"])
        return Put(self.type, self.id, resource, self.keys)


_ORDER: Final = msgspec.msgpack.Decoder(Order)
_LINES: Final = msgspec.msgpack.Decoder(list[bytes])
_ANSWER: Final = msgspec.msgpack.Decoder(list[Ready | None])


class Crew:
    """The workers of one import. `learnt`: the search parameters that they know of, beside the register's own."""

    def __init__(self, learnt: Sequence[Learnt], processes: Sequence[Process]) -> None:
        self.learnt = learnt
        self._processes = tuple(processes)
        self._free: asyncio.Queue[Process] = asyncio.Queue()
        for process in processes:
            self._free.put_nowait(process)

    @classmethod
    async def start(cls, repository: Repository, taken: frozenset[str], size: int) -> "Crew":
        """`size` workers that prepare what `repository` would, of the types `taken` only."""
        register = repository.register
        order = Order(
            register.types, taken, register.parameters, register.learns, repository.bases, tuple(repository.learnt)
        )
        told = _framed(msgspec.msgpack.encode(order))
        processes: list[Process] = []
        for _ in range(size):
            # In a session of its own: Ctrl-C is for the house, which ends it in order.
            process = await asyncio.create_subprocess_exec(
                *_COMMAND, stdin=PIPE, stdout=PIPE, limit=_PIPE, start_new_session=True
            )
            assert process.stdin is not None
            process.stdin.write(told)
            processes.append(process)
        return cls(repository.learnt, processes)

    def __len__(self) -> int:
        return len(self._processes)

    async def ready(self, lines: Sequence[bytes]) -> Sequence[Ready | None]:
        """What the first free worker makes of each line; None where it does not say. One that died says nothing any more."""
        if not self._processes:
            return [None] * len(lines)
        process = await self._free.get()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(_framed(msgspec.msgpack.encode(lines)))
            await process.stdin.drain()
            size = int.from_bytes(await process.stdout.readexactly(_SIZE), "big")
            return _ANSWER.decode(await process.stdout.readexactly(size))
        except (OSError, EOFError):
            return [None] * len(lines)
        finally:
            self._free.put_nowait(process)  # a dead one too: it fails at once, so that nobody waits for it

    async def close(self) -> None:
        """End the workers, whatever they are at."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                process.kill()
        await asyncio.gather(*(process.wait() for process in self._processes))


def size_for(octets: int, least: int) -> int:
    """How many workers an import of so many octets is worth: none below `least`.

    Nor on two cores: the house and PostgreSQL have work for both (docs/performance: measured on two, and not beyond).
    """
    cores = len(os.sched_getaffinity(0))
    return min(cores, MOST) if cores > 2 and octets >= least else 0


class _Worker:
    def __init__(self, order: Order) -> None:
        register = Register("", order.types, frozenset(), order.parameters, learns=order.learns)
        self._order = order
        self._indexer = Indexer(register, r4(), order.bases, order.learnt)

    def ready(self, line: bytes) -> Ready | None:
        """A line made ready; None when it is wrong, blank, without id, or what the house has to judge."""
        try:
            resource = parse(line.strip())
            check(resource)
            kind = resource["resourceType"]
            id = resource.get("id")
            if id is None or kind not in self._order.taken or self._is_judged(resource):
                return None
            keys = self._indexer.keys(resource, id)
        except Problem:
            return None
        return Ready(kind, id, {name: serialise(value) for name, value in resource.items()}, keys)

    def _is_judged(self, resource: Json) -> bool:
        """Whether the register itself has something to say: a search parameter that it is to learn."""
        return self._order.learns and resource["resourceType"] == custom.TYPE and custom.active(resource)


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(_SIZE, "big") + data


def _next(source: BinaryIO) -> bytes:
    """The next frame; b"" when there is no more."""
    size = int.from_bytes(source.read(_SIZE), "big")
    data = source.read(size)
    return data if len(data) == size else b""


def work(source: BinaryIO, out: BinaryIO) -> None:
    """What a worker does: an order, then batches of lines, until its input ends."""
    worker = _Worker(_ORDER.decode(_next(source)))
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    while asked := _next(source):
        answer = [worker.ready(line) for line in _LINES.decode(asked)]
        out.write(_framed(msgspec.msgpack.encode(answer)))
        out.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        work(sys.stdin.buffer, sys.stdout.buffer)
