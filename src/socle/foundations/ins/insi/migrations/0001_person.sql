-- The national base of identities behind INSi: people, their active identifier, the identifiers that they had before.
-- Traits are kept as the base answers them (capitals without diacritics, hyphens and apostrophes kept).

CREATE TABLE {schema}.person (
    id             bigint PRIMARY KEY,               -- rank in the synthetic population; the only reference written in traces
    key            bigint NOT NULL,                  -- rules.traits_key(birth name, sex, birth date)
    nom_naissance  text COLLATE "C" NOT NULL,
    liste_prenoms  text COLLATE "C" NOT NULL,        -- space separated; a compound given name keeps its hyphen
    sexe           text COLLATE "C" NOT NULL,        -- M, F
    date_naissance text COLLATE "C" NOT NULL,        -- yyyy-MM-dd; parts that nobody knows are 00 (lunar date)
    lieu_naissance text COLLATE "C",                 -- commune or 99xxx (official geographic code)
    matricule      text COLLATE "C" NOT NULL,
    cle            text COLLATE "C" NOT NULL,
    oid            text COLLATE "C" NOT NULL,
    date_deb       date,
    has_histo      boolean NOT NULL DEFAULT false    -- whether `identifier` has rows for this person
);
-- One look-up answers a trait search: people who share birth name, sex and birth date are a handful at most,
-- and given names and birthplace are compared on those few (rules.matches).
CREATE INDEX person_key ON {schema}.person (key);
CREATE INDEX person_matricule ON {schema}.person (matricule);

-- Identifiers that are no longer active (NIA replaced by a NIR, corrected NIR).
CREATE TABLE {schema}.identifier (
    person    bigint NOT NULL,
    rank      smallint NOT NULL,                     -- 0 = the most recent
    matricule text COLLATE "C" NOT NULL,
    cle       text COLLATE "C" NOT NULL,
    oid       text COLLATE "C" NOT NULL,
    date_deb  date,
    date_fin  date,
    PRIMARY KEY (person, rank)
);
CREATE INDEX identifier_matricule ON {schema}.identifier (matricule);
