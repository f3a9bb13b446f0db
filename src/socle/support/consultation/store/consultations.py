"""Consultations themselves: few, read often."""

from datetime import datetime
from typing import Any, Final

from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database
from socle.support.consultation.model import Consultation, Step
from socle.support.consultation.store.contributions import Statement

_INSERT: Final = """
INSERT INTO consultation.consultation
    (id, edition, next_edition, title, introduction, chapters, opens, closes, step, version, synthetic)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_REVISE: Final = """
WITH u AS (
    UPDATE consultation.consultation
    SET title = $3, introduction = $4, chapters = $5, opens = $6, closes = $7, version = version + 1
    WHERE id = $1 AND version = $2 AND step <> 'published' RETURNING 1
)
SELECT consultation.expect(EXISTS (SELECT FROM u), 'CONS-012')
"""
_MOVE: Final = """
WITH u AS (
    UPDATE consultation.consultation SET step = $4, version = version + 1
    WHERE id = $1 AND version = $2 AND step = $3 RETURNING 1
)
SELECT consultation.expect(EXISTS (SELECT FROM u), 'CONS-012')
"""


class Consultations:
    """The consultations of a house."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Row]:
        """The latest first."""
        return await self._database.query("SELECT * FROM consultation.consultation ORDER BY opens DESC, id DESC")

    async def read(self, id: str) -> Row | None:
        """One of them."""
        rows = await self._database.query("SELECT * FROM consultation.consultation WHERE id = $1", id)
        return rows[0] if rows else None

    async def unanswered(self, id: str, some: int = 10) -> tuple[list[int], int]:
        """Numbers of a few that wait for an answer, and how many do."""
        sql = (
            "SELECT id FROM consultation.contribution "
            f"WHERE consultation = $1 AND outcome = '' AND state = 'shown' ORDER BY at, id LIMIT {int(some)}"
        )
        rows = await self._database.query(sql, id)
        count = (
            "SELECT coalesce(sum(n), 0) AS n FROM consultation.tally "
            "WHERE consultation = $1 AND state = 'shown' AND outcome = ''"
        )
        [total] = await self._database.query(count, id)
        return [row["id"] for row in rows], int(total["n"])


def insert(said: Consultation) -> Statement:
    """A new consultation; refused when its identifier is taken."""
    return _INSERT, (
        said.id,
        said.edition,
        said.next_edition,
        said.title,
        said.introduction,
        list(said.chapters),
        said.opens,
        said.closes,
        str(said.step),
        said.version,
        said.synthetic,
    )


def revise(said: Consultation, version: int) -> Statement:
    """Change what can be changed of the version seen."""
    return _REVISE, (said.id, version, said.title, said.introduction, list(said.chapters), said.opens, said.closes)


def move(id: str, version: int, source: Step, target: Step) -> Statement:
    """Take the consultation seen from a step to another."""
    return _MOVE, (id, version, str(source), str(target))


def answered_between(consultation: str, since: datetime) -> tuple[str, tuple[Any, ...]]:
    """The question: how many were answered since."""
    sql = (
        "SELECT assignee_name, count(*) FILTER (WHERE outcome <> '') AS answered, "
        "count(*) FILTER (WHERE outcome = '') AS waiting, "
        "count(*) FILTER (WHERE outcome <> '' AND answered >= $2) AS recently "
        "FROM consultation.contribution WHERE consultation = $1 AND state = 'shown' GROUP BY 1 ORDER BY 1"
    )
    return sql, (consultation, since)
