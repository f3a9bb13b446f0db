"""Which contributions use the same words: French stems of PostgreSQL, the rare ones weighing more.

The cost is flat: a text is compared with the holders of its few rarest stems only. Source of the weight: inverse document
frequency (Spärck Jones, 1972); the score is the weight in common over the weight of both (Jaccard's index, weighted).
"""

from collections.abc import Sequence
from typing import Final

from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database

_RAREST: Final = 8  # stems that candidates are found by
_CANDIDATES: Final = 100
_COMMON: Final = 400  # contributions that a stem may be in to be looked for: beyond, it tells little

_WEIGHT: Final = "ln(1 + (SELECT n FROM total)::float8 / greatest(coalesce(w.n, 1), 1))"
_NEAR: Final = f"""
WITH total AS (
    SELECT greatest(coalesce(sum(n), 0), 1) AS n FROM consultation.tally WHERE consultation = $1 AND state = 'shown'
), own AS MATERIALIZED (
    SELECT s.stem, coalesce(w.surface, s.stem) AS surface, {_WEIGHT} AS weight, coalesce(w.n, 0) AS n
    FROM unnest($2::text[]) AS s (stem)
    LEFT JOIN consultation.word w ON w.consultation = $1 AND w.stem = s.stem
), rarest AS (
    SELECT coalesce(array_agg(stem), '{{}}') AS stems FROM (
        SELECT stem FROM own WHERE n > CASE WHEN $3::bigint > 0 THEN 1 ELSE 0 END
        AND n <= greatest(20, least({_COMMON}, (SELECT n FROM total) / 4)) ORDER BY n, stem LIMIT {_RAREST}
    ) r
), candidates AS MATERIALIZED (
    SELECT c.id FROM unnest((SELECT stems FROM rarest)) AS s (stem)
    JOIN consultation.contribution c ON c.stems @> ARRAY[s.stem]
    WHERE c.consultation = $1 AND c.state = 'shown' AND c.id <> $3
    GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT {_CANDIDATES}
), scored AS (
    SELECT c.id, c.title, coalesce(sum(o.weight), 0) AS common, sum({_WEIGHT}) AS weight,
           (array_agg(o.surface ORDER BY o.weight DESC, o.surface) FILTER (WHERE o.stem IS NOT NULL))[1:6] AS words
    FROM candidates k JOIN consultation.contribution c ON c.id = k.id CROSS JOIN LATERAL unnest(c.stems) AS s (stem)
    LEFT JOIN own o ON o.stem = s.stem
    LEFT JOIN consultation.word w ON w.consultation = $1 AND w.stem = s.stem
    GROUP BY c.id, c.title
)
SELECT id, title, words, common / nullif((SELECT sum(weight) FROM own) + weight - common, 0) AS score
FROM scored ORDER BY score DESC NULLS LAST, id LIMIT $4
"""
_OF: Final = "SELECT consultation, stems FROM consultation.contribution WHERE id = $1"
_WORDS: Final = f"""
SELECT stem, surface, n FROM consultation.word
WHERE consultation = $1 AND n BETWEEN 2 AND {_COMMON} AND length(stem) > 3 ORDER BY n DESC, stem LIMIT 2000
"""
_HOLDING: Final = """
SELECT s.stem, array_agg(c.id) AS ids
FROM unnest($2::text[]) AS s (stem)
JOIN consultation.contribution c ON c.consultation = $1 AND c.state = 'shown' AND c.stems @> ARRAY[s.stem]
GROUP BY s.stem
"""


class Similar:
    """Words in common."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def near(self, id: int, count: int) -> list[Row]:
        """Contributions of the same consultation nearest to this one."""
        rows = await self._database.query(_OF, id)
        if not rows:
            return []
        return await self._near(rows[0]["consultation"], rows[0]["stems"], id, count)

    async def near_text(self, consultation: str, text: str, count: int) -> list[Row]:
        """Contributions nearest to a text that is being written."""
        [row] = await self._database.query("SELECT consultation.stems($1) AS stems", text)
        return await self._near(consultation, row["stems"], 0, count)

    async def words(self, consultation: str) -> list[Row]:
        """Stems that several contributions hold, the most frequent first."""
        return await self._database.query(_WORDS, consultation)

    async def holding(self, consultation: str, stems: Sequence[str]) -> dict[str, frozenset[int]]:
        """Which contributions hold each stem."""
        rows = await self._database.query(_HOLDING, consultation, list(stems))
        return {row["stem"]: frozenset(row["ids"]) for row in rows}

    async def _near(self, consultation: str, stems: Sequence[str], id: int, count: int) -> list[Row]:
        return await self._database.query(_NEAR, consultation, list(stems), id, count)
