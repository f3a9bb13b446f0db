-- Who holds an access key. The key itself is never stored: it has 256 random bits, so one SHA-256 is enough to hide it.

CREATE TABLE house.actor (
    id        text COLLATE "C" PRIMARY KEY,
    name      text NOT NULL,
    roles     text[] NOT NULL,
    structure text NOT NULL DEFAULT '',
    key_hash  bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    created   timestamptz NOT NULL,
    revoked   timestamptz,
    last_used date                                       -- the day only: enough to find forgotten keys
);
