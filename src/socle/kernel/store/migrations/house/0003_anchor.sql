-- Copies of the anchors (kernel.audit.anchor); the originals are in anchors.log, in the data folder, out of SQL's reach.

CREATE TABLE IF NOT EXISTS house.anchor (
    n    bigint PRIMARY KEY,
    at   timestamptz NOT NULL,
    hash bytea NOT NULL,
    line bytea NOT NULL                                  -- the line of anchors.log
);
