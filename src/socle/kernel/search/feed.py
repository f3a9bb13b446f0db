"""Where the change feed of a register stands: for the indexes that follow it, so that writes pay nothing for them."""

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from socle.kernel.search.repository import Repository

BATCH: Final = 200  # versions at a time
MOST: Final = 2_000  # versions that a search brings up to date by itself
_LOOKS: Final = 200  # … of 10 ms, for writers that were under way to end


async def settled(repository: "Repository") -> int:
    """A position of the history before which nothing can appear any more; -1 when none is sure for now.

    Numbers are drawn before they are committed, and several workers write: those that were writing are waited for.
    """
    store = repository.store
    [row] = await store.query(f"SELECT coalesce(max(seq), 0) AS seq FROM {store.schema}.history")
    sql = (
        "SELECT virtualtransaction AS writer FROM pg_locks"
        " WHERE relation = $1::text::regclass AND mode = 'RowExclusiveLock' AND granted"
    )
    name = f"{store.schema}.history"
    writers = {one["writer"] for one in await store.query(sql, name)}
    for _ in range(_LOOKS):
        if not writers:
            break
        await asyncio.sleep(0.01)
        writers &= {one["writer"] for one in await store.query(sql, name)}
    else:
        return -1  # a write that lasts: the next look will do
    return int(row["seq"])
