-- What INSi answered for an identity of the desk. The matricule of a retrieved identity lives here and nowhere else: the
-- Patient resource carries it only once the identity is qualified (RNIV EXI SI 08). Rows are detached, never deleted.

CREATE TABLE {schema}.retrieval (
    patient     text COLLATE "C" NOT NULL,        -- id of the Patient
    at          timestamptz NOT NULL,             -- when INSi answered
    oid         text COLLATE "C" NOT NULL,
    numero      text COLLATE "C" NOT NULL,        -- 13 characters
    cle         text COLLATE "C" NOT NULL,
    history     jsonb NOT NULL DEFAULT '[]',      -- former INS, as INSi gave them: [{"oid","numero","cle","debut","fin"}]
    verified_at timestamptz,                      -- when INSi last confirmed it
    detached_at timestamptz,                      -- when it ceased to be this identity's
    because     text,                             -- why it was detached
    PRIMARY KEY (patient, at)
);
CREATE UNIQUE INDEX retrieval_current ON {schema}.retrieval (patient) WHERE detached_at IS NULL;
-- Who else carries this matricule? Two identities with one INS are duplicates to be merged.
CREATE INDEX retrieval_matricule ON {schema}.retrieval (numero, oid) WHERE detached_at IS NULL;
