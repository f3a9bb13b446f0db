-- Verification by batches: what was sent, line by line, and what was found. Everything is deleted with the batch, at the
-- latest when it expires.

CREATE TABLE {schema}.lot (
    key      bigint PRIMARY KEY,                     -- kernel.fhir.keys.key("lot", id)
    id       text COLLATE "C" NOT NULL UNIQUE,
    owner    text COLLATE "C" NOT NULL,              -- the actor who sent it; nobody else sees it
    state    text COLLATE "C" NOT NULL,              -- lot.model.Etat
    created  timestamptz NOT NULL,
    expires  timestamptz NOT NULL,
    lines    integer NOT NULL DEFAULT 0,             -- identities sent
    done     integer NOT NULL DEFAULT 0,             -- number of the last line of the file that was verified
    ok       integer NOT NULL DEFAULT 0,
    ko       integer NOT NULL DEFAULT 0
);
CREATE INDEX lot_expires ON {schema}.lot (expires);

CREATE TABLE {schema}.lot_line (
    lot            bigint NOT NULL,
    n              integer NOT NULL,                 -- number of the line in the file that was sent
    reference      text,
    matricule      text COLLATE "C",
    oid            text COLLATE "C",
    nom_naissance  text COLLATE "C",
    prenoms        text COLLATE "C",
    sexe           text COLLATE "C",
    date_naissance text COLLATE "C",
    lieu_naissance text COLLATE "C",
    motif          text COLLATE "C",                 -- already known when it was read: FORMAT, OID, CLE
    detail         text,
    PRIMARY KEY (lot, n)
);

CREATE TABLE {schema}.lot_result (
    lot    bigint NOT NULL,
    n      integer NOT NULL,
    motif  text COLLATE "C" NOT NULL,
    detail text,
    PRIMARY KEY (lot, n)
);
