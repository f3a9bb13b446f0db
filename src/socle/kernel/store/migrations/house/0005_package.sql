-- FHIR packages and what they define, versions side by side (kernel.store.packages). A package that is not ready is an
-- installation under way, or one that a crash cut short: nobody sees it.

CREATE SEQUENCE house.package_id;

CREATE TABLE house.package (
    id            bigint PRIMARY KEY,
    name          text COLLATE "C" NOT NULL,
    version       text COLLATE "C" NOT NULL,
    canonical     text NOT NULL,
    title         text NOT NULL,
    fhir_versions text[] NOT NULL,
    dependencies  jsonb NOT NULL,                        -- {name: version asked}
    begun         timestamptz NOT NULL,
    who           text NOT NULL,                         -- id and name of the actor who installed it
    who_name      text NOT NULL,
    resources     integer NOT NULL DEFAULT 0,
    octets        bigint NOT NULL DEFAULT 0,             -- of JSON, unpacked
    digest        bytea,                                 -- of its resources, whatever their order
    ready         boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX package_once ON house.package (name, version) WHERE ready;

CREATE TABLE house.package_resource (
    package     bigint NOT NULL REFERENCES house.package ON DELETE CASCADE,
    n           integer NOT NULL,
    type        text COLLATE "C" NOT NULL,               -- resourceType
    url         text COLLATE "C" NOT NULL,
    version     text COLLATE "C" NOT NULL,
    rid         text COLLATE "C" NOT NULL,               -- id
    kind        text COLLATE "C" NOT NULL,
    of_type     text COLLATE "C" NOT NULL,               -- StructureDefinition.type
    derivation  text COLLATE "C" NOT NULL,
    base        text COLLATE "C" NOT NULL,
    name        text NOT NULL,
    title       text NOT NULL,
    status      text COLLATE "C" NOT NULL,
    snapshot    boolean NOT NULL,
    body        bytea NOT NULL,                          -- zstd of the JSON as it was written
    PRIMARY KEY (package, n)
);
ALTER TABLE house.package_resource ALTER body SET STORAGE EXTERNAL;
CREATE INDEX package_resource_url ON house.package_resource USING hash (url);  -- a URL may be longer than a btree allows
