-- Batches of an import that other processes stored before those that come earlier in its files. The checkpoint reaches them
-- later, and they are forgotten then.

CREATE TABLE {schema}.batch (
    request  text COLLATE "C" NOT NULL REFERENCES {schema}.request ON DELETE CASCADE,
    file     integer NOT NULL,                                   -- from 0
    begun    bigint NOT NULL,                                    -- octets of the file before it
    ended    bigint NOT NULL,                                    -- and with it
    line     bigint NOT NULL,                                    -- the number of its last line
    stored   integer NOT NULL,
    rejected integer NOT NULL,
    told     bytea NOT NULL,                                     -- of the rejected ones: lines of the report
    PRIMARY KEY (request, file, begun)
);
