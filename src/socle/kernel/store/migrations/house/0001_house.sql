-- What belongs to the house rather than to a register. The ledger of migrations is made by the runner itself.

CREATE TABLE house.job (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text NOT NULL,
    arguments jsonb NOT NULL DEFAULT '{}',
    state     text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    queued    timestamptz NOT NULL,
    due       timestamptz NOT NULL,
    lease     timestamptz,                                       -- until when the runner that took it is believed alive
    attempts  integer NOT NULL DEFAULT 0,
    finished  timestamptz,
    result    jsonb,
    error     text,
    trace     jsonb NOT NULL                                     -- who asked, on what ground
);
CREATE INDEX job_open ON house.job (due, id) WHERE state IN ('waiting', 'running');

CREATE TABLE house.period (                                      -- jobs that come back: when each last ran
    name text PRIMARY KEY,
    ran  timestamptz NOT NULL
);

CREATE TABLE house.delivery (                                    -- how far each consumer of an outbox has gone
    register text NOT NULL,
    consumer text NOT NULL,
    seq      bigint NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (register, consumer)
);
