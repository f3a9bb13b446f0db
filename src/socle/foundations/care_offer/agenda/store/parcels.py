"""Messages to the Hub Santé: those on their way, and the queues of the demonstration's hub."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from socle.foundations.care_offer.agenda.store.agendas import Agendas, Statement
from socle.kernel.fhir import json
from socle.kernel.store import Row

CLAIM: Final = timedelta(minutes=2)  # what is being sent is tried again past that: its process died


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message and where it is: waiting, sent, acknowledged, dead (given up), dropped (by somebody)."""

    distribution: str
    appointment: str
    version: int
    recipient: str
    body: Mapping[str, Any]
    made: datetime
    expires: datetime
    state: str = "waiting"
    attempts: int = 0
    due: datetime | None = None
    reason: str = ""
    settled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """A message in a queue of the demonstration's hub."""

    queue: str
    distribution: str
    body: Mapping[str, Any]
    came: datetime
    read: datetime | None


def keep(agendas: Agendas, parcel: Parcel) -> Statement:
    """A message to be sent; kept once."""
    return (
        f"INSERT INTO {agendas.schema}.parcel (distribution, appointment, version, recipient, body, made, expires, due) "
        "VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $6) ON CONFLICT DO NOTHING",
        [
            parcel.distribution,
            parcel.appointment,
            parcel.version,
            parcel.recipient,
            json.serialise(dict(parcel.body)).decode(),
            parcel.made,
            parcel.expires,
        ],
    )


async def claim(agendas: Agendas, now: datetime, *, limit: int) -> list[Parcel]:
    """Messages that are due, taken for this process; of one appointment, the earliest alone."""
    rows = await agendas.store.query(
        f"UPDATE {agendas.schema}.parcel p SET attempts = attempts + 1, due = $2 WHERE distribution IN ("
        f"SELECT distribution FROM {agendas.schema}.parcel w WHERE state = 'waiting' AND due <= $1 AND NOT EXISTS ("
        f"SELECT FROM {agendas.schema}.parcel e WHERE e.appointment = w.appointment AND e.version < w.version "
        "AND e.state = 'waiting') ORDER BY due, distribution LIMIT $3 FOR UPDATE SKIP LOCKED) "
        "RETURNING p.*, p.body::text AS content",
        now,
        now + CLAIM,
        limit,
    )
    return sorted((_parcel(row) for row in rows), key=lambda one: (one.made, one.distribution))


def settle(agendas: Agendas, parcels: Sequence[tuple[str, str, str, datetime]], now: datetime) -> Statement:
    """What became of messages: (distribution, state, reason, due). An answer that comes twice, or late, changes nothing."""
    return (
        f"UPDATE {agendas.schema}.parcel p SET state = t.state, reason = t.reason, due = t.due, "
        "settled = CASE WHEN t.state IN ('waiting', 'sent') THEN NULL ELSE $5::timestamptz END "
        "FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS t(distribution, state, reason, due) "
        "WHERE p.distribution = t.distribution AND p.state NOT IN ('acknowledged', 'dropped')",
        [*(list(column) for column in zip(*parcels, strict=True)), now],
    )


def restart(agendas: Agendas, distribution: str, now: datetime) -> Statement:
    """A dead message is tried again, from its first attempt."""
    return (
        f"UPDATE {agendas.schema}.parcel SET state = 'waiting', attempts = 0, due = $2, settled = NULL "
        "WHERE distribution = $1 AND state = 'dead'",
        [distribution, now],
    )


def drop(agendas: Agendas, distribution: str, now: datetime) -> Statement:
    """A dead message is given up for good; it stays to be read."""
    return (
        f"UPDATE {agendas.schema}.parcel SET state = 'dropped', settled = $2 WHERE distribution = $1 AND state = 'dead'",
        [distribution, now],
    )


async def find(agendas: Agendas, distribution: str) -> Parcel | None:
    """One message."""
    rows = await agendas.store.query(
        f"SELECT *, body::text AS content FROM {agendas.schema}.parcel WHERE distribution = $1", distribution
    )
    return _parcel(rows[0]) if rows else None


async def latest(agendas: Agendas, state: str, *, limit: int) -> list[Parcel]:
    """Messages, the latest first; of one state if it is named."""
    rows = await agendas.store.query(
        f"SELECT *, body::text AS content FROM {agendas.schema}.parcel WHERE $1 = '' OR state = $1 "
        "ORDER BY made DESC, version DESC LIMIT $2",
        state,
        limit,
    )
    return [_parcel(row) for row in rows]


async def counts(agendas: Agendas) -> dict[str, int]:
    """How many messages are in each state."""
    rows = await agendas.store.query(f"SELECT state, count(*) AS n FROM {agendas.schema}.parcel GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


# -- the hub of the demonstration --------------------------------------------------------------------------------------


async def put(agendas: Agendas, queue: str, body: Mapping[str, Any], now: datetime) -> None:
    """Put a message in a queue of the hub, once."""
    await agendas.store.query(
        f"INSERT INTO {agendas.schema}.hub_message (queue, distribution, body, came) VALUES ($1, $2, $3::text::jsonb, $4) "
        "ON CONFLICT DO NOTHING",
        queue,
        str(body.get("distributionID", "")),
        json.serialise(dict(body)).decode(),
        now,
    )


async def read(agendas: Agendas, queues: Sequence[str], now: datetime, *, limit: int) -> list[Came]:
    """Take what waits in queues of the hub, each once, in the order in which it came; names may end in "%"."""
    rows = await agendas.store.query(
        f"UPDATE {agendas.schema}.hub_message h SET read = $2 WHERE rank IN (SELECT rank FROM {agendas.schema}.hub_message "
        "WHERE read IS NULL AND queue LIKE ANY ($1::text[]) ORDER BY rank LIMIT $3 FOR UPDATE SKIP LOCKED) "
        "RETURNING h.*, h.body::text AS content",
        list(queues),
        now,
        limit,
    )
    return [_came(row) for row in sorted(rows, key=lambda row: row["rank"])]


async def arrived(agendas: Agendas, *, limit: int) -> list[Came]:
    """What came to the queues of the hub, the latest first."""
    rows = await agendas.store.query(
        f"SELECT *, body::text AS content FROM {agendas.schema}.hub_message ORDER BY rank DESC LIMIT $1", limit
    )
    return [_came(row) for row in rows]


def _parcel(row: Row) -> Parcel:
    return Parcel(
        row["distribution"],
        row["appointment"],
        row["version"],
        row["recipient"],
        json.parse(row["content"].encode()),
        row["made"],
        row["expires"],
        row["state"],
        row["attempts"],
        row["due"],
        row["reason"],
        row["settled"],
    )


def _came(row: Row) -> Came:
    return Came(row["queue"], row["distribution"], json.parse(row["content"].encode()), row["came"], row["read"])
