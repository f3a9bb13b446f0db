"""What is said about a contribution: supports, arguments, files."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database
from socle.support.consultation.model import Attachment, ModerationRule, Side, State
from socle.support.consultation.store.contributions import Statement
from socle.support.consultation.store.rows import AUTHOR, number_of, place, place_of

_ARGUMENT: Final = (
    f"SELECT a.*, {AUTHOR} FROM consultation.argument a JOIN consultation.participant p ON p.actor = a.actor"
)
_BATCH: Final = 1000
_OPEN: Final = """
    SELECT c.id FROM consultation.contribution c JOIN consultation.consultation o ON o.id = c.consultation
    WHERE c.id = $1 AND c.state = 'shown' AND o.step = 'open' AND o.opens <= $3 AND o.closes > $3 FOR SHARE OF o
"""
_SUPPORT: Final = f"""
WITH c AS ({_OPEN}), i AS (
    INSERT INTO consultation.support (contribution, actor, at) SELECT c.id, $2, $3 FROM c ON CONFLICT DO NOTHING
)
SELECT consultation.expect(EXISTS (SELECT FROM c), 'CONS-001')
"""
_ARGUE: Final = f"""
WITH c AS ({_OPEN}), i AS (
    INSERT INTO consultation.argument (id, contribution, actor, key, side, text, at)
    SELECT $4, c.id, $2, $5, $6, $7, $3 FROM c ON CONFLICT ON CONSTRAINT argument_submission DO NOTHING
)
SELECT consultation.expect(EXISTS (SELECT FROM c), 'CONS-001')
"""


class Threads:
    """Supports, arguments and files of contributions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def supported(self, actor: str, ids: Sequence[int]) -> frozenset[int]:
        """Those that this actor supports."""
        sql = "SELECT contribution FROM consultation.support WHERE actor = $1 AND contribution = ANY($2)"
        return frozenset(row["contribution"] for row in await self._database.query(sql, actor, list(ids)))

    async def supports_since(self, actor: str, at: datetime) -> int:
        """How many this actor gave since `at`."""
        sql = "SELECT count(*) AS n FROM consultation.support WHERE actor = $1 AND at >= $2"
        [row] = await self._database.query(sql, actor, at)
        return int(row["n"])

    async def arguments_since(self, actor: str, at: datetime) -> int:
        """How many this actor wrote since `at`."""
        sql = "SELECT count(*) AS n FROM consultation.argument WHERE actor = $1 AND at >= $2"
        [row] = await self._database.query(sql, actor, at)
        return int(row["n"])

    async def argument(self, id: int) -> Row | None:
        """One argument."""
        rows = await self._database.query(f"{_ARGUMENT} WHERE a.id = $1", id)
        return rows[0] if rows else None

    async def argument_of_key(self, actor: str, key: str) -> Row | None:
        """What this actor wrote with this key."""
        rows = await self._database.query(f"{_ARGUMENT} WHERE a.actor = $1 AND a.key = $2", actor, key)
        return rows[0] if rows else None

    async def arguments(self, contribution: int, after: str, count: int) -> tuple[list[Row], str]:
        """At most `count` of those not withdrawn, the oldest first, and where the next page begins."""
        args: list[object] = [contribution]
        where = "a.contribution = $1 AND a.state <> 'withdrawn'"
        if after:
            at, id = place_of(after)
            args += [at, number_of(id)]
            where += " AND (a.at, a.id) > ($2, $3)"
        sql = f"{_ARGUMENT} WHERE {where} ORDER BY a.at, a.id LIMIT {int(count) + 1}"
        rows = await self._database.query(sql, *args)
        return rows[:count], place(rows[count - 1]["at"], rows[count - 1]["id"]) if len(rows) > count else ""

    async def every_argument(self, first: int, last: int) -> AsyncIterator[Row]:
        """Those shown of the contributions numbered from `first` to `last`, by contribution."""
        seen = (first, 0)
        sql = (
            f"{_ARGUMENT} WHERE a.contribution BETWEEN $1 AND $2 AND (a.contribution, a.id) > ($1, $3) "
            f"AND a.state = 'shown' ORDER BY a.contribution, a.id LIMIT {_BATCH}"
        )
        while rows := await self._database.query(sql, seen[0], last, seen[1]):
            for row in rows:
                yield row
            seen = (rows[-1]["contribution"], rows[-1]["id"])

    async def attachments(self, contributions: Sequence[int]) -> list[Row]:
        """Files of these contributions, without their content."""
        sql = "SELECT * FROM consultation.attachment WHERE contribution = ANY($1) ORDER BY contribution, id"
        return await self._database.query(sql, list(contributions))

    async def attachment(self, id: int) -> Row | None:
        """A file with its content, and the state of its contribution."""
        sql = (
            "SELECT a.*, b.bytes, c.state, c.actor, c.consultation FROM consultation.attachment a "
            "JOIN consultation.content b ON b.hash = a.hash JOIN consultation.contribution c ON c.id = a.contribution "
            "WHERE a.id = $1"
        )
        rows = await self._database.query(sql, id)
        return rows[0] if rows else None


def support(contribution: int, actor: str, at: datetime) -> Statement:
    """Support once, while the window is open."""
    return _SUPPORT, (contribution, actor, at)


def withdraw_support(contribution: int, actor: str) -> Statement:
    """No longer support."""
    return "DELETE FROM consultation.support WHERE contribution = $1 AND actor = $2", (contribution, actor)


def argue(id: int, contribution: int, actor: str, key: str, side: Side, text: str, at: datetime) -> Statement:
    """File an argument, once for a key, while the window is open."""
    return _ARGUE, (contribution, actor, at, id, key, str(side), text)


def set_argument_state(
    id: int, source: State, target: State, at: datetime | None, rule: ModerationRule | None = None, words: str = ""
) -> Statement:
    """Show, hide or withdraw an argument that is in the state seen."""
    sql = """
WITH u AS (
    UPDATE consultation.argument SET state = $3, rule = $4, words = $5, moderated = $6
    WHERE id = $1 AND state = $2 RETURNING 1
)
SELECT consultation.expect(EXISTS (SELECT FROM u), 'CONS-012')
"""
    return sql, (id, str(source), str(target), str(rule) if rule else None, words or None, at)


def attach(attachment: Attachment, content: bytes, most: int) -> list[Statement]:
    """Keep a file, once for a contribution; refused beyond `most` of them."""
    return [
        (
            "INSERT INTO consultation.content (hash, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            (attachment.hash, content),
        ),
        (
            "SELECT consultation.expect(count(*) < $2 OR bool_or(hash = $3), 'CONS-011') "
            "FROM consultation.attachment WHERE contribution = $1",
            (attachment.contribution, most, attachment.hash),
        ),
        (
            "INSERT INTO consultation.attachment (id, contribution, name, media_type, size, hash, at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT ON CONSTRAINT attachment_once DO NOTHING",
            (
                attachment.id,
                attachment.contribution,
                attachment.name,
                str(attachment.media_type),
                attachment.size,
                attachment.hash,
                attachment.at,
            ),
        ),
    ]
