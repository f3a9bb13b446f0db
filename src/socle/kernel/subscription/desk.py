"""The queues of subscriptions: numbered events, waiting, sent, dead or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from socle.kernel.store import Op, Row, Stored, Tx
from socle.kernel.subscription.forms import Happened

SCHEMA: Final = "subscription"
KEPT: Final = timedelta(days=7)  # how long settled events can be asked again by $events


@dataclass(frozen=True, slots=True)
class Subscriber:
    """How a subscription is doing.

    events      numbers given; `waiting`, `dead` of them are not settled
    attempts    failures since the last success; `due`: nothing is tried before
    sealed      the key that signs what is sent, sealed for `bound`
    """

    register: str
    id: str
    sealed: bytes = field(default=b"", repr=False)
    events: int = 0
    waiting: int = 0
    dead: int = 0
    attempts: int = 0
    due: datetime | None = None
    error: str = ""
    failed: datetime | None = None
    delivered: datetime | None = None
    since: datetime | None = None

    @property
    def bound(self) -> str:
        """What its key is sealed for: this subscription, and no other."""
        return bound_to(self.register, self.id)


def bound_to(register: str, id: str) -> str:
    """What the key of a subscription is sealed for."""
    return f"subscription {register} {id}"


_COUNTS: Final = (
    f"SELECT s.*, (SELECT count(*) FROM {SCHEMA}.event e WHERE e.register = s.register AND e.subscription = s.id "
    "AND e.state = 'waiting') AS waiting, "
    f"(SELECT count(*) FROM {SCHEMA}.event e WHERE e.register = s.register AND e.subscription = s.id "
    f"AND e.state = 'dead') AS dead FROM {SCHEMA}.subscriber s"
)


async def known(database: Tx, register: str, id: str, sealed: bytes) -> Subscriber:
    """The subscriber, made with the sealed key if it is new."""
    await database.query(
        f"INSERT INTO {SCHEMA}.subscriber (register, id, sealed) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING RETURNING id",
        register,
        id,
        sealed,
    )
    found = await find(database, register, id)
    assert found is not None
    return found


async def find(database: Tx, register: str, id: str) -> Subscriber | None:
    """The subscriber, None when there is none."""
    rows = await database.query(f"{_COUNTS} WHERE s.register = $1 AND s.id = $2", register, id)
    return _subscriber(rows[0]) if rows else None


async def in_clear(database: Tx, register: str) -> list[tuple[str, bytes]]:
    """(id, key) of keys that were written before keys were sealed."""
    sql = f"SELECT id, secret FROM {SCHEMA}.subscriber WHERE register = $1 AND secret <> ''"
    return [(row["id"], bytes(row["secret"])) for row in await database.query(sql, register)]


async def seal_kept(database: Tx, register: str, sealed: Sequence[tuple[str, bytes]]) -> None:
    """Put sealed keys, (id, sealed), in the place of those in clear."""
    await database.query(
        f"UPDATE {SCHEMA}.subscriber s SET secret = '', sealed = t.sealed FROM unnest($2::text[], $3::bytea[]) "
        "AS t(id, sealed) WHERE s.register = $1 AND s.id = t.id AND s.secret <> '' RETURNING s.id",
        register,
        [id for id, _ in sealed],
        [one for _, one in sealed],
    )


async def all_of(database: Tx, register: str) -> list[Subscriber]:
    """Every subscriber of a register."""
    return [
        _subscriber(row) for row in await database.query(f"{_COUNTS} WHERE s.register = $1 ORDER BY s.id", register)
    ]


async def since(database: Tx, register: str, id: str, now: datetime) -> None:
    """It is active: its events are kept from now on, and tried at once."""
    await database.query(
        f"UPDATE {SCHEMA}.subscriber SET since = coalesce(since, $3), attempts = 0, due = NULL, error = NULL "
        "WHERE register = $1 AND id = $2 RETURNING id",
        register,
        id,
        now,
    )


async def add(database: Tx, register: str, happened: Sequence[tuple[str, Stored]]) -> dict[str, list[int]]:
    """Give the next numbers to events, (subscription, version) in order, once for each version; the numbers given."""
    rows = await database.query(
        "WITH asked AS (SELECT * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::int[], $7::smallint[], "
        "$8::timestamptz[]) WITH ORDINALITY AS t(subscription, seq, type, fid, version, op, at, place)), "
        "new AS (SELECT a.*, row_number() OVER (PARTITION BY a.subscription ORDER BY a.place) AS nth FROM asked a "
        f"WHERE NOT EXISTS (SELECT FROM {SCHEMA}.event e WHERE e.register = $1 AND e.subscription = a.subscription "
        "AND e.seq = a.seq)), "
        f"counted AS (UPDATE {SCHEMA}.subscriber s SET events = s.events + n.many "
        "FROM (SELECT subscription, count(*) AS many FROM new GROUP BY subscription) n "
        "WHERE s.register = $1 AND s.id = n.subscription RETURNING s.id, s.events - n.many AS before) "
        f"INSERT INTO {SCHEMA}.event (register, subscription, number, seq, type, fid, version, op, at) "
        "SELECT $1, n.subscription, c.before + n.nth, n.seq, n.type, n.fid, n.version, n.op, n.at "
        "FROM new n JOIN counted c ON c.id = n.subscription RETURNING subscription, number",
        register,
        [id for id, _ in happened],
        [stored.seq for _, stored in happened],
        [stored.type for _, stored in happened],
        [stored.id for _, stored in happened],
        [stored.version for _, stored in happened],
        [int(stored.op) for _, stored in happened],
        [stored.updated for _, stored in happened],
    )
    numbers: dict[str, list[int]] = {}
    for row in rows:
        numbers.setdefault(row["subscription"], []).append(row["number"])
    return numbers


async def due(database: Tx, register: str, now: datetime) -> list[str]:
    """Subscriptions that have something to send now."""
    rows = await database.query(
        f"SELECT s.id FROM {SCHEMA}.subscriber s WHERE s.register = $1 AND (s.due IS NULL OR s.due <= $2) "
        f"AND EXISTS (SELECT FROM {SCHEMA}.event e WHERE e.register = s.register AND e.subscription = s.id "
        "AND e.state = 'waiting')",
        register,
        now,
    )
    return [row["id"] for row in rows]


async def next_events(database: Tx, register: str, id: str, most: int) -> list[Happened]:
    """The first events that wait, in order."""
    rows = await database.query(
        f"SELECT * FROM {SCHEMA}.event WHERE register = $1 AND subscription = $2 AND state = 'waiting' "
        "ORDER BY number LIMIT $3",
        register,
        id,
        most,
    )
    return [_event(row) for row in rows]


async def events(
    database: Tx, register: str, id: str, first: int, last: int, most: int, states: Sequence[str] = ()
) -> list[Happened]:
    """Events by number, those that are still kept."""
    rows = await database.query(
        f"SELECT * FROM {SCHEMA}.event WHERE register = $1 AND subscription = $2 AND number BETWEEN $3 AND $4 "
        "AND ($5::text[] IS NULL OR state = ANY($5)) ORDER BY number LIMIT $6",
        register,
        id,
        first,
        last,
        list(states) or None,
        most,
    )
    return [_event(row) for row in rows]


async def sent(database: Tx, register: str, id: str, numbers: Sequence[int], now: datetime) -> None:
    """They arrived."""
    await database.query(
        f"WITH gone AS (UPDATE {SCHEMA}.event SET state = 'sent', settled = $4, error = NULL WHERE register = $1 "
        "AND subscription = $2 AND number = ANY($3::bigint[]) AND state = 'waiting') "
        f"UPDATE {SCHEMA}.subscriber SET attempts = 0, due = NULL, error = NULL, delivered = $4 "
        "WHERE register = $1 AND id = $2 RETURNING id",
        register,
        id,
        list(numbers),
        now,
    )


async def failed(
    database: Tx, register: str, id: str, numbers: Sequence[int], why: str, due: datetime, now: datetime, *, dead: bool
) -> None:
    """They did not arrive: tried again when due, or given up when `dead`."""
    await database.query(
        f"WITH tried AS (UPDATE {SCHEMA}.event SET attempts = attempts + 1, error = $4, "
        "state = CASE WHEN $7 THEN 'dead' ELSE state END "
        "WHERE register = $1 AND subscription = $2 AND number = ANY($3::bigint[]) AND state = 'waiting') "
        f"UPDATE {SCHEMA}.subscriber SET attempts = attempts + 1, due = $5, error = $4, failed = $6 "
        "WHERE register = $1 AND id = $2 RETURNING id",
        register,
        id,
        list(numbers),
        why[:200],
        due,
        now,
        dead,
    )


def again(register: str, id: str, number: int | None) -> tuple[str, tuple[Any, ...]]:
    """The statement that puts a dead event back in its queue (all of them when None)."""
    return (
        f"UPDATE {SCHEMA}.event SET state = 'waiting', attempts = 0 WHERE register = $1 AND subscription = $2 "
        "AND state = 'dead' AND ($3::bigint IS NULL OR number = $3)",
        (register, id, number),
    )


def drop(register: str, id: str, number: int | None, now: datetime) -> tuple[str, tuple[Any, ...]]:
    """The statement that gives a dead event up for good (all of them when None)."""
    return (
        f"UPDATE {SCHEMA}.event SET state = 'dropped', settled = $4 WHERE register = $1 AND subscription = $2 "
        "AND state = 'dead' AND ($3::bigint IS NULL OR number = $3)",
        (register, id, number, now),
    )


async def forget(database: Tx, register: str, id: str) -> None:
    """The subscription is deleted: so is its queue."""
    for table, column in (("event", "subscription"), ("token", "subscription"), ("subscriber", "id")):
        await database.query(
            f"DELETE FROM {SCHEMA}.{table} WHERE register = $1 AND {column} = $2 RETURNING 1",
            register,
            id,
        )


async def sweep(database: Tx, now: datetime) -> None:
    """Settled events and tokens whose time is over."""
    await database.query(
        f"DELETE FROM {SCHEMA}.event WHERE state IN ('sent', 'dropped') AND settled < $1 RETURNING 1",
        now - KEPT,
    )
    await database.query(f"DELETE FROM {SCHEMA}.token WHERE expires < $1 RETURNING 1", now)


async def take_token(database: Tx, hashed: bytes, now: datetime) -> tuple[str, str] | None:
    """(register, subscription) that a token opens; it opens once."""
    rows = await database.query(
        f"DELETE FROM {SCHEMA}.token WHERE hash = $1 AND expires > $2 RETURNING register, subscription",
        hashed,
        now,
    )
    return (rows[0]["register"], rows[0]["subscription"]) if rows else None


def _subscriber(row: Row) -> Subscriber:
    return Subscriber(
        row["register"],
        row["id"],
        bytes(row["sealed"]),
        row["events"],
        row["waiting"],
        row["dead"],
        row["attempts"],
        row["due"],
        row["error"] or "",
        row["failed"],
        row["delivered"],
        row["since"],
    )


def _event(row: Row) -> Happened:
    return Happened(
        row["number"], row["seq"], row["type"], row["fid"], row["version"], Op(row["op"]), row["at"], row["attempts"]
    )
