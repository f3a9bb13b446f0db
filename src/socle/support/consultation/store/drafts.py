"""The next edition as it is being written: files changed, changes and their causes; canned answers and notes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database
from socle.support.consultation.model import CannedAnswer, Change
from socle.support.consultation.store.contributions import Statement

_WRITE: Final = """
WITH o AS (
    SELECT id FROM consultation.consultation WHERE id = $1 AND step IN ('preparation', 'open', 'treatment') FOR SHARE
), i AS (
    INSERT INTO consultation.draft_file AS d (consultation, path, text, version, at)
    SELECT o.id, $2, $3, 1, $5 FROM o WHERE $4::integer = 0
    ON CONFLICT DO NOTHING RETURNING 1
), u AS (
    UPDATE consultation.draft_file SET text = $3, version = version + 1, at = $5
    WHERE consultation = $1 AND path = $2 AND version = $4 AND EXISTS (SELECT FROM o) RETURNING 1
)
SELECT consultation.expect(EXISTS (SELECT FROM i) OR EXISTS (SELECT FROM u), 'CONS-012')
"""
_KEEP: Final = """
INSERT INTO consultation.draft_version (consultation, path, version, text, at)
SELECT consultation, path, version, text, at FROM consultation.draft_file WHERE consultation = $1 AND path = $2
ON CONFLICT DO NOTHING
"""
_NOTE: Final = """
WITH i AS (
    INSERT INTO consultation.note (contribution, text, version, at)
    SELECT $1, $2, 1, $4 WHERE $3::integer = 0 ON CONFLICT DO NOTHING RETURNING 1
), u AS (
    UPDATE consultation.note SET text = $2, version = version + 1, at = $4
    WHERE contribution = $1 AND version = $3 RETURNING 1
)
SELECT consultation.expect(EXISTS (SELECT FROM i) OR EXISTS (SELECT FROM u), 'CONS-012')
"""
_CANNED: Final = """
WITH i AS (
    INSERT INTO consultation.canned (id, label, outcome, text) SELECT $1, $2, $3, $4 WHERE $5::integer = 0 RETURNING 1
), u AS (
    UPDATE consultation.canned SET label = $2, outcome = $3, text = $4, version = version + 1, kept = $6
    WHERE id = $1 AND version = $5 RETURNING 1
)
SELECT consultation.expect(EXISTS (SELECT FROM i) OR EXISTS (SELECT FROM u), 'CONS-012')
"""
_CHANGES: Final = """
SELECT h.*, array(SELECT contribution FROM consultation.change_cause WHERE change = h.id ORDER BY contribution) AS causes
FROM consultation.change h
"""


class Drafts:
    """The drafts of a house."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def files(self, consultation: str) -> list[Row]:
        """Files that were changed."""
        sql = "SELECT path, text, version, at FROM consultation.draft_file WHERE consultation = $1 ORDER BY path"
        return await self._database.query(sql, consultation)

    async def file(self, consultation: str, path: str) -> Row | None:
        """One of them."""
        sql = "SELECT path, text, version, at FROM consultation.draft_file WHERE consultation = $1 AND path = $2"
        rows = await self._database.query(sql, consultation, path)
        return rows[0] if rows else None

    async def changes(self, consultation: str, contribution: int | None = None) -> list[Row]:
        """Changes, the latest last; those that a contribution caused."""
        if contribution is None:
            return await self._database.query(f"{_CHANGES} WHERE h.consultation = $1 ORDER BY h.id", consultation)
        caused = (
            "h.id IN (SELECT change FROM consultation.change_cause WHERE contribution = $2 "
            "UNION SELECT change FROM consultation.contribution WHERE id = $2)"
        )
        return await self._database.query(
            f"{_CHANGES} WHERE h.consultation = $1 AND {caused} ORDER BY h.id", consultation, contribution
        )

    async def change(self, id: int) -> Row | None:
        """One of them."""
        rows = await self._database.query(f"{_CHANGES} WHERE h.id = $1", id)
        return rows[0] if rows else None

    async def canned(self) -> list[Row]:
        """Answers written once."""
        return await self._database.query("SELECT * FROM consultation.canned WHERE kept ORDER BY label, id")

    async def note(self, contribution: int) -> Row | None:
        """An editor's note."""
        rows = await self._database.query("SELECT * FROM consultation.note WHERE contribution = $1", contribution)
        return rows[0] if rows else None


def write(
    consultation: str, path: str, text: str, version: int, change: Change, causes: Sequence[int], at: datetime
) -> list[Statement]:
    """A new text for the file seen, the change that it makes, and its causes; the texts before are kept."""
    return [
        (_WRITE, (consultation, path, text, version, at)),
        (_KEEP, (consultation, path)),
        (
            "INSERT INTO consultation.change (id, consultation, path, requirement, before, after, why, at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            (change.id, consultation, path, change.requirement, change.before, change.after, change.why, at),
        ),
        cause(change.id, consultation, causes),
    ]


def cause(change: int, consultation: str, causes: Sequence[int]) -> Statement:
    """Say which contributions caused a change; all of them must be of this consultation."""
    sql = """
WITH i AS (
    INSERT INTO consultation.change_cause (change, contribution)
    SELECT $1, id FROM consultation.contribution WHERE consultation = $2 AND id = ANY($3)
    ON CONFLICT DO NOTHING
), known AS (
    SELECT count(*) AS n FROM consultation.contribution WHERE consultation = $2 AND id = ANY($3)
)
SELECT consultation.expect((SELECT n FROM known) = cardinality($3::bigint[]), 'CONS-008')
"""
    return sql, (change, consultation, list(dict.fromkeys(causes)))


def no_longer_cause(change: int, contribution: int) -> Statement:
    """Say that a contribution did not cause a change after all."""
    return "DELETE FROM consultation.change_cause WHERE change = $1 AND contribution = $2", (change, contribution)


def keep_note(contribution: int, text: str, version: int, at: datetime) -> Statement:
    """Replace the note seen (0: none)."""
    return _NOTE, (contribution, text, version, at)


def keep_canned(said: CannedAnswer, version: int, *, kept: bool = True) -> Statement:
    """Keep a canned answer: a new one for version 0, else in place of the version seen."""
    return _CANNED, (said.id, said.label, str(said.outcome), said.text, version, kept)
