-- The master index, beside the Patients of its register: one row a record, its person, its blocking keys; the pairs that wait
-- for somebody; everything that was ever decided. `{schema}` is the register's.

CREATE TABLE {schema}.domain (
    system    text COLLATE "C" PRIMARY KEY,             -- assigning authority, as Identifier.system
    name      text NOT NULL DEFAULT '',
    structure text NOT NULL DEFAULT '',                 -- who feeds it; '' for whoever may feed the index
    since     timestamptz NOT NULL
);

CREATE TABLE {schema}.person (
    id        uuid PRIMARY KEY,
    since     timestamptz NOT NULL,
    closed    timestamptz,
    kept_as   uuid                                      -- the person that it was merged into
);

CREATE TABLE {schema}.record (
    key       bigint PRIMARY KEY,                       -- kernel.fhir.keys.resource_key('Patient', fid)
    fid       text COLLATE "C" NOT NULL,
    domain    text COLLATE "C" NOT NULL,
    local     text COLLATE "C" NOT NULL,
    state     smallint NOT NULL,                        -- 1 active, 2 replaced, 3 deleted
    replaced  bigint,                                   -- by which record
    person    uuid,                                     -- null when it is not active
    why       text NOT NULL DEFAULT '',                 -- first, ins, weight, human, merged, split
    weight    real NOT NULL DEFAULT 0,                  -- bits of the comparison that linked it
    thanks    bigint,                                   -- the record that it was linked to
    portrait  text NOT NULL,                            -- model.Portrait.dump, as JSON
    blocks    bigint[] NOT NULL,                        -- rules.blocks; empty when it is not active
    fed       timestamptz NOT NULL
);
CREATE UNIQUE INDEX record_local ON {schema}.record (domain, local) WHERE state = 1;
CREATE INDEX record_any_local ON {schema}.record (domain, local);
CREATE INDEX record_person ON {schema}.record (person) WHERE person IS NOT NULL;
-- Each feed asks before it writes: a pending list would be read from end to end at every key that is asked for.
CREATE INDEX record_blocks ON {schema}.record USING gin (blocks) WITH (fastupdate = off);
ALTER TABLE {schema}.record ALTER COLUMN blocks SET STATISTICS 0;

CREATE TABLE {schema}.pair (
    a         bigint NOT NULL,
    b         bigint NOT NULL CHECK (a < b),
    state     text NOT NULL CHECK (state IN ('doubtful', 'later', 'same', 'apart', 'void')),
    weight    real NOT NULL,
    reason    text NOT NULL,                            -- why nobody concluded alone: weight, twins, ins-conflict…
    since     timestamptz NOT NULL,
    judged    timestamptz,
    judge     text NOT NULL DEFAULT '',
    said      text NOT NULL DEFAULT '',                 -- the reason that the judge gave
    PRIMARY KEY (a, b)
);
CREATE INDEX pair_queue ON {schema}.pair (state, weight DESC, a, b) WHERE state IN ('doubtful', 'later');
CREATE INDEX pair_b ON {schema}.pair (b);

CREATE TABLE {schema}.decision (
    seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    who       text NOT NULL,                            -- identifier of the actor
    name      text NOT NULL,
    kind      text NOT NULL,                            -- first, joined, left, merged, split, closed; same, apart, later…
    person    uuid NOT NULL,
    other     uuid,                                     -- the other person of a merge or a split
    key       bigint,
    thanks    bigint,
    weight    real NOT NULL DEFAULT 0,
    findings  text NOT NULL DEFAULT '[]',               -- [field, level, bits] of the comparison that decided
    said      text NOT NULL DEFAULT ''                  -- the reason that a person gave
);
CREATE INDEX decision_person ON {schema}.decision (person, seq);
CREATE INDEX decision_other ON {schema}.decision (other, seq) WHERE other IS NOT NULL;
CREATE INDEX decision_key ON {schema}.decision (key, seq) WHERE key IS NOT NULL;
