"""Reacting to what was committed: the outbox is written in the transaction of the resource, and read from here.

Each consumer gets what it asked for at least once, in order, as many versions together as wait (a page at most). When it fails
they are given one by one; the one that fails is tried again later, and what follows waits behind it. Order holds for the
versions of one resource, whichever worker wrote them; between resources written at the same moment by two workers, there is
no order to keep.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from socle.kernel.outcome import Problem
from socle.kernel.store.contract import Row, Stored
from socle.kernel.store.postgres.database import PostgresDatabase
from socle.kernel.store.postgres.leader import Leader
from socle.kernel.store.postgres.rows import stored_version

PAGE: Final = 100
POLL: Final = 1.0  # seconds: what another worker wrote is seen by asking
FIRST_DELAY: Final = timedelta(seconds=1)
LONGEST_DELAY: Final = timedelta(minutes=10)

Handler = Callable[[Sequence[Stored]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a pass did: how many were handled, and when the first one that waits is due (None: nothing waits)."""

    handled: int
    due: datetime | None


def delay(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure: 1 s, 2 s, 4 s … at most ten minutes."""
    return min(FIRST_DELAY * (1 << min(attempts - 1, 20)), LONGEST_DELAY)


def _versions(rows: Sequence[Row]) -> list[Stored]:
    """Without those whose history was emptied since (the sandbox is, on demand)."""
    return [stored_version(row, row["place"]) for row in rows if row["fid"] is not None]


class Outbox:
    """The outbox of one register, for one consumer."""

    def __init__(
        self, database: PostgresDatabase, schema: str, consumer: str, handler: Handler, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._schema = schema
        self._consumer = consumer
        self._handler = handler
        self._clock = clock
        self._wake = asyncio.Event()
        database.listen(self._committed)

    async def deliver(self) -> Delivery:
        """Hand over what is due, in order, until one fails or none is left (a page at most)."""
        rows = await self._database.query(
            f"SELECT o.id, o.seq AS place, o.due, o.attempts, h.* "
            f"FROM {self._schema}.outbox o LEFT JOIN {self._schema}.history h ON h.seq = o.seq "
            "WHERE o.consumer = $1 ORDER BY o.id LIMIT $2",
            self._consumer,
            PAGE,
        )
        now = self._clock()
        later = next((at for at, row in enumerate(rows) if row["due"] > now), len(rows))
        handled, waiting = await self._hand_over(rows[:later])
        if waiting is None:
            waiting = rows[later]["due"] if later < len(rows) else now if len(rows) == PAGE else None
        await self._forget(handled)
        return Delivery(len(handled), waiting)

    async def _hand_over(self, rows: Sequence[Row]) -> tuple[Sequence[Row], datetime | None]:
        """Those that were handled, and when the one that failed is due."""
        if len(rows) > 1:
            with suppress(Exception):  # which of them, and why, is found one by one
                await self._handler(_versions(rows))
                return rows, None
        for at, row in enumerate(rows):
            try:
                await self._handler(_versions([row]))
            except Exception as error:
                return rows[:at], await self._postpone(row, error)
        return rows, None

    async def run_forever(self) -> None:
        """Deliver as things come. Of several workers, one delivers to a consumer; another takes over when it dies."""
        leader = Leader(self._database.dsn, f"outbox {self._schema} {self._consumer}")
        try:
            while True:
                pause = POLL
                try:
                    if await leader.leads():
                        self._wake.clear()
                        delivery = await self.deliver()
                        if delivery.due is not None:
                            pause = max(0.0, min(POLL, (delivery.due - self._clock()).total_seconds()))
                except Problem:
                    pass  # the database is away: it will be asked again
                if pause:
                    await self._pause(pause)
        finally:
            await leader.close()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _committed(self, schema: str) -> None:
        if schema == self._schema:
            self._wake.set()

    async def _postpone(self, row: Row, error: Exception) -> datetime:
        attempts = row["attempts"] + 1
        due = self._clock() + delay(attempts)
        # The kind of error only: its words may carry data of a person.
        said = error.kind.name if isinstance(error, Problem) else type(error).__name__
        await self._database.query(
            f"UPDATE {self._schema}.outbox SET attempts = $2, due = $3, error = $4 WHERE id = $1",
            row["id"],
            attempts,
            due,
            said,
        )
        return due

    async def _forget(self, handled: Sequence[Row]) -> None:
        if not handled:
            return
        await self._database.query(
            f"WITH gone AS (DELETE FROM {self._schema}.outbox WHERE id = ANY($1::bigint[])) "
            "INSERT INTO house.delivery (register, consumer, seq, at) VALUES ($2, $3, $4, $5) "
            "ON CONFLICT (register, consumer) DO UPDATE SET seq = excluded.seq, at = excluded.at",
            [row["id"] for row in handled],
            self._schema,
            self._consumer,
            handled[-1]["place"],
            self._clock(),
        )
