"""What was asked in bulk: kept, followed, cancelled, forgotten."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.store import Row, Tx
from socle.kernel.store.database import Database
from socle.kernel.store.jobs import Statement, enqueue

SCHEMA: Final = "bulk"
KEPT: Final = timedelta(hours=24)  # how long files stay after the work is done
MOST_OPEN: Final = 3  # of one actor, at a time
MOST_ATTEMPTS: Final = {"export": 3, "import": 20}  # turns: an export begins again, an import goes on

EXPORT: Final = "bulk:export"
IMPORT: Final = "bulk:import"

_OURS: Final = "id = $1 AND attempts = $2 AND state = 'running'"
_KEEP: Final = f"UPDATE {SCHEMA}.request SET checkpoint = $3::text::jsonb, done = $4, total = $5 WHERE {_OURS}"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and how far it is.

    asked       what is wanted (`asked.Export`, or an import's)
    trace       who asked, on what ground, when
    attempts    turns taken at it; a crash in the middle means one more
    done,total  resources (export) or octets (import)
    """

    id: str
    kind: str
    register: str
    owner: str
    url: str
    asked: Mapping[str, Any]
    trace: Trace
    state: str
    attempts: int = 0
    done: int = 0
    total: int = 0
    checkpoint: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    finished: datetime | None = None
    expires: datetime | None = None

    @property
    def share(self) -> int:
        """Hundredths done, below a hundred until the work is."""
        if self.state == "done":
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What a batch of an import came to: the octet where it ends, the number of its last line, how many were stored and
    rejected; `told`: lines of the report, one for each of the latter.
    """

    end: int
    line: int
    stored: int
    rejected: int
    told: tuple[bytes, ...]


class Stopped(Exception):
    """The work is no longer ours: it was cancelled, or another turn at it has begun."""


def place(
    id: str,
    kind: str,
    register: str,
    url: str,
    asked: Mapping[str, Any],
    trace: Trace,
    *,
    total: int = 0,
    later: bool = True,
) -> tuple[list[Statement], Event]:
    """The statements that keep a request and put its job on the table, and the event that tells of it.

    later  False when whoever asks will do the work: no job then
    """
    kept = (
        f"INSERT INTO {SCHEMA}.request (id, kind, register, owner, url, asked, trace, queued, total) "
        "VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb, $8, $9)",
        (id, kind, register, trace.who, url, json.dumps(dict(asked)), _said(trace), trace.at, total),
    )
    job = enqueue(EXPORT if kind == "export" else IMPORT, {"id": id}, trace)
    event = Event(trace, Action.EXECUTE, entities=(f"bulk/{id}",), query=url.partition("?")[2])
    return ([kept, job] if later else [kept]), event


async def check_room(database: Tx, owner: str) -> None:
    """Refuse a new request of an actor who has several under way. Raises: Problem(THROTTLED)."""
    [row] = await database.query(
        f"SELECT count(*) AS n FROM {SCHEMA}.request WHERE owner = $1 AND state IN ('waiting', 'running')",
        owner,
    )
    if row["n"] >= MOST_OPEN:
        raise Problem(
            Kind.THROTTLED,
            *Problem.of(
                Kind.THROTTLED,
                f"Vous avez déjà {row['n']} exports ou imports en cours : attendez la fin de l'un d'eux, ou annulez-le.",
                f"You already have {row['n']} exports or imports under way: wait until one ends, or cancel it.",
                rule="SOCLE-BULK-OPEN",
            ).issues,
            headers=(("Retry-After", "60"),),
        )


async def find(database: Tx, id: str) -> Asked | None:
    """The request of that id."""
    rows = await database.query(f"SELECT * FROM {SCHEMA}.request WHERE id = $1", id)
    return _asked(rows[0]) if rows else None


async def recent(database: Tx, most: int) -> list[Asked]:
    """The last requests of everybody that were not cancelled, newest first."""
    rows = await database.query(
        f"SELECT * FROM {SCHEMA}.request WHERE state <> 'cancelled' ORDER BY queued DESC, id LIMIT $1", most
    )
    return [_asked(row) for row in rows]


async def unfinished(database: Database, owner: str, register: str, asked: Mapping[str, Any]) -> str | None:
    """The id of an import of the same into a register that `owner` left in the middle."""
    rows = await database.query(
        f"SELECT id FROM {SCHEMA}.request WHERE kind = 'import' AND owner = $1 AND asked = $2::text::jsonb "
        "AND register = $3 AND state IN ('waiting', 'running') ORDER BY queued DESC LIMIT 1",
        owner,
        json.dumps(dict(asked)),
        register,
    )
    return rows[0]["id"] if rows else None


async def begin(database: Database, id: str) -> Asked | None:
    """Take a turn at a request; None when there is nothing to do any more (done, cancelled, tried too often)."""
    # Processes that still store for an earlier turn (`stored`) end what they have begun first, and begin nothing after.
    rows = await database.query(
        "WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock($2)) "
        f"UPDATE {SCHEMA}.request SET state = 'running', attempts = attempts + 1 FROM alone "
        "WHERE id = $1 AND state IN ('waiting', 'running') RETURNING request.*",
        id,
        _lock(id),
    )
    return _asked(rows[0]) if rows else None


def stored(turn: Asked, file: int, begun: int, counted: Counted) -> list[Statement]:
    """Statements that go with a batch of an import that another process stores for this turn: they fail when the work is not
    the turn's any more, and say that the batch is settled, wherever the checkpoint is.
    """
    batch = (turn.id, file, begun, counted.end, counted.line, counted.stored, counted.rejected, b"".join(counted.told))
    return [
        ("SELECT pg_advisory_xact_lock_shared($1)", (_lock(turn.id),)),
        _still(turn),
        (
            f"INSERT INTO {SCHEMA}.batch (request, file, begun, ended, line, stored, rejected, told) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            batch,
        ),
    ]


def keeping(turn: Asked, checkpoint: str, done: int, total: int) -> list[Statement]:
    """Statements that keep how far a turn is with what it stores, and that fail when the work is not its any more."""
    return [(_KEEP, (turn.id, turn.attempts, checkpoint, done, total)), _still(turn)]


def _still(turn: Asked) -> Statement:
    return f"SELECT 1 / (SELECT count(*) FROM {SCHEMA}.request WHERE {_OURS})", (turn.id, turn.attempts)


async def ahead(database: Database, turn: Asked) -> dict[tuple[int, int], Counted]:
    """By (file, octet where it begins), the batches of an import that were stored beyond its checkpoint."""
    rows = await database.query(f"SELECT * FROM {SCHEMA}.batch WHERE request = $1", turn.id)
    return {
        (row["file"], row["begun"]): Counted(
            row["ended"], row["line"], row["stored"], row["rejected"], tuple(row["told"].splitlines(keepends=True))
        )
        for row in rows
    }


async def reached(
    database: Database, turn: Asked, file: int, offset: int, checkpoint: str, done: int, total: int
) -> None:
    """The checkpoint is past every batch that begins before that octet of that file. Raises: Stopped."""
    rows = await database.query(
        f"WITH kept AS ({_KEEP} RETURNING id), "
        f"past AS (DELETE FROM {SCHEMA}.batch USING kept WHERE request = kept.id AND (file, begun) < ($6, $7)) "
        "SELECT id FROM kept",
        turn.id,
        turn.attempts,
        checkpoint,
        done,
        total,
        file,
        offset,
    )
    if not rows:
        raise Stopped


def _lock(id: str) -> int:
    return key("bulk", id)


async def progress(database: Database, turn: Asked, done: int, total: int) -> None:
    """Tell how far the work is. Raises: Stopped."""
    await _mine(database, turn, "done = $3, total = $4", done, total)


async def finish(database: Database, turn: Asked, result: Mapping[str, Any], now: datetime) -> None:
    """The work is done; its files stay for a day. Raises: Stopped."""
    change = "state = 'done', done = total, result = $3::text::jsonb, finished = $4, expires = $5"
    await _mine(database, turn, change, json.dumps(dict(result)), now, now + KEPT)


async def fail(database: Database, turn: Asked, problem: Problem, now: datetime) -> None:
    """The work cannot be done: its issues are kept for whoever asked. Raises: Stopped."""
    issues = [
        {"fr": one.text.fr, "en": one.text.en, "expression": one.expression, "rule": one.rule, "code": one.code}
        for one in problem.issues
    ]
    said = json.dumps({"kind": problem.kind.name, "issues": issues})
    change = "state = 'failed', result = $3::text::jsonb, finished = $4, expires = $5"
    await _mine(database, turn, change, said, now, now + KEPT)


def problem_of(asked: Asked) -> Problem:
    """Why a failed request failed."""
    result = asked.result or {}
    issues = [
        Issue(Text(one["fr"], one["en"]), tuple(one["expression"]), one["rule"], one["code"])
        for one in result.get("issues", ())
    ]
    return Problem(Kind[result.get("kind", "INTERNAL")], *issues)


async def cancel(database: Database, asked: Asked, trace: Trace) -> None:
    """Stop the work and forget its files: whoever does it sees it within a second or two."""
    statement, event = stopping(asked, trace)
    await database.write(asked.register, [statement], trace, notes=[event])


def stopping(asked: Asked, trace: Trace) -> tuple[Statement, Event]:
    """What cancels a request, and its trace. Its files go with those that have had their time."""
    sql = (
        f"UPDATE {SCHEMA}.request SET state = 'cancelled', finished = $2, expires = $2 "
        "WHERE id = $1 AND state <> 'cancelled'"
    )
    return (sql, (asked.id, trace.at)), Event(trace, Action.DELETE, entities=(f"bulk/{asked.id}",))


async def expired(database: Database, now: datetime) -> list[str]:
    """Ids of requests whose files have had their time; they are forgotten with `forget`."""
    rows = await database.query(f"SELECT id FROM {SCHEMA}.request WHERE expires <= $1", now)
    return [row["id"] for row in rows]


async def forget(database: Database, ids: list[str]) -> None:
    """Requests whose files are gone."""
    await database.query(f"DELETE FROM {SCHEMA}.request WHERE id = ANY($1::text[])", ids)


async def _mine(database: Database, turn: Asked, change: str, *values: Any) -> None:
    rows = await database.query(
        f"UPDATE {SCHEMA}.request SET {change} WHERE {_OURS} RETURNING id",
        turn.id,
        turn.attempts,
        *values,
    )
    if not rows:
        raise Stopped


def _said(trace: Trace) -> str:
    return json.dumps({**asdict(trace), "at": trace.at.isoformat()})


def _asked(row: Row) -> Asked:
    said = json.loads(row["trace"])
    return Asked(
        row["id"],
        row["kind"],
        row["register"],
        row["owner"],
        row["url"],
        json.loads(row["asked"]),
        Trace(**{**said, "at": datetime.fromisoformat(said["at"])}),
        row["state"],
        row["attempts"],
        row["done"],
        row["total"],
        json.loads(row["checkpoint"]) if row["checkpoint"] else None,
        json.loads(row["result"]) if row["result"] else None,
        row["finished"],
        row["expires"],
    )
