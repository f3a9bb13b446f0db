-- Keys that are shown to publishers are sealed: the key that opens them is not in the database. What lies in `key` from
-- before is sealed, and emptied, at the next start (the database alone cannot); nothing is written there any more.

ALTER TABLE {schema}.publisher ADD COLUMN sealed bytea NOT NULL DEFAULT '\x';
