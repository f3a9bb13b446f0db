-- What structures are authorised for and equipped with, as the register of structures tells: the resources that show it, so that
-- what says the same is not written again, and the loads of that register that were followed.
CREATE TABLE {schema}.offre (
    finess       text COLLATE "C" NOT NULL,   -- the structure
    type         text COLLATE "C" NOT NULL,   -- HealthcareService, Device; Organization: no line of an extraction tells of it
    fid          text COLLATE "C" NOT NULL,
    organisation bigint NOT NULL,             -- key of the Organization to which it belongs
    empreinte    bytea NOT NULL,
    PRIMARY KEY (finess, type, fid)
);
CREATE INDEX offre_organisation ON {schema}.offre (organisation);

CREATE TABLE {schema}.suivi (
    lot integer PRIMARY KEY,                  -- a load of the register of structures
    le  timestamptz NOT NULL
);
