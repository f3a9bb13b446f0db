-- Messages to the Hub Santé on their way: written with the notice they come from, kept when they are settled.
CREATE TABLE {schema}.parcel (
    distribution text COLLATE "C" PRIMARY KEY,     -- distributionID of its envelope
    appointment  text COLLATE "C" NOT NULL,
    version      integer NOT NULL,
    recipient    text COLLATE "C" NOT NULL,        -- fr.health.samuXXX, "" when no place says which
    body         jsonb NOT NULL,
    made         timestamptz NOT NULL,
    expires      timestamptz NOT NULL,
    state        text COLLATE "C" NOT NULL DEFAULT 'waiting', -- waiting, sent, acknowledged, dead, dropped
    attempts     integer NOT NULL DEFAULT 0,
    due          timestamptz NOT NULL,
    reason       text NOT NULL DEFAULT '',         -- why the last attempt failed, or what the hub or the LRM answered
    settled      timestamptz
);
CREATE INDEX parcel_waiting ON {schema}.parcel (due) WHERE state = 'waiting';
CREATE INDEX parcel_appointment ON {schema}.parcel (appointment, version);
CREATE INDEX parcel_made ON {schema}.parcel (made DESC);

-- The hub of the demonstration: its queues, as the Hub Santé names them (<client>.message, .ack, .info).
CREATE TABLE {schema}.hub_message (
    rank         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue        text COLLATE "C" NOT NULL,
    distribution text COLLATE "C" NOT NULL,
    body         jsonb NOT NULL,
    came         timestamptz NOT NULL,
    read         timestamptz
);
CREATE UNIQUE INDEX hub_message_once ON {schema}.hub_message (queue, distribution);
CREATE INDEX hub_message_unread ON {schema}.hub_message (queue, rank) WHERE read IS NULL;
