-- Who is to be told, and of what: one queue for each subscription, numbered from 1, so that a slow receiver holds up nobody else.

CREATE TABLE {schema}.subscriber (
    register  text NOT NULL,
    id        text COLLATE "C" NOT NULL,                         -- of the Subscription
    secret    bytea NOT NULL,                                    -- signs what is sent
    events    bigint NOT NULL DEFAULT 0,                         -- numbers given so far
    attempts  integer NOT NULL DEFAULT 0,                        -- failures since the last success
    due       timestamptz,                                       -- not before then, after a failure
    error     text,                                              -- the last failure
    failed    timestamptz,
    delivered timestamptz,                                       -- the last success
    since     timestamptz,                                       -- first made active: its events are kept from then on
    PRIMARY KEY (register, id)
);

CREATE TABLE {schema}.event (
    register     text NOT NULL,
    subscription text COLLATE "C" NOT NULL,
    number       bigint NOT NULL,
    seq          bigint NOT NULL,                                -- the version, in the register's history
    type         text NOT NULL,
    fid          text COLLATE "C" NOT NULL,
    version      integer NOT NULL,
    op           smallint NOT NULL,
    at           timestamptz NOT NULL,
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead', 'dropped')),
    attempts     integer NOT NULL DEFAULT 0,
    error        text,
    settled      timestamptz,
    PRIMARY KEY (register, subscription, number),
    UNIQUE (register, subscription, seq)
);
CREATE INDEX event_open ON {schema}.event (register, subscription, number) WHERE state IN ('waiting', 'dead');
CREATE INDEX event_settled ON {schema}.event (settled) WHERE state IN ('sent', 'dropped');

CREATE TABLE {schema}.token (
    hash         bytea PRIMARY KEY,                              -- SHA-256 of what opens a websocket, once
    register     text NOT NULL,
    subscription text COLLATE "C" NOT NULL,
    expires      timestamptz NOT NULL
);
