-- Exports and imports: who asked for what, how far it is, what came of it. Files are in the data folder, below bulk/.

CREATE TABLE {schema}.request (
    id         text COLLATE "C" PRIMARY KEY,                     -- drawn at random: it is also in the address of the files
    kind       text NOT NULL CHECK (kind IN ('export', 'import')),
    register   text NOT NULL,
    owner      text NOT NULL,                                    -- the actor: nobody else sees it
    url        text NOT NULL,                                    -- as it was asked
    asked      jsonb NOT NULL,
    trace      jsonb NOT NULL,                                   -- who, on what ground, for the traces of the work
    queued     timestamptz NOT NULL,
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    attempts   integer NOT NULL DEFAULT 0,
    done       bigint NOT NULL DEFAULT 0,                        -- resources (export), octets (import)
    total      bigint NOT NULL DEFAULT 0,
    checkpoint jsonb,                                            -- import: what is committed so far
    result     jsonb,
    finished   timestamptz,
    expires    timestamptz
);
CREATE INDEX request_owner ON {schema}.request (owner, queued);
