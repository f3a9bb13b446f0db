-- The pending list of tokens may be longer: emptied less often, it is put in its place page by page rather than token by token
-- (PostgreSQL's time for a line of an import at 150,000 resources: 0.8 of what it was). A list of a megabyte adds 0.2 ms to a
-- search, one of four 1.2 ms; maintenance empties it long before it is full.
ALTER INDEX {schema}.resource_toks SET (gin_pending_list_limit = 4096);
-- The statistics of tokens cost a second; maintenance makes them when the table has grown by a fifth (`postgres.maintenance`), and
-- autovacuum made them twice as often again.
ALTER TABLE {schema}.resource SET (autovacuum_analyze_scale_factor = 0.5);
