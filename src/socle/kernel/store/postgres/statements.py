"""The SQL of the writer: one statement writes a whole batch, so a commit of new resources is a single round trip.

Arrays stand for rows (`unnest`). A row's tokens are a slice of one flat array; the row identifiers and the positions
in the change feed that the first parts draw are gathered in arrays too, in the order of the rows, and the later
parts pick theirs by index: no join, so no plan that turns bad when tables grow.
"""

# One row of current versions, for the writer: locked in the order of keys, so that two workers cannot cross.
LOOK_UP = """
SELECT key, rid, type, fid, version, updated, deleted, subject
FROM {schema}.resource WHERE key = ANY($1::bigint[]) ORDER BY key FOR UPDATE
"""

_TRACES = """
traces AS (
    INSERT INTO {schema}.audit (chain, n, at, subjects, hash, body)
    SELECT $1, $2 + u.i, u.at, ($5::bigint[])[u.a:u.b], u.hash, u.body
    FROM unnest($4::timestamptz[], $6::int[], $7::int[], $8::bytea[], $9::bytea[])
         WITH ORDINALITY AS u(at, a, b, hash, body, i)
), head AS (
    UPDATE {schema}.audit_head SET n = $2 + cardinality($4::timestamptz[]), hash = $3 WHERE chain = $1
)"""

RECORD = f"WITH p AS (SELECT $1::smallint, $2::bigint, $3::bytea), {_TRACES} SELECT 1"

APPLY = f"""
WITH p AS (SELECT $1::smallint, $2::bigint, $3::bytea), {_TRACES}, v AS MATERIALIZED (
    SELECT * FROM unnest(
        $10::bigint[], $11::smallint[], $12::text[], $13::int[], $14::timestamptz[], $15::smallint[], $16::text[],
        $17::bytea[], $18::smallint[], $19::smallint[], $20::bigint[], $21::bigint[], $22::timestamptz[],
        $23::timestamptz[], $24::int[], $25::int[]
    ) AS v(key, type, fid, version, updated, op, subject, body, dict, final, rid, present, dlo, dhi, a, b)
), h AS (
    INSERT INTO {{schema}}.history (key, type, fid, version, updated, op, subject, dict, body)
    SELECT key, type, fid, version, updated, op, subject, dict, body FROM v RETURNING seq
), seqs AS (
    SELECT array_agg(seq) AS all FROM h
), r AS (
    INSERT INTO {{schema}}.resource
        (key, type, fid, version, updated, deleted, subject, present, dlo, dhi, toks, dict, body)
    SELECT key, type, fid, version, updated, op = 3, subject, present, dlo, dhi, ($26::bigint[])[a:b], dict, body
    FROM v WHERE final = 1 RETURNING rid
), rids AS (
    SELECT array_agg(rid) AS all FROM r
), u AS (
    UPDATE {{schema}}.resource AS c
    SET version = v.version, updated = v.updated, deleted = v.op = 3, subject = v.subject, present = v.present,
        dlo = v.dlo, dhi = v.dhi, toks = ($26::bigint[])[v.a:v.b], dict = v.dict, body = v.body
    FROM v WHERE v.final = 2 AND c.rid = v.rid
), gone_dates AS (
    DELETE FROM {{schema}}.ix_date WHERE rid = ANY($27::bigint[])
), gone_numbers AS (
    DELETE FROM {{schema}}.ix_num WHERE rid = ANY($27::bigint[])
), gone_strings AS (
    DELETE FROM {{schema}}.ix_str WHERE rid = ANY($27::bigint[])
), dates AS (
    INSERT INTO {{schema}}.ix_date (rid, param, lo, hi)
    SELECT CASE WHEN u.i > 0 THEN (SELECT rids.all FROM rids)[u.i] ELSE u.rid END, u.param, u.lo, u.hi
    FROM unnest($28::int[], $29::bigint[], $30::bigint[], $31::timestamptz[], $32::timestamptz[])
         AS u(i, rid, param, lo, hi)
), numbers AS (
    INSERT INTO {{schema}}.ix_num (rid, param, lo, hi, sys_code, code)
    SELECT CASE WHEN u.i > 0 THEN (SELECT rids.all FROM rids)[u.i] ELSE u.rid END,
           u.param, u.lo, u.hi, u.sys_code, u.code
    FROM unnest($33::int[], $34::bigint[], $35::bigint[], $36::float8[], $37::float8[], $38::bigint[], $39::bigint[])
         AS u(i, rid, param, lo, hi, sys_code, code)
), strings AS (
    INSERT INTO {{schema}}.ix_str (rid, param, value)
    SELECT CASE WHEN u.i > 0 THEN (SELECT rids.all FROM rids)[u.i] ELSE u.rid END, u.param, u.value
    FROM unnest($40::int[], $41::bigint[], $42::bigint[], $43::text[]) AS u(i, rid, param, value)
), outbox AS (
    INSERT INTO {{schema}}.outbox (consumer, seq, due)
    SELECT u.consumer, (SELECT seqs.all FROM seqs)[u.i], u.due
    FROM unnest($44::int[], $45::text[], $46::timestamptz[]) AS u(i, consumer, due)
)
SELECT (SELECT seqs.all FROM seqs) AS seqs, (SELECT rids.all FROM rids) AS rids
"""  # noqa: S608 - our own text

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
