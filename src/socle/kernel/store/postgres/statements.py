"""The SQL of the writer: one statement writes a whole batch, so a commit of new resources is a single round trip. It has
the parts that the batch needs and no other.

Arrays stand for rows (`unnest`). They come as text, and texts and bodies as slices of one block of bytes ($4): the
driver's own encoding of arrays costs a microsecond an element, twice what PostgreSQL then needs to write the row. A
row's tokens are a slice of one flat array. The row identifiers and the positions in the change feed that the first
parts draw are gathered in arrays, in the order of the rows, and the later parts pick theirs by index: no join, so no
plan that turns bad when tables grow.
"""

from collections.abc import Sequence

# Current versions, for the writer: locked in the order of keys, so that two workers cannot cross.
LOOK_UP = """
SELECT key, rid, type, fid, version, updated, deleted, subject
FROM {schema}.resource WHERE key = ANY($1::text::bigint[]) ORDER BY key FOR UPDATE
"""

_TRACES = """
traces AS (
    INSERT INTO {schema}.audit (chain, n, at, subjects, hash, body)
    SELECT $1, $2 + u.i, u.at, ($6::text::bigint[])[u.a:u.b],
           substring($4 FROM u.o FOR 32), substring($4 FROM u.o + 32 FOR u.l)
    FROM unnest($5::text::timestamptz[], $7::text::int[], $8::text::int[], $9::text::int[], $10::text::int[])
         WITH ORDINALITY AS u(at, a, b, o, l, i)
), head AS (
    UPDATE {schema}.audit_head SET n = $2 + cardinality($9::text::int[]), hash = $3 WHERE chain = $1
)"""

_TYPES = "p AS (SELECT $1::smallint, $2::bigint, $3::bytea, $4::bytea)"

RECORD = f"WITH {_TYPES}, {_TRACES} SELECT 1"

# A version's text and bytes follow each other in the block from `o`: id (f bytes), subject (s, -1 when none), body
# (l bytes). `final`: 1 a new row of `resource`, 2 a new state of the row `rid`, 0 neither (a later version follows).
_VERSIONS = f"""
WITH {_TYPES}, {_TRACES}, toks AS MATERIALIZED (
    SELECT $11::text::bigint[] AS all
), v AS MATERIALIZED (
    SELECT u.*, convert_from(substring($4 FROM o FOR f), 'UTF8') AS fid,
           CASE WHEN s >= 0 THEN convert_from(substring($4 FROM o + f FOR s), 'UTF8') END AS subject,
           substring($4 FROM o + f + greatest(s, 0) FOR l) AS body
    FROM unnest(
        $12::text::bigint[], $13::text::smallint[], $14::text::int[], $15::text::timestamptz[], $16::text::smallint[],
        $17::text::smallint[], $18::text::smallint[], $19::text::bigint[], $20::text::bigint[],
        $21::text::timestamptz[], $22::text::timestamptz[], $23::text::int[], $24::text::int[],
        $25::text::int[], $26::text::int[], $27::text::int[], $28::text::int[]
    ) AS u(key, type, version, updated, op, dict, final, rid, present, dlo, dhi, a, b, o, f, s, l)
), h AS (
    INSERT INTO {{schema}}.history (key, type, fid, version, updated, op, subject, dict, body)
    SELECT key, type, fid, version, updated, op, subject, dict, body FROM v RETURNING seq
), seqs AS (
    SELECT array_agg(seq) AS all FROM h
), r AS (
    INSERT INTO {{schema}}.resource
        (key, type, fid, version, updated, deleted, subject, present, dlo, dhi, toks, dict, body)
    SELECT key, type, fid, version, updated, op = 3, subject, present, dlo, dhi, (SELECT toks.all FROM toks)[a:b],
           dict, body
    FROM v WHERE final = 1 RETURNING rid
), rids AS (
    SELECT array_agg(rid) AS all FROM r
)"""

# What only some batches need: a part that has nothing to do opens its table and its indexes all the same. Each part with
# the number of its arguments, {0} the first. In the side tables, `i` is the place of the new row among the new ones, 0
# when `rid` says which.
PARTS = {
    "changed": (
        1,
        """, changed AS (
    UPDATE {{schema}}.resource AS c
    SET version = v.version, updated = v.updated, deleted = v.op = 3, subject = v.subject, present = v.present,
        dlo = v.dlo, dhi = v.dhi, toks = (SELECT toks.all FROM toks)[v.a:v.b], dict = v.dict, body = v.body
    FROM v WHERE v.final = 2 AND c.rid = v.rid
), gone_dates AS (
    DELETE FROM {{schema}}.ix_date WHERE rid = ANY({0}::text::bigint[])
), gone_numbers AS (
    DELETE FROM {{schema}}.ix_num WHERE rid = ANY({0}::text::bigint[])
), gone_strings AS (
    DELETE FROM {{schema}}.ix_str WHERE rid = ANY({0}::text::bigint[])
)""",
    ),
    "dates": (
        5,
        """, dates AS (
    INSERT INTO {{schema}}.ix_date (rid, param, lo, hi)
    SELECT CASE WHEN u.i > 0 THEN (SELECT rids.all FROM rids)[u.i] ELSE u.rid END, u.param, u.lo, u.hi
    FROM unnest({0}::text::int[], {1}::text::bigint[], {2}::text::bigint[], {3}::text::timestamptz[],
                {4}::text::timestamptz[]) AS u(i, rid, param, lo, hi)
)""",
    ),
    "numbers": (
        7,
        """, numbers AS (
    INSERT INTO {{schema}}.ix_num (rid, param, lo, hi, sys_code, code)
    SELECT CASE WHEN u.i > 0 THEN (SELECT rids.all FROM rids)[u.i] ELSE u.rid END,
           u.param, u.lo, u.hi, u.sys_code, u.code
    FROM unnest({0}::text::int[], {1}::text::bigint[], {2}::text::bigint[], {3}::text::float8[], {4}::text::float8[],
                {5}::text::bigint[], {6}::text::bigint[]) AS u(i, rid, param, lo, hi, sys_code, code)
)""",
    ),
    "strings": (
        5,
        """, strings AS (
    INSERT INTO {{schema}}.ix_str (rid, param, value)
    SELECT CASE WHEN u.i > 0 THEN (SELECT rids.all FROM rids)[u.i] ELSE u.rid END,
           u.param, convert_from(substring($4 FROM u.o FOR u.l), 'UTF8')
    FROM unnest({0}::text::int[], {1}::text::bigint[], {2}::text::bigint[], {3}::text::int[], {4}::text::int[])
         AS u(i, rid, param, o, l)
)""",
    ),
    "outbox": (
        3,
        """, outbox AS (
    INSERT INTO {{schema}}.outbox (consumer, seq, due)
    SELECT u.consumer, (SELECT seqs.all FROM seqs)[u.i], {2}::text::timestamptz
    FROM unnest({0}::text::int[], {1}::text[]) AS u(i, consumer)
)""",
    ),
}


def apply(parts: Sequence[str]) -> str:
    """The statement that writes versions and their traces, with those of `PARTS` that are named, in that order."""
    first = 29
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
