"""Concepts as people leaf through them: the tops of a system, what is below one, what words find, by pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from socle.foundations.terminologies.permissions import CONCEPTS
from socle.foundations.terminologies.rules.concepts import concept_key
from socle.foundations.terminologies.store.wording import begun_in, own_words
from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database
from socle.kernel.terminology.entries import Edition

_LOOKED_AT = 2_000  # matches among which the shortest names are put first


@dataclass(frozen=True, slots=True)
class Line:
    """A concept in a list. below: whether it has narrower concepts."""

    edition: int
    code: str
    display: str
    inactive: bool
    abstract: bool
    below: bool


def _line(row: Row) -> Line:
    flags = row["flags"]
    return Line(row["edition"], row["code"], row["display"], bool(flags & 1), bool(flags & 2), row["below"])


_SHOWN = (
    "c.edition, c.code, c.display, c.flags, EXISTS (SELECT FROM "
    f"{CONCEPTS}.parent p WHERE p.edition = c.edition AND p.parent = c.rank) AS below"
)


async def tops(database: Database, edition: int, *, offset: int, limit: int) -> list[Line]:
    """Concepts with nothing above them, in order."""
    rows = await database.query(
        f"SELECT {_SHOWN} FROM {CONCEPTS}.concept c WHERE c.edition = $1 AND c.ancestors = '{{}}' "
        "ORDER BY c.rank OFFSET $2 LIMIT $3",
        edition,
        offset,
        limit,
    )
    return [_line(row) for row in rows]


async def under(database: Database, edition: int, rank: int, *, offset: int, limit: int) -> list[Line]:
    """Direct narrower concepts, in order."""
    rows = await database.query(
        f"SELECT {_SHOWN} FROM {CONCEPTS}.parent x JOIN {CONCEPTS}.concept c "
        "ON c.edition = x.edition AND c.rank = x.child WHERE x.edition = $1 AND x.parent = $2 "
        "ORDER BY c.rank OFFSET $3 LIMIT $4",
        edition,
        rank,
        offset,
        limit,
    )
    return [_line(row) for row in rows]


async def at(database: Database, edition: int, ranks: Sequence[int]) -> list[Line]:
    """Concepts by rank, those with fewer concepts above them first."""
    rows = await database.query(
        f"SELECT {_SHOWN} FROM {CONCEPTS}.concept c WHERE c.edition = $1 AND c.rank = ANY($2::integer[]) "
        "ORDER BY cardinality(c.ancestors), c.rank",
        edition,
        list(ranks),
    )
    return [_line(row) for row in rows]


async def found(
    database: Database, editions: Sequence[Edition], text: str, words: Sequence[str], *, offset: int, limit: int
) -> list[Line]:
    """Concepts whose code is `text`, then those that the words find, shorter names first, in use before inactive."""
    exact: list[Line] = []
    if text and " " not in text:
        keys = [concept_key(edition.id, edition.compared(text)) for edition in editions]
        rows = await database.query(
            f"SELECT {_SHOWN} FROM {CONCEPTS}.concept c WHERE c.key = ANY($1::bigint[])",
            keys,
        )
        exact = [line for line in map(_line, rows) if line.code.casefold() == text.casefold()]
    if not words:
        return exact[offset : offset + limit]
    said = {(line.edition, line.code) for line in exact}
    rows = await database.query(
        f"SELECT {_SHOWN} FROM (SELECT * FROM {CONCEPTS}.concept w WHERE w.words @@ $1::text::tsquery "
        f"AND w.edition = ANY($2::integer[]) LIMIT {_LOOKED_AT}) c "
        "ORDER BY c.flags & 1, length(c.display), c.display, c.edition, c.code OFFSET $3 LIMIT $4",
        begun_in(words, await own_words(database, [edition.id for edition in editions])),
        [edition.id for edition in editions],
        max(0, offset - len(exact)),
        limit + len(exact),
    )
    rest = [line for line in map(_line, rows) if (line.edition, line.code) not in said]
    return ([*exact, *rest] if offset == 0 else rest)[:limit]
