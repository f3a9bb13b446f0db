-- What each verification of the traces found, chain by chain: so that a reader knows how far the proof goes, and since when.

CREATE TABLE house.verification (
    at       timestamptz NOT NULL,
    schema   text NOT NULL,
    chain    smallint NOT NULL,
    n        bigint NOT NULL,                            -- traces read
    findings bigint NOT NULL,
    who      text NOT NULL,
    PRIMARY KEY (schema, chain, at)
);
