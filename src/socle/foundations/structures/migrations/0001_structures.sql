-- The register of structures behind its FHIR resources: what the files of the FINESS say, and what each load changed.
-- A structure is a legal entity (nature 1, EJ) or an establishment (nature 2, ET). Facts keep the names of the FINESS.

CREATE TABLE {schema}.load (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    begun      timestamptz NOT NULL,
    finished   timestamptz,
    state      text NOT NULL DEFAULT 'staging',  -- staging, kept, refused
    difference boolean NOT NULL,                 -- the files hold what changed, not everything
    sources    jsonb NOT NULL,                   -- [{name, stamp}]: by which an interrupted load is known again
    who        text NOT NULL,
    who_name   text NOT NULL,
    counts     jsonb NOT NULL DEFAULT '{}'
);

-- Lines on their way in. Emptied when the load is settled.
CREATE TABLE {schema}.stage (
    load   integer NOT NULL,
    source smallint NOT NULL,                    -- the file, from 0
    line   integer NOT NULL,
    kind   smallint NOT NULL,                    -- 1 EJ, 2 ET, 3 geolocation, 4 activity, 5 equipment, 6 social equipment
    shape  text COLLATE "C" NOT NULL,
    numero text COLLATE "C" NOT NULL,
    key    text COLLATE "C" NOT NULL,
    parent text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    sought text NOT NULL,                        -- words by which a structure is looked for
    facts  jsonb NOT NULL
);
CREATE INDEX stage_load ON {schema}.stage (load, kind, numero, key);

CREATE TABLE {schema}.fault (
    load   integer NOT NULL,
    n      integer NOT NULL,
    file   text NOT NULL,
    line   integer NOT NULL,
    field  text NOT NULL,
    rule   text NOT NULL,
    fr     text NOT NULL,
    en     text NOT NULL,
    severe boolean NOT NULL,
    PRIMARY KEY (load, n)
);

CREATE TABLE {schema}.structure (
    numero text COLLATE "C" PRIMARY KEY,
    nature smallint NOT NULL,
    parent text COLLATE "C" NOT NULL,            -- of an ET: its EJ, come or not; "" of an EJ
    gone   date,                                 -- since when it is no longer in the complete files
    load   integer NOT NULL,                     -- that changed it last
    words  tsvector NOT NULL,
    facts  jsonb NOT NULL
);
CREATE INDEX structure_parent ON {schema}.structure (parent) WHERE parent <> '';
CREATE INDEX structure_words ON {schema}.structure USING gin (words);
CREATE INDEX structure_place ON {schema}.structure ((facts ->> 'departement'), nature);

-- What is attached to a structure, come or not.
CREATE TABLE {schema}.part (
    owner text COLLATE "C" NOT NULL,
    kind  smallint NOT NULL,
    key   text COLLATE "C" NOT NULL,
    facts jsonb NOT NULL,
    PRIMARY KEY (owner, kind, key)
);

-- What a load did to a structure (kind 1 or 2) or to one of its parts: the facts that differ, before and after.
CREATE TABLE {schema}.change (
    load   integer NOT NULL,
    numero text COLLATE "C" NOT NULL,
    kind   smallint NOT NULL,
    key    text COLLATE "C" NOT NULL,
    event  smallint NOT NULL,                    -- 1 created, 2 changed, 3 closed, 4 reopened, 5 removed (a part)
    before jsonb,
    after  jsonb
);
CREATE INDEX change_numero ON {schema}.change (numero, load);
CREATE INDEX change_load ON {schema}.change (load, event, kind, numero);

-- The resources that show each structure, so that what says the same is not written again.
CREATE TABLE {schema}.shown (
    owner  text COLLATE "C" NOT NULL,
    type   text COLLATE "C" NOT NULL,
    fid    text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (owner, type, fid)
);
