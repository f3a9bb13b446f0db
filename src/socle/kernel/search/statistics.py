"""Which tokens are frequent: PostgreSQL's own statistics, read now and then, so that plans are chosen knowingly."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from socle.kernel.store.contract import Tx

MANY: Final = 2_000  # rows from which walking an index in the order asked may beat sorting what the tokens give
FRESH: Final = timedelta(minutes=2)


@dataclass(slots=True)
class Statistics:
    """Shares of the rows that hold a token, for the most frequent ones; a token that is not there is rare.

    types  shares of the rows that are of each type
    """

    rows: float = 0.0
    shares: Mapping[int, float] = field(default_factory=dict)
    types: Mapping[int, float] = field(default_factory=dict)
    taken: datetime | None = None

    def expected(self, tokens: tuple[int, ...]) -> float:
        """Rows expected to hold one of `tokens`: an upper bound, 0 for tokens not known to be frequent."""
        return self.rows * sum(self.shares.get(token, 0.0) for token in tokens)

    def population(self, types: Iterable[int]) -> float:
        """Rows of these types."""
        return self.rows * min(1.0, sum(self.types.get(one, 0.0) for one in types))

    async def refresh(self, asked: Tx, schema: str, now: datetime) -> None:
        """Read them again when they are older than `FRESH` (a page link is of an earlier `now`: it reads nothing)."""
        if self.taken is not None and now - self.taken < FRESH:
            return
        self.taken = now
        rows = await asked.query(
            "SELECT c.reltuples::float8 AS rows, s.most_common_elems::text::bigint[] AS tokens,"
            " s.most_common_elem_freqs AS shares, t.most_common_vals::text::int[] AS types,"
            " t.most_common_freqs AS of_types FROM pg_class c"
            " LEFT JOIN pg_stats s ON s.schemaname = $1 AND s.tablename = 'resource' AND s.attname = 'toks'"
            " LEFT JOIN pg_stats t ON t.schemaname = $1 AND t.tablename = 'resource' AND t.attname = 'type'"
            " WHERE c.oid = to_regclass($2)",
            schema,
            f"{schema}.resource",
        )
        for row in rows:
            self.rows = max(0.0, row["rows"])
            self.shares = dict(zip(row["tokens"] or (), row["shares"] or (), strict=False))
            self.types = dict(zip(row["types"] or (), row["of_types"] or (), strict=False))
