-- Values by which `_sort` puts resources in order and which no search key holds (codes, references, URIs, quantities in one
-- unit). Kept apart from writes, from the change feed, by whoever asks for such an order (kernel.search.ordering).
CREATE TABLE {schema}.ix_order (
    rid     bigint NOT NULL,
    param   bigint NOT NULL,
    version integer NOT NULL,      -- that it was made from
    low     text COLLATE "C",      -- the first of its values, NULL when it has none
    high    text COLLATE "C",      -- the last
    PRIMARY KEY (rid, param)
);
CREATE INDEX ix_order_low ON {schema}.ix_order (param, low, rid) WHERE low IS NOT NULL;
CREATE INDEX ix_order_high ON {schema}.ix_order (param, high, rid) WHERE high IS NOT NULL;
CREATE TABLE {schema}.order_position (
    param bigint PRIMARY KEY,
    type  text NOT NULL,           -- resource type
    name  text NOT NULL,           -- of the parameter
    seq   bigint NOT NULL          -- every version of the type up to this one of the history is in ix_order
);
-- The text index also tells how names sound, and what resources contain: it is made again, in the background where somebody has asked for it.
DELETE FROM {schema}.ix_text;
UPDATE {schema}.text_position SET seq = 0;
