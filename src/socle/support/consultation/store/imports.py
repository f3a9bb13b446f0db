"""Many contributions at once, in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from socle.support.consultation.model import Submission
from socle.support.consultation.store.contributions import Statement

Filed = tuple[int, str, str, Submission, datetime]  # number, actor, key, what is said, when

_INSERT: Final = """
WITH c AS (
    SELECT id FROM consultation.consultation WHERE id = $1 AND step IN ('open', 'treatment') FOR SHARE
), i AS (
    INSERT INTO consultation.contribution
        (id, consultation, chapter, block, requirement, actor, key, kind, title, text, before, after, at, synthetic)
    SELECT r.id, c.id, r.chapter, r.block, r.requirement, r.actor, r.key, r.kind, r.title, r.text, r.before, r.after, r.at,
           $2
    FROM c, unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                   $11::text[], $12::text[], $13::text[], $14::timestamptz[])
         AS r (id, chapter, block, requirement, actor, key, kind, title, text, before, after, at)
    ON CONFLICT ON CONSTRAINT submission DO NOTHING
)
SELECT consultation.expect(EXISTS (SELECT FROM c), 'CONS-001')
"""


def insert_many(consultation: str, rows: Sequence[Filed], *, synthetic: bool) -> Statement:
    """File contributions while the consultation is open or in treatment; those filed before, by key, are left out."""
    said = [row[3] for row in rows]
    return _INSERT, (
        consultation,
        synthetic,
        [row[0] for row in rows],
        [one.anchor.chapter for one in said],
        [one.anchor.block for one in said],
        [one.anchor.requirement for one in said],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [str(one.kind) for one in said],
        [one.title for one in said],
        [one.text for one in said],
        [one.rewording.before if one.rewording else None for one in said],
        [one.rewording.after if one.rewording else None for one in said],
        [row[4] for row in rows],
    )
