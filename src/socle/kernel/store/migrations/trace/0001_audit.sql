-- The traces of one schema, chained by hash: `house` has them as well as every register. See kernel.audit.chain.

CREATE TABLE {schema}.audit (
    chain    smallint NOT NULL,                                  -- one per concurrent worker
    n        bigint NOT NULL,                                    -- 1, 2, 3 … without a gap
    at       timestamptz NOT NULL,
    subjects bigint[] NOT NULL DEFAULT '{}',                     -- keys of the persons concerned
    hash     bytea NOT NULL,                                     -- kernel.audit.chain.link(previous, …)
    body     bytea NOT NULL,                                     -- the event, canonical JSON, zstd
    PRIMARY KEY (chain, n)
);
ALTER TABLE {schema}.audit ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX audit_at ON {schema}.audit USING brin (at);
CREATE INDEX audit_subjects ON {schema}.audit USING gin (subjects) WITH (gin_pending_list_limit = 1024);

CREATE TABLE {schema}.audit_head (
    chain smallint PRIMARY KEY,
    n     bigint NOT NULL,
    hash  bytea NOT NULL
) WITH (fillfactor = 20);                                         -- updated by each commit: keep room in the page
