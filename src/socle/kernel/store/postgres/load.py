"""Bulk loading: big units, one being prepared while another is written."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from socle.kernel.audit import Trace
from socle.kernel.store.contract import Put, Stored, Unit

BATCH: Final = 1_000
_IN_FLIGHT: Final = 2
T = TypeVar("T")


async def load_puts(
    commit: Callable[[Unit], Awaitable[list[Stored]]], puts: Iterable[Put] | AsyncIterable[Put], trace: Trace
) -> int:
    """Commit `puts` in units of a thousand; answers how many were stored."""
    flying: list[asyncio.Task[list[Stored]]] = []
    total = 0
    try:
        async for batch in batches(puts, BATCH):
            flying.append(asyncio.ensure_future(_committed(commit, Unit(batch, trace))))
            await asyncio.sleep(0)  # let it prepare its rows and reach the queue
            if len(flying) >= _IN_FLIGHT:
                total += len(await flying.pop(0))
        while flying:
            total += len(await flying.pop(0))
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
    return total


async def _committed(commit: Callable[[Unit], Awaitable[list[Stored]]], unit: Unit) -> list[Stored]:
    return await commit(unit)


async def each(items: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
    """The items, whichever way they come."""
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


async def batches(items: Iterable[T] | AsyncIterable[T], size: int) -> AsyncIterator[Sequence[T]]:
    """The items by groups of `size`, the last one smaller."""
    batch: list[T] = []
    if isinstance(items, AsyncIterable):
        async for item in items:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
    else:
        for item in items:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
    if batch:
        yield batch
