-- What the writers of every schema send at once (kernel.store.postgres.statements). Rows come as arrays of these types, arrays as
-- domains: the driver lets us write the bytes of a domain ourselves, where it would check an array element by element.

CREATE TYPE house.new_version AS (
    final   smallint,    -- 1 a new row of `resource`, 2 a new state of the row `rid`, 0 neither: a later version follows
    rid     bigint,
    key     bigint,
    type    smallint,
    version integer,
    updated timestamptz,
    op      smallint,
    dict    smallint,
    present bigint,
    fid     text,
    subject text,
    dlo     timestamptz,
    dhi     timestamptz,
    toks    bigint[],
    body    bytea
);
CREATE TYPE house.new_trace AS (
    at       timestamptz,
    hash     bytea,
    subjects bigint[],
    body     bytea
);
CREATE DOMAIN house.new_versions AS house.new_version[];
CREATE DOMAIN house.new_traces AS house.new_trace[];
CREATE DOMAIN house.bigints AS bigint[];
CREATE DOMAIN house.moments AS timestamptz[];
CREATE DOMAIN house.floats AS double precision[];
CREATE DOMAIN house.texts AS text[];
