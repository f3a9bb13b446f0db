"""How terminologies come in: concepts first, in an edition that nothing names yet; then, at once, the resource and the
headline that name it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

from socle.foundations.terminologies.model import Concept, Json
from socle.foundations.terminologies.permissions import CONCEPTS
from socle.foundations.terminologies.rules.concepts import COLUMNS, MOST_CONCEPTS, row
from socle.foundations.terminologies.rules.heads import Headline, packed
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.database import Database

DEEPEST: Final = 100  # levels of a hierarchy
MOST_PAIRS: Final = 40_000_000  # (broader, narrower) of all loads of one time
PATIENCE: Final = timedelta(minutes=2)  # between the end of an edition and its sweeping: who reads it has finished
ABANDONED: Final = timedelta(hours=12)
LARGE: Final = 5_000  # concepts of an edition above which its words bear its number
_CHUNK: Final = 2_000

Statement = tuple[str, Sequence[Any]]
Progress = Callable[[int], None]


class Refused(Exception):
    """The tables refuse an edition: which, and the Problem."""

    def __init__(self, edition: int, problem: Problem) -> None:
        super().__init__(edition)
        self.edition = edition
        self.problem = problem


async def new_editions(database: Database, named: Sequence[tuple[str, str, bytes | None]], now: datetime) -> list[int]:
    """Numbers for editions to come, each (URL, version, digest of its concepts or None)."""
    rows = await database.query(
        f"INSERT INTO {CONCEPTS}.edition (url, version, digest, begun) "
        "SELECT url, version, digest, $4 FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY "
        "AS one (url, version, digest, place) ORDER BY place RETURNING id",
        [url for url, _, _ in named],
        [version for _, version, _ in named],
        [digest for _, _, digest in named],
        now,
    )
    return sorted(row["id"] for row in rows)


async def stage(
    database: Database,
    editions: Iterable[tuple[int, Iterator[Concept], bool]],
    trace: Trace,
    progress: Progress | None = None,
) -> None:
    """Put concepts on their way in: (edition, concepts, whether case matters). Constant memory; others are served meanwhile.

    Raises: what the iterators raise, then nothing is staged; Problem(TOO_LARGE) beyond MOST_CONCEPTS.
    """
    await database.load(CONCEPTS, "stage", COLUMNS, _rows(editions, progress), trace)


async def _rows(
    editions: Iterable[tuple[int, Iterator[Concept], bool]], progress: Progress | None
) -> AsyncIterator[tuple[Any, ...]]:
    done = 0
    for edition, concepts, exact in editions:
        some = partial(_some, edition, enumerate(concepts, start=1), exact)
        # Small systems are many, and a thread for each would cost more than they do.
        chunk = some() if done < _CHUNK else await asyncio.to_thread(some)
        while chunk:
            for one in chunk:
                yield one
            done += len(chunk)
            if done > MOST_CONCEPTS:
                raise Problem.of(
                    Kind.TOO_LARGE,
                    f"Plus de {MOST_CONCEPTS} concepts en un chargement : chargez-les en plusieurs fois.",
                    f"More than {MOST_CONCEPTS} concepts in one load: load them in several times.",
                    rule="SOCLE-TERMINOLOGY-SIZE",
                )
            if progress is not None:
                progress(done)
            if len(chunk) < _CHUNK:
                break
            chunk = await asyncio.to_thread(some)


def _some(edition: int, concepts: Iterator[tuple[int, Concept]], exact: bool) -> list[tuple[Any, ...]]:
    return [row(edition, rank, one, exact) for rank, one in islice(concepts, _CHUNK)]


async def settle(database: Database, editions: Sequence[int], trace: Trace) -> None:
    """Close hierarchies and bring staged concepts in. Nothing names them yet.

    Raises: Refused for the first edition that cannot be kept; then none of them is.
    """
    if not editions:
        return
    call = f"SELECT {CONCEPTS}.settle($1::integer[], $2::integer, $3::bigint, $4::integer)"
    await database.write(CONCEPTS, [(call, (list(editions), DEEPEST, MOST_PAIRS, LARGE))], trace)
    rows = await database.query(
        f"SELECT id, told FROM {CONCEPTS}.edition WHERE id = ANY($1::integer[]) AND state = 'refused' LIMIT 1",
        list(editions),
    )
    if rows:
        raise Refused(rows[0]["id"], _refusal(rows[0]["told"]))


async def drop_staged(database: Database, editions: Sequence[int], trace: Trace) -> None:
    """Forget what was staged."""
    args = (list(editions),)
    await database.write(
        CONCEPTS,
        [
            (f"DELETE FROM {CONCEPTS}.stage WHERE edition = ANY($1::integer[])", args),
            (f"DELETE FROM {CONCEPTS}.edition WHERE id = ANY($1::integer[])", args),
        ],
        trace,
    )


def _refusal(told: str) -> Problem:
    reason, _, code = told.partition(" ")
    fr, en = {
        "twice": (
            f"Le code « {code} » est donné deux fois.",
            f"The code “{code}” is given twice.",
        ),
        "orphan": (
            f"Le concept « {code} » a pour parent un code qui n'existe pas dans ce système.",
            f"The concept “{code}” has as its parent a code that does not exist in this system.",
        ),
        "circle": (
            f"La hiérarchie est circulaire : « {code} » est au-dessus de lui-même.",
            f"The hierarchy is circular: “{code}” is above itself.",
        ),
        "deep": (
            f"La hiérarchie dépasse {DEEPEST} niveaux (au-dessus de « {code} »).",
            f"The hierarchy exceeds {DEEPEST} levels (above “{code}”).",
        ),
        "wide": (
            f"La hiérarchie compte plus de {MOST_PAIRS} couples (ancêtre, descendant).",
            f"The hierarchy has more than {MOST_PAIRS} pairs (ancestor, descendant).",
        ),
    }[reason]
    return Problem.of(
        Kind.RULE_VIOLATED,
        f"{fr} Rien n'a été chargé : corrigez-le, puis recommencez.",
        f"{en} Nothing was loaded: correct it, then start again.",
        expression="CodeSystem.concept",
        rule="FHIR R4 codesystem.html",
        code="duplicate" if reason == "twice" else "processing",
    )


async def kept_as(database: Database, edition: int, digest: bytes) -> bool:
    """Whether an edition holds the concepts of this digest."""
    rows = await database.query(
        f"SELECT 1 FROM {CONCEPTS}.edition WHERE id = $1 AND digest = $2 AND state = 'kept'",
        edition,
        digest,
    )
    return bool(rows)


_REPLACED: Final = f"""
    UPDATE {CONCEPTS}.edition e SET replaced = $4 FROM {CONCEPTS}.canonical c
    JOIN unnest($1::text[], $2::text[], $3::integer[]) AS n (type, id, edition) ON n.type = c.type AND n.id = c.id
    WHERE c.edition = e.id AND c.edition IS DISTINCT FROM n.edition
"""
_NAME: Final = f"""
    INSERT INTO {CONCEPTS}.canonical (type, id, url, version, edition, package, facts)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::bytea[])
    ON CONFLICT (type, id) DO UPDATE SET url = excluded.url, version = excluded.version, edition = excluded.edition,
        package = excluded.package, facts = excluded.facts
"""
_NEXT: Final = f"UPDATE {CONCEPTS}.generation SET number = number + 1"


def named(headlines: Sequence[Headline], now: datetime) -> list[Statement]:
    """The statements that put headlines in the catalogue, with the resources that they tell of."""
    types = [one.type for one in headlines]
    ids = [one.id for one in headlines]
    editions = [one.edition for one in headlines]
    return [
        (_REPLACED, (types, ids, editions, now)),
        (
            _NAME,
            (
                types,
                ids,
                [one.url for one in headlines],
                [one.version for one in headlines],
                editions,
                [one.package for one in headlines],
                [packed(one.facts) for one in headlines],
            ),
        ),
        (_NEXT, ()),
    ]


_RETELL: Final = f"""
    UPDATE {CONCEPTS}.canonical c SET facts = n.facts
    FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) AS n (type, id, former, facts)
    WHERE n.type = c.type AND n.id = c.id AND n.former = c.facts
"""


def retold(headlines: Sequence[tuple[Headline, Json]]) -> list[Statement]:
    """The statements that give headlines other facts; one that changed or went meanwhile is left as it is."""
    columns = (
        [one.type for one, _ in headlines],
        [one.id for one, _ in headlines],
        [packed(one.facts) for one, _ in headlines],
        [packed(facts) for _, facts in headlines],
    )
    return [(_RETELL, columns), (_NEXT, ())]


def unnamed(resources: Sequence[tuple[str, str]], now: datetime) -> list[Statement]:
    """The statements that take resources, each (type, id), out of the catalogue."""
    types, ids = [type for type, _ in resources], [id for _, id in resources]
    return [
        (_REPLACED, (types, ids, [None] * len(ids), now)),
        (
            f"DELETE FROM {CONCEPTS}.canonical c USING unnest($1::text[], $2::text[]) AS n (type, id) "
            "WHERE n.type = c.type AND n.id = c.id",
            (types, ids),
        ),
        (_NEXT, ()),
    ]


async def relate(database: Database, edition: int, trace: Trace) -> None:
    """Put the relationships between the concepts of an edition in their table, for expression constraints; once."""
    await database.write(CONCEPTS, [(f"SELECT {CONCEPTS}.relate($1::integer)", (edition,))], trace)


async def sweep(database: Database, now: datetime, trace: Trace) -> int:
    """Remove editions that nothing names any more, or that never came to be; answers how many."""
    rows = await database.query(
        f"SELECT id FROM {CONCEPTS}.edition e WHERE (replaced < $1 OR begun < $2) "
        f"AND NOT EXISTS (SELECT FROM {CONCEPTS}.canonical c WHERE c.edition = e.id)",
        now - PATIENCE,
        now - ABANDONED,
    )
    ids = [row["id"] for row in rows]
    if ids:
        tables = ("concept", "closure", "parent", "property", "relation", "related", "stage")
        statements: list[Statement] = [
            (f"DELETE FROM {CONCEPTS}.{table} WHERE edition = ANY($1::integer[])", (ids,)) for table in tables
        ]
        statements.append((f"DELETE FROM {CONCEPTS}.edition WHERE id = ANY($1::integer[])", (ids,)))
        await database.write(CONCEPTS, statements, trace)
    return len(ids)
