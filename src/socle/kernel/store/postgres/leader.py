"""One worker at a time for a task: an advisory lock, held as long as its connection lives."""

from typing import Final

import asyncpg

from socle.kernel.fhir.keys import key
from socle.kernel.store.postgres.connections import LOST, connect


class Leader:
    """Whether this worker is the one for `task`."""

    def __init__(self, dsn: str, task: str) -> None:
        self._dsn = dsn
        self._task = task
        self._lock: Final = key("leader", task)
        self._connection: asyncpg.Connection | None = None
        self._leads = False

    async def leads(self) -> bool:
        """Take the lead if nobody has it; True while we have it.

        Raises: Problem(UNAVAILABLE).
        """
        if self._connection is None or self._connection.is_closed():
            self._leads = False
            self._connection = await connect(self._dsn, f"leader {self._task}"[:60], {})
        if not self._leads:
            try:
                self._leads = bool(await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", self._lock))
            except LOST:
                await self.close()
        return self._leads

    async def close(self) -> None:
        """Give the lead up."""
        connection, self._connection, self._leads = self._connection, None, False
        if connection is not None and not connection.is_closed():
            await connection.close(timeout=5)
