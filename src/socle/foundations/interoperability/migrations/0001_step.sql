-- Steps of the life of specifications recorded in this house, beside those that ship with it. Append-only.

CREATE TABLE {schema}.step (
    specification text COLLATE "C" NOT NULL,
    n             integer NOT NULL,                -- from 1; two editors at once: one is refused
    version       text NOT NULL,
    state         text COLLATE "C" NOT NULL,       -- model.State
    told_on       text COLLATE "C" NOT NULL,       -- a year, a month or a day
    source        text NOT NULL,
    note          text NOT NULL,
    conditions    text[] NOT NULL,                 -- what the editor attested: rules.lifecycle.Condition
    at            timestamptz NOT NULL,
    who           text COLLATE "C" NOT NULL,
    who_name      text NOT NULL,
    PRIMARY KEY (specification, n)
);
