-- Search parameters that a register learnt while it ran (kernel.search.learn), in the order in which it did: the order gives
-- each its bit in `resource.present`, so that no row ever goes.
CREATE TABLE {schema}.search_parameter (
    slot       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    base       text NOT NULL,             -- resource type
    code       text NOT NULL,
    fid        text NOT NULL,             -- the SearchParameter
    kind       text NOT NULL,             -- FHIR search parameter type
    expression text NOT NULL,
    targets    text[] NOT NULL,
    state      text NOT NULL,             -- building, ready, retired
    reached    bigint NOT NULL DEFAULT 0, -- rid of the last resource indexed
    UNIQUE (base, code)
);
