"""The SQL of the writer: one statement writes a whole batch, so a commit of new resources is a single round trip. It has
the parts that the batch needs and no other.

Versions and traces come as rows of types of the house, side tables as columns, all in binary (`values`). The row identifiers
and the positions in the change feed that the first parts draw are gathered in arrays, in the order of the rows, and the
later parts pick theirs by index: no join, so no plan that turns bad when tables grow.
"""

from collections.abc import Sequence

# Current versions, for the writer: locked in the order of keys, so that two workers cannot cross.
LOOK_UP = """
SELECT key, rid, type, fid, version, updated, deleted, subject
FROM {schema}.resource WHERE key = ANY($1::house.bigints::bigint[]) ORDER BY key FOR UPDATE
"""

_TRACES = """
WITH p AS (
    SELECT $1::smallint, $2::bigint, $3::bytea
), traces AS (
    INSERT INTO {schema}.audit (chain, n, at, subjects, hash, body)
    SELECT $1, $2 + u.i, u.at, u.subjects, u.hash, u.body
    FROM unnest($4::house.new_traces) WITH ORDINALITY AS u(at, hash, subjects, body, i)
), head AS (
    UPDATE {schema}.audit_head SET n = $2 + cardinality($4::house.new_traces), hash = $3 WHERE chain = $1
)"""

RECORD = f"{_TRACES} SELECT 1"

_VERSIONS = f"""{_TRACES}, v AS MATERIALIZED (
    SELECT * FROM unnest($5::house.new_versions)
), h AS (
    INSERT INTO {{schema}}.history (key, type, fid, version, updated, op, subject, dict, body)
    SELECT key, type, fid, version, updated, op, subject, dict, body FROM v RETURNING seq
), seqs AS (
    SELECT array_agg(seq) AS all FROM h
), r AS (
    INSERT INTO {{schema}}.resource
        (key, type, fid, version, updated, deleted, subject, present, dlo, dhi, toks, dict, body)
    SELECT key, type, fid, version, updated, op = 3, subject, present, dlo, dhi, toks, dict, body
    FROM v WHERE final = 1 RETURNING rid
), rids AS (
    SELECT array_agg(rid) AS all FROM r
)"""

# What only some batches need: a part that has nothing to do opens its table and its indexes all the same. Each part with
# the number of its arguments, {0} the first. In the side tables, `place` is that of the new row among the new ones, or minus
# the `rid` of one that is there.
PARTS = {
    "changed": (
        1,
        """, changed AS (
    UPDATE {{schema}}.resource AS c
    SET version = v.version, updated = v.updated, deleted = v.op = 3, subject = v.subject, present = v.present,
        dlo = v.dlo, dhi = v.dhi, toks = v.toks, dict = v.dict, body = v.body
    FROM v WHERE v.final = 2 AND c.rid = v.rid
), gone_dates AS (
    DELETE FROM {{schema}}.ix_date WHERE rid = ANY({0}::house.bigints::bigint[])
), gone_numbers AS (
    DELETE FROM {{schema}}.ix_num WHERE rid = ANY({0}::house.bigints::bigint[])
), gone_strings AS (
    DELETE FROM {{schema}}.ix_str WHERE rid = ANY({0}::house.bigints::bigint[])
)""",
    ),
    "dates": (
        4,
        """, dates AS (
    INSERT INTO {{schema}}.ix_date (rid, param, lo, hi)
    SELECT CASE WHEN u.place > 0 THEN (SELECT rids.all FROM rids)[u.place] ELSE -u.place END, u.param, u.lo, u.hi
    FROM unnest({0}::house.bigints, {1}::house.bigints, {2}::house.moments, {3}::house.moments) AS u(place, param, lo, hi)
)""",
    ),
    "numbers": (
        6,
        """, numbers AS (
    INSERT INTO {{schema}}.ix_num (rid, param, lo, hi, sys_code, code)
    SELECT CASE WHEN u.place > 0 THEN (SELECT rids.all FROM rids)[u.place] ELSE -u.place END,
           u.param, u.lo, u.hi, u.sys_code, u.code
    FROM unnest({0}::house.bigints, {1}::house.bigints, {2}::house.floats, {3}::house.floats, {4}::house.bigints,
                {5}::house.bigints) AS u(place, param, lo, hi, sys_code, code)
)""",
    ),
    "strings": (
        3,
        """, strings AS (
    INSERT INTO {{schema}}.ix_str (rid, param, value)
    SELECT CASE WHEN u.place > 0 THEN (SELECT rids.all FROM rids)[u.place] ELSE -u.place END, u.param, u.value
    FROM unnest({0}::house.bigints, {1}::house.bigints, {2}::house.texts) AS u(place, param, value)
)""",
    ),
    "outbox": (
        3,
        """, outbox AS (
    INSERT INTO {{schema}}.outbox (consumer, seq, due)
    SELECT u.consumer, (SELECT seqs.all FROM seqs)[u.place], {2}::timestamptz
    FROM unnest({0}::house.bigints, {1}::house.texts) AS u(place, consumer)
)""",
    ),
}


def apply(parts: Sequence[str]) -> str:
    """The statement that writes versions and their traces, with those of `PARTS` that are named, in that order."""
    first = 6
    texts = [_VERSIONS]
    for name in parts:
        count, text = PARTS[name]
        texts.append(text.format(*(f"${first + i}" for i in range(count))))
        first += count
    texts.append("\nSELECT (SELECT seqs.all FROM seqs) AS seqs, (SELECT rids.all FROM rids) AS rids\n")
    return "".join(texts)


# Plans of the writer's own statements must not depend on how full the tables were when they were made; questions asked
# inside a write (`Tx.query`) are searches, and each deserves its own plan.
WRITING = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
ASKING = {
    "plan_cache_mode": "force_custom_plan",
    "enable_seqscan": "on",
    "enable_hashjoin": "on",
    "enable_mergejoin": "on",
}


def local(settings: dict[str, str]) -> str:
    """SQL that puts `settings` in force until the end of the transaction."""
    return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
