"""Many conditional criteria in one statement: the identifiers of a bundle's entries, most often."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from socle.kernel.search.conditions import HasToken, flat
from socle.kernel.search.query import Query
from socle.kernel.search.sql import WORTH_LOOKING_UP
from socle.kernel.search.statistics import Statistics
from socle.kernel.store.contract import Within

if TYPE_CHECKING:
    from socle.kernel.search.repository import Repository

MOST: Final = 2_000  # rows looked at for all the criteria of a bundle


async def find_together(
    repository: "Repository", asked: Within, queries: Sequence[Query], *, now: datetime, limit: int
) -> list[list[str] | None]:
    """Ids of at most `limit` resources that match each query; None for one that deserves a statement and a plan of its own.

    Asked together are those that want nothing but rare tokens: the index of tokens, and what waits to enter it, are read
    once for all of them. When more rows than `MOST` hold one of the tokens, each is asked alone.
    """
    statistics = repository.statistics
    await statistics.refresh(asked, repository.store.schema, now)
    code = repository.definitions.type_code
    found: list[list[str] | None] = [None] * len(queries)
    wanted: dict[int, list[_Wanted]] = {}  # by the first of their tokens
    tokens: set[int] = set()
    for place, query in enumerate(queries):
        rare = _rare(query, statistics)
        if rare:
            ids: list[str] = []
            found[place] = ids
            wanted.setdefault(rare[0], []).append(_Wanted(code(query.types[0]), frozenset(rare), ids))
            tokens.update(rare)
    if not wanted:
        return found
    rows = await asked.settled(
        f"SELECT r.type, r.fid, r.toks FROM {repository.store.schema}.resource r"
        f" WHERE NOT r.deleted AND r.toks && (SELECT $1::bigint[]) ORDER BY r.rid + 0 LIMIT {MOST + 1}",
        list(tokens),
    )
    if len(rows) > MOST:
        return [None] * len(queries)
    for row in rows:
        held = set(row["toks"])
        for token in held & wanted.keys():
            for one in wanted[token]:
                if one.type == row["type"] and one.tokens <= held and len(one.ids) < limit:
                    one.ids.append(row["fid"])
    return found


class _Wanted(NamedTuple):
    """A query: resources of a type that hold all these tokens, and those found."""

    type: int
    tokens: frozenset[int]
    ids: list[str]


def _rare(query: Query, statistics: Statistics) -> list[int]:
    """The tokens that a query on one type wants, all rare; [] when it wants anything else."""
    tokens: list[int] = []
    for condition in flat(query.conditions):
        match condition:
            case HasToken((token,)) if statistics.expected((token,)) <= WORTH_LOOKING_UP:
                tokens.append(token)
            case _:
                return []
    return tokens if len(query.types) == 1 else []
