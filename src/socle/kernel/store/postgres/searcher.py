"""Searches: a plan of its own for each question, a time limit, and a connection freed when the asker leaves."""

from typing import Any, Final, cast

import asyncpg

from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.contract import Row
from socle.kernel.store.postgres.connections import LOST, Circle, unavailable

# With the shared plan that PostgreSQL makes after five runs, "this token, sorted by date" walks the whole date index:
# measured a thousand times slower. Planning costs 0.06 ms.
PLANS: Final = {"plan_cache_mode": "force_custom_plan"}

# Statements that tokens or ids lead to few rows have one good plan: to make it again for each costs as much as to run it. As
# for reads by id, a plan made on an empty table must not be kept for a full one.
SETTLED: Final = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}


class Searcher:
    """Reads by any SQL, on the searchers' connections."""

    def __init__(self, circle: Circle) -> None:
        self._circle = circle

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """The rows.

        Raises: Problem(TOO_COSTLY) past the time limit; Problem(UNAVAILABLE).
        """
        for attempt in (1, 2):
            try:
                return await self.once(sql, *args)
            except asyncpg.QueryCanceledError:
                raise Problem.of(
                    Kind.TOO_COSTLY,
                    "Cette recherche prend trop de temps. Ajoutez un critère (identifiant, personne, date).",
                    "This search takes too long. Add a criterion (identifier, person, date).",
                ) from None
            except LOST:
                if attempt == 2:
                    raise unavailable() from None
        raise AssertionError

    async def once(self, sql: str, *args: Any) -> list[Row]:
        """As `query`, never asked twice: for statements that write."""
        async with self._circle.take() as connection:
            return cast("list[Row]", await connection.fetch(sql, *args))
