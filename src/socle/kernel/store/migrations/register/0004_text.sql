-- Full text, kept apart from writes: it is brought up to date from the change feed by whoever asks (kernel.search.fulltext).
CREATE TABLE {schema}.ix_text (
    rid     bigint PRIMARY KEY,
    version integer NOT NULL,  -- that it was made from
    said    tsvector NOT NULL, -- all the strings of the resource, and the words of its codes
    told    tsvector NOT NULL  -- its narrative
);
CREATE INDEX ix_text_said ON {schema}.ix_text USING gin (said);
CREATE INDEX ix_text_told ON {schema}.ix_text USING gin (told);
CREATE TABLE {schema}.text_position (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    seq   bigint NOT NULL,     -- every version up to this one of the history is in ix_text
    asked boolean NOT NULL     -- somebody has searched by text: the background keeps up
);
