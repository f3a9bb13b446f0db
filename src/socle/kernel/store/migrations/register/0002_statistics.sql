-- 3,000 most frequent tokens are what plans need. With ten thousand (a target of 1,000), ANALYZE of a million
-- rows took 490 MB in the server: too much for a small machine.
ALTER TABLE {schema}.resource ALTER COLUMN toks SET STATISTICS 300;
