"""Participants and what is sent to them: personal data."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database
from socle.support.consultation.model import Author, NoticeKind, NoticeState
from socle.support.consultation.store.contributions import Statement
from socle.support.consultation.store.rows import number_of, place, place_of

_REGISTER: Final = """
INSERT INTO consultation.participant AS p (actor, kind, name, organisation, email, since)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (actor) DO UPDATE
SET kind = excluded.kind, name = excluded.name, organisation = excluded.organisation, email = excluded.email,
    verified = p.verified AND (p.kind, p.name, p.organisation) = (excluded.kind, excluded.name, excluded.organisation),
    version = p.version + 1
"""
_NOTICE: Final = """
INSERT INTO consultation.notice (id, actor, kind, address, subject, text, at)
SELECT nextval('consultation.number'), p.actor, $2, p.email, $3, $4, $5
FROM consultation.participant p WHERE p.actor = ANY($1) AND p.email <> ''
"""


class People:
    """The participants of a house, and its outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, actor: str) -> Row | None:
        """One participant."""
        rows = await self._database.query("SELECT * FROM consultation.participant WHERE actor = $1", actor)
        return rows[0] if rows else None

    async def page(self, after: str, count: int) -> tuple[list[Row], str]:
        """Participants, the latest first."""
        args: list[object] = []
        where = ""
        if after:
            since, actor = place_of(after)
            args = [since, actor]
            where = "WHERE (since, actor) < ($1, $2)"
        sql = f"SELECT * FROM consultation.participant {where} ORDER BY since DESC, actor DESC LIMIT {int(count) + 1}"
        rows = await self._database.query(sql, *args)
        return rows[:count], place(rows[count - 1]["since"], rows[count - 1]["actor"]) if len(rows) > count else ""

    async def notices(self, after: str, count: int) -> tuple[list[Row], str]:
        """What was sent or waits, the latest first."""
        args: list[object] = []
        where = ""
        if after:
            args = [number_of(after.partition("~")[2])]
            where = "WHERE id < $1"
        sql = f"SELECT * FROM consultation.notice {where} ORDER BY id DESC LIMIT {int(count) + 1}"
        rows = await self._database.query(sql, *args)
        return rows[:count], place("", rows[count - 1]["id"]) if len(rows) > count else ""

    async def claim(self, now: datetime, until: datetime, count: int) -> list[Row]:
        """Take in hand notices that were not sent and that no other worker has, the oldest first."""
        rows = await self._database.query(
            "UPDATE consultation.notice SET lease = $2 WHERE id IN (SELECT id FROM consultation.notice "
            "WHERE state = 'waiting' AND (lease IS NULL OR lease < $1) ORDER BY id FOR UPDATE SKIP LOCKED LIMIT $3) "
            "RETURNING *",
            now,
            until,
            count,
        )
        return sorted(rows, key=lambda row: int(row["id"]))

    async def addressed(self, actors: Sequence[str]) -> list[str]:
        """Those who left an address."""
        sql = "SELECT actor FROM consultation.participant WHERE actor = ANY($1) AND email <> '' ORDER BY actor"
        return [row["actor"] for row in await self._database.query(sql, list(actors))]

    async def contributing(self, consultation: str) -> list[str]:
        """Actors who have a contribution shown."""
        sql = "SELECT actor FROM consultation.taking_part WHERE consultation = $1 AND n > 0 ORDER BY actor"
        return [row["actor"] for row in await self._database.query(sql, consultation)]

    async def contributors(self, consultation: str) -> list[Row]:
        """Who contributed to a consultation, as the public sees them, organisations first."""
        sql = (
            "SELECT p.kind, p.name, p.organisation, p.verified, t.n FROM consultation.taking_part t "
            "JOIN consultation.participant p ON p.actor = t.actor WHERE t.consultation = $1 AND t.n > 0 "
            "ORDER BY p.kind, p.organisation, p.name"
        )
        return await self._database.query(sql, consultation)


def register(actor: str, author: Author, email: str, at: datetime) -> Statement:
    """Make oneself known, or say it otherwise: then one must be verified again."""
    return _REGISTER, (actor, str(author.kind), author.name, author.organisation, email, at)


def register_once(actor: str, author: Author, at: datetime) -> Statement:
    """Make an actor known if it is not."""
    sql = (
        "INSERT INTO consultation.participant (actor, kind, name, organisation, since) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING"
    )
    return sql, (actor, str(author.kind), author.name, author.organisation, at)


def verify(actor: str, verified: bool) -> Statement:
    """Say whether we have checked who it is."""
    sql = "UPDATE consultation.participant SET verified = $2, version = version + 1 WHERE actor = $1 AND verified <> $2"
    return sql, (actor, verified)


def notify(actors: list[str], kind: NoticeKind, subject: str, text: str, at: datetime) -> Statement:
    """A notice for each of those who left an address."""
    return _NOTICE, (actors, str(kind), subject, text, at)


def sent(id: int, state: NoticeState, at: datetime | None, *, attempts: int) -> Statement:
    """What became of a notice; one that waits again is free to be taken."""
    sql = (
        "UPDATE consultation.notice SET state = $2, sent = $3, attempts = $4, lease = NULL "
        "WHERE id = $1 AND state = 'waiting'"
    )
    return sql, (id, str(state), at, attempts)


def bulk(rows: Sequence[Mapping[str, Any]]) -> Statement:
    """Participants of an import, as a whole; those known stay as they are."""
    sql = """
INSERT INTO consultation.participant (actor, kind, name, organisation, verified, since)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[])
ON CONFLICT DO NOTHING
"""
    names = ("actor", "kind", "name", "organisation", "verified", "since")
    return sql, tuple([row[name] for row in rows] for name in names)
