-- Signing keys are sealed: the key that opens them is not in the database. What lies in `secret` from before is sealed, and emptied, at
-- the next start (the database alone cannot); nothing is written there any more.

ALTER TABLE {schema}.subscriber ADD COLUMN sealed bytea NOT NULL DEFAULT '\x';
ALTER TABLE {schema}.subscriber ALTER COLUMN secret SET DEFAULT '\x';
