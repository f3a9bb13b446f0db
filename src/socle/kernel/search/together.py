"""Many conditional criteria in one statement: the identifiers of a bundle's entries, most often."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from socle.kernel.search.conditions import HasToken, flat
from socle.kernel.search.query import Query
from socle.kernel.search.sql import WORTH_LOOKING_UP
from socle.kernel.search.statistics import Statistics
from socle.kernel.store.contract import Tx

if TYPE_CHECKING:
    from socle.kernel.search.repository import Repository


async def find_together(
    repository: "Repository", asked: Tx, queries: Sequence[Query], *, now: datetime, limit: int
) -> list[list[str] | None]:
    """Ids of at most `limit` resources that match each query; None for one that deserves a statement and a plan of its own.

    Asked together are those that want nothing but rare tokens: one look at the index of tokens each, whatever the plan.
    """
    statistics = repository.statistics
    await statistics.refresh(asked, repository.store.schema, now)
    code = repository.definitions.type_code
    tokens: list[int] = []
    places: list[int] = []
    types: list[int] = []
    begins: list[int] = []
    ends: list[int] = []
    for place, query in enumerate(queries):
        rare = _rare(query, statistics)
        if rare:
            places.append(place)
            types.append(code(query.types[0]))
            begins.append(len(tokens) + 1)  # SQL counts from 1
            tokens += rare
            ends.append(len(tokens))
    found: list[list[str] | None] = [None] * len(queries)
    if not places:
        return found
    for place in places:
        found[place] = []
    rows = await asked.query(
        "SELECT u.place, f.fid FROM unnest($2::int[], $3::smallint[], $4::int[], $5::int[]) AS u(place, type, a, b)"
        f" CROSS JOIN LATERAL (SELECT r.fid FROM {repository.store.schema}.resource r"
        " WHERE NOT r.deleted AND r.type + 0 = u.type AND r.toks @> ($1::bigint[])[u.a:u.b]"
        f" ORDER BY r.rid + 0 LIMIT {int(limit)}) AS f",
        tokens,
        places,
        types,
        begins,
        ends,
    )
    for row in rows:
        ids = found[row["place"]]
        assert ids is not None
        ids.append(row["fid"])
    return found


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
