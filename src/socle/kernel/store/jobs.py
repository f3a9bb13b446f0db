"""Work for later: a table, taken from by whoever is free.

A job is run at least once. Who takes one holds it by a lease, renewed while it works; when its worker dies the lease
ends and another takes it; a worker that stops gives it back. A job that fails is tried again, later each time, then left
as failed.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from socle.kernel.audit import Trace
from socle.kernel.outcome import Problem
from socle.kernel.store.database import Database

LEASE: Final = timedelta(seconds=60)
MOST_ATTEMPTS: Final = 5
FIRST_DELAY: Final = timedelta(seconds=2)
IDLE: Final = 1.0  # seconds between two looks at an empty table
LATE: Final = timedelta(minutes=2)  # after which a job that nobody took shows that nobody works
REMEMBERED: Final = timedelta(days=1)  # how long a job given up counts as trouble

Handler = Callable[[Mapping[str, Any]], Awaitable[Any]]
Statement = tuple[str, tuple[Any, ...]]

_ENQUEUE: Final = (
    "INSERT INTO house.job (name, arguments, queued, due, trace) VALUES ($1, $2::text::jsonb, $3, $4, $5::text::jsonb)"
)
_OPEN: Final = "(state = 'waiting' AND due <= $1 OR state = 'running' AND lease < $1)"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that is ours for the time of a lease; `attempt` tells our turn from a later one's."""

    id: int
    name: str
    arguments: Mapping[str, Any]
    attempt: int


def enqueue(job: str, arguments: Mapping[str, Any], trace: Trace, *, due: datetime | None = None) -> Statement:
    """The statement that puts a job on the table, for `Unit.rows` or `Database.write`: it exists if they commit.

    due  not before then; at once when None
    """
    said = json.dumps({**asdict(trace), "at": trace.at.isoformat()})
    return _ENQUEUE, (job, json.dumps(dict(arguments)), trace.at, due or trace.at, said)


async def trouble(database: Database, names: list[str], now: datetime) -> tuple[int, int]:
    """How many jobs of these names are late, and how many were given up within a day."""
    [row] = await database.query(
        f"SELECT count(*) FILTER (WHERE {_OPEN} AND due < $2) AS late, "
        "count(*) FILTER (WHERE state = 'failed' AND finished > $3) AS failed FROM house.job WHERE name = ANY($4)",
        now,
        now - LATE,
        now - REMEMBERED,
        names,
    )
    return row["late"], row["failed"]


class Jobs:
    """Takes jobs and runs them."""

    def __init__(self, database: Database, clock: Callable[[], datetime], *, lease: timedelta = LEASE) -> None:
        self._database = database
        self._clock = clock
        self._lease = lease
        self._wake = asyncio.Event()

    async def claim(self, names: list[str]) -> Claimed | None:
        """Take the oldest job that is due among `names`, or whose worker has died; None when there is none."""
        now = self._clock()
        rows = await self._database.query(
            "UPDATE house.job SET state = 'running', attempts = attempts + 1, lease = $2 WHERE id = ("
            f"SELECT id FROM house.job WHERE {_OPEN} AND name = ANY($3) ORDER BY due, id "
            "FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id, name, arguments, attempts",
            now,
            now + self._lease,
            names,
        )
        if not rows:
            return None
        [row] = rows
        return Claimed(row["id"], row["name"], json.loads(row["arguments"]), row["attempts"])

    async def renew(self, job: Claimed) -> bool:
        """Keep a job for one lease more; False when it is no longer ours."""
        return await self._mine(job, "lease = $3", self._clock() + self._lease)

    async def succeed(self, job: Claimed, result: Any = None) -> bool:
        """Say that a job is done; False when it is no longer ours."""
        change = "state = 'done', finished = $3, result = $4::text::jsonb, error = NULL"
        return await self._mine(job, change, self._clock(), json.dumps(result))

    async def fail(self, job: Claimed, error: Exception) -> bool:
        """Say that a job failed: it will be tried again later, five times in all; False when it is no longer ours."""
        # The kind of error only: its words may carry data of a person.
        said = error.kind.name if isinstance(error, Problem) else type(error).__name__
        now = self._clock()
        if job.attempt >= MOST_ATTEMPTS:
            return await self._mine(job, "state = 'failed', finished = $3, error = $4", now, said)
        due = now + FIRST_DELAY * 4 ** (job.attempt - 1)
        return await self._mine(job, "state = 'waiting', due = $3, error = $4", due, said)

    async def give_back(self, job: Claimed) -> bool:
        """Leave a job as it was found, at once for who comes next; False when it is no longer ours."""
        return await self._mine(job, "state = 'waiting', attempts = attempts - 1, lease = NULL")

    async def run_one(self, handlers: Mapping[str, Handler]) -> bool:
        """Take one job and run it; False when there was none."""
        job = await self.claim(list(handlers))
        if job is None:
            return False
        beat = asyncio.create_task(self._beat(job))
        try:
            result = await handlers[job.name](job.arguments)
        except asyncio.CancelledError:  # the house stops: nobody needs to wait for the lease to end
            with suppress(Problem):
                await self.give_back(job)
            raise
        except Exception as error:
            await self.fail(job, error)
        else:
            await self.succeed(job, result)
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)
        return True

    async def repeat(self, name: str, every: timedelta, trace: Trace) -> bool:
        """Put the job `name` on the table if it was not within `every`; whether it was put.

        Of the workers that ask at the same time one succeeds: the row of `house.period` decides.
        """
        sql, (_, arguments, queued, due, said) = enqueue(name, {}, trace)
        put = sql.replace("VALUES (", "SELECT ").removesuffix(")")
        rows = await self._database.query(
            "WITH turn AS ("
            "  INSERT INTO house.period AS p (name, ran) VALUES ($1, $3) "
            "  ON CONFLICT (name) DO UPDATE SET ran = $3 WHERE p.ran <= $3 - $6::interval RETURNING name"
            f"), put AS ({put} FROM turn RETURNING id) SELECT id FROM put",
            name,
            arguments,
            queued,
            due,
            said,
            every,
        )
        return bool(rows)

    def wake(self) -> None:
        """Look at the table now."""
        self._wake.set()

    async def run_forever(
        self, handlers: Mapping[str, Handler], periods: Mapping[str, timedelta], trace: Callable[[str], Trace]
    ) -> None:
        """Run jobs as they come, and put those of `periods` on the table when their time comes.

        trace  circumstances of a job that the house gives itself, by name
        """
        while True:
            try:
                for name, every in periods.items():
                    await self.repeat(name, every, trace(name))
                self._wake.clear()
                if await self.run_one(handlers):
                    continue
            except Problem:
                pass  # the database is away: it will be asked again
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE):
                    await self._wake.wait()

    async def _beat(self, job: Claimed) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            with suppress(Problem):
                if not await self.renew(job):
                    return

    async def _mine(self, job: Claimed, change: str, *values: Any) -> bool:
        sql = f"UPDATE house.job SET {change} WHERE id = $1 AND attempts = $2 AND state = 'running' RETURNING id"
        return bool(await self._database.query(sql, job.id, job.attempt, *values))
