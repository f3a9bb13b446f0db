"""batch: entries that know nothing of one another; each has its own permission, trace and answer."""

import asyncio
from collections.abc import Iterator
from typing import Final

from socle.kernel.outcome import Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.entries import entry_request, located, refusal_entry, response_entry
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.render import bundle
from socle.kernel.store import Json

TOGETHER: Final = 64  # entries in flight at once

_Slot = Exchange | Problem


async def batch(x: Exchange, entries: list[Json]) -> Answer:
    """200, whatever becomes of the entries."""
    slots: list[_Slot] = []
    for i, entry in enumerate(entries):
        try:
            slots.append(entry_request(x, entry, f"Bundle.entry[{i}]"))
        except Problem as problem:
            slots.append(located(problem, f"Bundle.entry[{i}]"))
    done: list[bytes] = []
    for start, end in _groups(slots):
        done += await asyncio.gather(*(_one(x, slots[i], f"Bundle.entry[{i}]") for i in range(start, end)))
    x.personal = any(isinstance(slot, Exchange) and slot.personal for slot in slots)  # for the caches
    return Answer(200, bundle("batch-response", done, id=x.server.new_id()))


async def _one(x: Exchange, slot: _Slot, at: str) -> bytes:
    if isinstance(slot, Problem):
        return refusal_entry(x, slot)
    try:
        return response_entry(x, await x.server.enter(slot))
    except Problem as problem:
        return refusal_entry(x, located(problem, at))


def _groups(slots: list[_Slot]) -> Iterator[tuple[int, int]]:
    """Runs of entries that may go together because their order cannot be seen: reads, writes to distinct resources."""
    start, seen, writing = 0, set[str](), False
    for i, slot in enumerate(slots):
        alone = writes = False
        target = ""
        if isinstance(slot, Exchange):
            writes = slot.column in ("create", "update", "patch", "delete")
            alone = slot.column == "operation" or (writes and (bool(slot.query) or "if-none-exist" in slot.headers))
            target = f"{slot.type}/{slot.id}" if slot.id else ""
        if i > start and (
            alone or writes != writing or (writes and target in seen and target) or i - start >= TOGETHER
        ):
            yield start, i
            start, seen = i, set()
        writing = writes or alone
        if target:
            seen.add(target)
        if alone:
            yield start, i + 1
            start, seen, writing = i + 1, set(), False
    if start < len(slots):
        yield start, len(slots)
