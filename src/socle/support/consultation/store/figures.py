"""Figures, from counters that the triggers keep: nothing is counted row by row."""

from collections.abc import Mapping
from typing import Any

from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database
from socle.support.consultation.store.contributions import Wanted


class Figures:
    """Counters of consultations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tally(self, consultation: str) -> list[Row]:
        """How many contributions of each chapter, kind, kind of author, state and outcome."""
        return await self._database.query("SELECT * FROM consultation.tally WHERE consultation = $1", consultation)

    async def anchored(self, consultation: str, chapter: str) -> list[Row]:
        """How many by place of a chapter."""
        sql = (
            "SELECT chapter, block, requirement, n FROM consultation.anchored "
            "WHERE consultation = $1 AND chapter = $2 AND n > 0"
        )
        return await self._database.query(sql, consultation, chapter)

    async def received(self, consultation: str) -> list[Row]:
        """How many by day."""
        sql = "SELECT day, n FROM consultation.received WHERE consultation = $1 AND n > 0 ORDER BY day"
        return await self._database.query(sql, consultation)

    async def totals(self, consultation: str) -> Mapping[str, Any]:
        """Supports, arguments, participants and changes."""
        sql = """
SELECT coalesce(max(t.supports_verified), 0) AS supports_verified, coalesce(max(t.supports_unverified), 0) AS supports_unverified,
       coalesce(max(t.arguments), 0) AS arguments,
       (SELECT count(*) FROM consultation.change WHERE consultation = $1) AS changes
FROM consultation.totals t WHERE t.consultation = $1
"""
        [row] = await self._database.query(sql, consultation)
        return row

    async def taking_part(self, consultation: str) -> Mapping[str, Any]:
        """How many participants have something shown, how many speak for an organisation, how many are verified."""
        sql = """
SELECT count(*) AS participants, count(*) FILTER (WHERE p.kind = 'organisation') AS organisations,
       count(*) FILTER (WHERE p.verified) AS verified
FROM consultation.taking_part t JOIN consultation.participant p ON p.actor = t.actor
WHERE t.consultation = $1 AND t.n > 0
"""
        [row] = await self._database.query(sql, consultation)
        return row

    async def count(self, wanted: Wanted) -> int | None:
        """How many contributions a filter keeps, None when only a count of rows would tell."""
        if wanted.text.strip() or any(
            value is not None
            for value in (wanted.block, wanted.requirement, wanted.assignee, wanted.author, wanted.original)
        ):
            return None
        total = 0
        for row in await self.tally(wanted.consultation):
            kept = (
                row["state"] in {str(state) for state in wanted.states}
                and wanted.chapter in (None, row["chapter"])
                and (wanted.kind is None or row["kind"] == wanted.kind)
                and (wanted.author_kind is None or row["author_kind"] == wanted.author_kind)
                and (wanted.outcome is None or row["outcome"] == wanted.outcome)
                and wanted.answered in (None, row["outcome"] != "")
            )
            total += row["n"] if kept else 0
        return total
