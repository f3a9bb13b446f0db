"""Contributions: found a page at a time, written by statements that refuse to overwrite what was not seen."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database
from socle.support.consultation.model import (
    Anchor,
    AuthorKind,
    ContributionKind,
    ModerationRule,
    Outcome,
    State,
    Submission,
)
from socle.support.consultation.store.rows import CONTRIBUTION, FROM_CONTRIBUTION, number_of, place, place_of

Statement = tuple[str, tuple[Any, ...]]
Sort = Literal["recent", "oldest", "supports"]
VERSION_RULE: Final = "CONS-012"
WINDOW_RULE: Final = "CONS-001"
_BATCH: Final = 500  # rows read at a time by exports
_SORTS: Final = {  # column, way, and how a row that comes later compares
    "recent": ("c.at", "DESC", "<"),
    "oldest": ("c.at", "ASC", ">"),
    "supports": ("(c.supports_verified + c.supports_unverified)", "DESC", "<"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which contributions of a consultation. None: whatever.

    outcome   those answered so; answered: False for those that wait, True for those answered
    assignee  actor in charge, "" for nobody
    author    actor who wrote (one's own list)
    text      French words, all of them, whatever their accents and endings
    """

    consultation: str
    chapter: str | None = None
    block: str | None = None
    requirement: str | None = None
    kind: ContributionKind | None = None
    author_kind: AuthorKind | None = None
    outcome: Outcome | None = None
    answered: bool | None = None
    states: Sequence[State] = (State.SHOWN,)
    assignee: str | None = None
    author: str | None = None
    original: int | None = None
    text: str = ""
    sort: Sort = "recent"


class Contributions:
    """The contributions of a house."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def next_number(self) -> int:
        """A number that nobody else has."""
        [row] = await self._database.query("SELECT nextval('consultation.number') AS n")
        return int(row["n"])

    async def numbers(self, count: int) -> list[int]:
        """`count` of them."""
        rows = await self._database.query(
            "SELECT nextval('consultation.number') AS n FROM generate_series(1, $1)", count
        )
        return [row["n"] for row in rows]

    async def read(self, id: int) -> Row | None:
        """Columns of CONTRIBUTION."""
        rows = await self._database.query(f"SELECT {CONTRIBUTION} {FROM_CONTRIBUTION} WHERE c.id = $1", id)
        return rows[0] if rows else None

    async def read_many(self, ids: Sequence[int]) -> list[Row]:
        """Those that exist."""
        sql = f"SELECT {CONTRIBUTION} {FROM_CONTRIBUTION} WHERE c.id = ANY($1) ORDER BY c.id"
        return await self._database.query(sql, list(ids))

    async def of_key(self, actor: str, key: str) -> Row | None:
        """What this actor filed with this key."""
        sql = f"SELECT {CONTRIBUTION} {FROM_CONTRIBUTION} WHERE c.actor = $1 AND c.key = $2"
        rows = await self._database.query(sql, actor, key)
        return rows[0] if rows else None

    async def same(self, actor: str, consultation: str, anchor: Anchor, title: str, text: str) -> Row | None:
        """What this actor said already, word for word, about the same thing."""
        sql = (
            f"SELECT {CONTRIBUTION} {FROM_CONTRIBUTION} WHERE c.actor = $1 AND c.consultation = $2 AND c.state = 'shown' "
            "AND (c.chapter, c.block, c.requirement, c.title, c.text) = ($3, $4, $5, $6, $7) LIMIT 1"
        )
        args = (actor, consultation, anchor.chapter, anchor.block, anchor.requirement, title, text)
        rows = await self._database.query(sql, *args)
        return rows[0] if rows else None

    async def since(self, actor: str, at: datetime) -> int:
        """How many this actor filed since `at`."""
        sql = "SELECT count(*) AS n FROM consultation.contribution WHERE actor = $1 AND at >= $2"
        [row] = await self._database.query(sql, actor, at)
        return int(row["n"])

    async def versions(self, id: int) -> list[Row]:
        """The texts before the current one, the oldest first."""
        sql = (
            "SELECT version, title, text, before, after, at FROM consultation.contribution_version "
            "WHERE contribution = $1 ORDER BY version"
        )
        return await self._database.query(sql, id)

    async def duplicates(self, id: int) -> list[int]:
        """Numbers of those that duplicate this one."""
        sql = "SELECT id FROM consultation.contribution WHERE original = $1 ORDER BY id LIMIT 1000"
        return [row["id"] for row in await self._database.query(sql, id)]

    async def page(self, wanted: Wanted, after: str, count: int) -> tuple[list[Row], str]:
        """At most `count` rows from `after` on, and where the next page begins ("" when there is none).

        Raises: Problem(INVALID) when `after` cannot be read.
        """
        conditions, args = _conditions(wanted)
        first, way, test = _SORTS[wanted.sort]
        if after:
            value, id = place_of(after, number=wanted.sort == "supports")
            args += [value, number_of(id)]
            conditions.append(f"({first}, c.id) {test} (${len(args) - 1}, ${len(args)})")
        rows = await self._database.query(
            f"SELECT {CONTRIBUTION} {FROM_CONTRIBUTION} WHERE {' AND '.join(conditions)} "
            f"ORDER BY {first} {way}, c.id {way} LIMIT {int(count) + 1}",
            *args,
        )
        kept = rows[:count]
        if len(rows) <= count:
            return kept, ""
        last = kept[-1]
        total = last["supports_verified"] + last["supports_unverified"]
        return kept, place(total if wanted.sort == "supports" else last["at"], last["id"])

    async def order(self, wanted: Wanted, most: int) -> list[int]:
        """Their numbers alone, in the order of the list, at most `most`."""
        conditions, args = _conditions(wanted)
        first, way, _ = _SORTS[wanted.sort]
        rows = await self._database.query(
            f"SELECT c.id {FROM_CONTRIBUTION} WHERE {' AND '.join(conditions)} "
            f"ORDER BY {first} {way}, c.id {way} LIMIT {int(most)}",
            *args,
        )
        return [row["id"] for row in rows]

    async def every(self, consultation: str) -> AsyncIterator[list[Row]]:
        """All of them in the order of their numbers, some at a time."""
        last = 0
        sql = (
            f"SELECT {CONTRIBUTION} {FROM_CONTRIBUTION} "
            f"WHERE c.consultation = $1 AND c.id > $2 ORDER BY c.id LIMIT {_BATCH}"
        )
        while rows := await self._database.query(sql, consultation, last):
            yield rows
            last = rows[-1]["id"]


def _conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    args: list[Any] = [wanted.consultation]
    conditions = ["c.consultation = $1"]

    def add(sql: str, value: Any) -> None:
        args.append(value)
        conditions.append(sql.format(f"${len(args)}"))

    exact = {
        "c.chapter": wanted.chapter,
        "c.block": wanted.block,
        "c.requirement": wanted.requirement,
        "c.kind": wanted.kind,
        "p.kind": wanted.author_kind,
        "c.outcome": wanted.outcome,
        "c.assignee": wanted.assignee,
        "c.actor": wanted.author,
        "c.original": wanted.original,
    }
    for column, value in exact.items():
        if value is not None:
            add(f"{column} = {{}}", value if isinstance(value, int) else str(value))
    if wanted.answered is not None:
        conditions.append("c.outcome <> ''" if wanted.answered else "c.outcome = ''")
    if list(wanted.states) == [State.SHOWN]:
        conditions.append("c.state = 'shown'")
    else:
        add("c.state = ANY({})", [str(state) for state in wanted.states])
    if wanted.text.strip():
        add("c.stems @> consultation.stems({})", wanted.text[:500])
    return conditions, args


# -- what is written ---------------------------------------------------------------------------------------------------

_INSERT: Final = """
WITH c AS (
    SELECT id, synthetic FROM consultation.consultation
    WHERE id = $2 AND step = 'open' AND opens <= $14 AND closes > $14 FOR SHARE
), i AS (
    INSERT INTO consultation.contribution
        (id, consultation, chapter, block, requirement, actor, key, kind, title, text, before, after, at)
    SELECT $1, c.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM c ON CONFLICT ON CONSTRAINT submission DO NOTHING
)
SELECT consultation.expect(EXISTS (SELECT FROM c), 'CONS-001')
"""


def insert(id: int, consultation: str, actor: str, key: str, said: Submission, at: datetime) -> Statement:
    """File a contribution, once for a key, while the window is open."""
    rewording = said.rewording
    return _INSERT, (
        id,
        consultation,
        said.anchor.chapter,
        said.anchor.block,
        said.anchor.requirement,
        actor,
        key,
        str(said.kind),
        said.title,
        said.text,
        rewording.before if rewording else None,
        rewording.after if rewording else None,
        at,
        at,
    )


_AMEND: Final = """
WITH kept AS (
    INSERT INTO consultation.contribution_version (contribution, version, title, text, before, after, at)
    SELECT id, version, title, text, before, after, coalesce(amended, at)
    FROM consultation.contribution WHERE id = $1 AND version = $2 ON CONFLICT DO NOTHING
), u AS (
    UPDATE consultation.contribution
    SET kind = $3, title = $4, text = $5, before = $6, after = $7, amended = $8, version = version + 1
    WHERE id = $1 AND version = $2 AND state = 'shown' AND outcome = '' RETURNING 1
)
SELECT consultation.expect(EXISTS (SELECT FROM u), 'CONS-012')
"""


def amend(id: int, version: int, said: Submission, at: datetime) -> Statement:
    """Replace the text of the version seen; the former one is kept."""
    before, after = (said.rewording.before, said.rewording.after) if said.rewording else (None, None)
    return _AMEND, (id, version, str(said.kind), said.title, said.text, before, after, at)


_STATE: Final = """
WITH u AS (
    UPDATE consultation.contribution
    SET state = $3, rule = $4, words = $5, moderated = $6, version = version + 1
    WHERE id = $1 AND version = $2 RETURNING 1
)
SELECT consultation.expect(EXISTS (SELECT FROM u), 'CONS-012')
"""


def set_state(
    id: int, version: int, state: State, at: datetime | None, rule: ModerationRule | None = None, words: str = ""
) -> Statement:
    """Show, hide or withdraw the version seen."""
    return _STATE, (id, version, str(state), str(rule) if rule else None, words or None, at)


_DISPOSE: Final = """
WITH u AS (
    UPDATE consultation.contribution c
    SET outcome = $3, answer = $4, answered = $5, change = $6, original = $7, answer_version = answer_version + 1
    WHERE id = $1 AND answer_version = $2 AND state = 'shown'
      AND EXISTS (SELECT FROM consultation.consultation o WHERE o.id = c.consultation AND o.step IN ('open', 'treatment'))
    RETURNING 1
)
SELECT consultation.expect(EXISTS (SELECT FROM u), 'CONS-012')
"""


def dispose(
    id: int, version: int, outcome: Outcome, answer: str, at: datetime, change: int | None, original: int | None
) -> Statement:
    """Answer, if the answer that stands is the one seen (0: none)."""
    return _DISPOSE, (id, version, str(outcome), answer, at, change, original)


def merge(ids: Sequence[int], original: int, answer: str, at: datetime) -> list[Statement]:
    """Make several contributions duplicates of one; all of them or none."""
    sql = """
WITH u AS (
    UPDATE consultation.contribution c
    SET outcome = 'duplicate', answer = $3, answered = $4, change = NULL, original = $2,
        answer_version = answer_version + 1
    WHERE id = ANY($1) AND state = 'shown' AND id <> $2
      AND EXISTS (SELECT FROM consultation.consultation o WHERE o.id = c.consultation AND o.step IN ('open', 'treatment'))
      AND EXISTS (SELECT FROM consultation.contribution o
                  WHERE o.id = $2 AND o.consultation = c.consultation AND o.state = 'shown' AND o.outcome <> 'duplicate')
      AND NOT EXISTS (SELECT FROM consultation.contribution d WHERE d.original = c.id AND NOT d.id = ANY($1))
    RETURNING 1
)
SELECT consultation.expect((SELECT count(*) FROM u) = cardinality($1), 'CONS-009')
"""
    return [(sql, (list(ids), original, answer, at))]


def assign(ids: Sequence[int], actor: str, name: str) -> Statement:
    """Put somebody in charge; "" for nobody."""
    sql = "UPDATE consultation.contribution SET assignee = $2, assignee_name = $3 WHERE id = ANY($1)"
    return sql, (list(ids), actor, name)
