-- What the directory keeps beside its resources: loads, the lines that made the present state, the projection that pages search,
-- mailboxes (those on the red list are only here), enrolments, names of codes.

CREATE TABLE {schema}.lot (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source     text NOT NULL,              -- name of the file or folder
    empreinte  text NOT NULL,              -- by which the same source is known again
    origine    text NOT NULL,              -- 'extraction' or 'demonstration'
    etat       text NOT NULL,
    debut      timestamptz NOT NULL,
    fin        timestamptz,
    par        text NOT NULL,
    point      jsonb NOT NULL DEFAULT '{}', -- how far it has gone: where a crash takes up again
    fait       bigint NOT NULL DEFAULT 0,
    total      bigint NOT NULL DEFAULT 0,
    lignes     bigint NOT NULL DEFAULT 0,
    rejets     bigint NOT NULL DEFAULT 0,
    connus     integer NOT NULL DEFAULT 0,
    crees      integer NOT NULL DEFAULT 0,
    modifies   integer NOT NULL DEFAULT 0,
    clos       integer NOT NULL DEFAULT 0,
    versions   bigint NOT NULL DEFAULT 0,
    notes      jsonb NOT NULL DEFAULT '[]',
    refus      jsonb
);

CREATE TABLE {schema}.rejet (
    lot     integer NOT NULL,
    rang    integer NOT NULL,
    fichier text NOT NULL,
    ligne   integer NOT NULL,
    colonne text NOT NULL,
    regle   text NOT NULL,
    fr      text NOT NULL,
    en      text NOT NULL
);
CREATE INDEX rejet_lot ON {schema}.rejet (lot, rang);

-- The lines that the present state is made of, each as a hash, with the keys of its person and of its structure.
CREATE TABLE {schema}.ligne (
    empreinte bigint NOT NULL,
    personne  bigint NOT NULL,
    structure bigint
);

-- One row a situation (or a person without any): what pages search.
CREATE TABLE {schema}.situation (
    personne   bigint NOT NULL,
    praticien  text COLLATE "C" NOT NULL,  -- id of the Practitioner
    role       text COLLATE "C",           -- id of the PractitionerRole
    nom        text COLLATE "C" NOT NULL,  -- normalised, family name first
    profession text COLLATE "C" NOT NULL DEFAULT '',
    commune    text COLLATE "C" NOT NULL DEFAULT '', -- normalised
    postal     text COLLATE "C" NOT NULL DEFAULT '',
    mots       bigint[] NOT NULL           -- keys of the words of the name and of their beginnings
);
CREATE INDEX situation_personne ON {schema}.situation (personne);
CREATE INDEX situation_nom ON {schema}.situation (nom, praticien);
CREATE INDEX situation_commune ON {schema}.situation (commune, profession, nom, praticien);
CREATE INDEX situation_profession ON {schema}.situation (profession, nom, praticien);
CREATE INDEX situation_postal ON {schema}.situation (postal, profession, nom, praticien);
CREATE INDEX situation_mots ON {schema}.situation USING gin (mots) WITH (fastupdate = on, gin_pending_list_limit = 256);

CREATE TABLE {schema}.bal (
    adresse      text PRIMARY KEY,
    type         text NOT NULL,
    porteur      text COLLATE "C" NOT NULL, -- "Practitioner/…", "PractitionerRole/…", "Organization/…"
    dossier      text COLLATE "C" NOT NULL, -- the person's Practitioner, or the Organization
    description  text NOT NULL DEFAULT '',
    service      text NOT NULL DEFAULT '',
    rang         integer NOT NULL DEFAULT 0,
    liste_rouge  boolean NOT NULL DEFAULT false
);
CREATE INDEX bal_porteur ON {schema}.bal (porteur);
CREATE INDEX bal_dossier ON {schema}.bal (dossier);

CREATE TABLE {schema}.libelle (
    nomenclature text NOT NULL,
    code         text NOT NULL,
    nom          text NOT NULL,
    PRIMARY KEY (nomenclature, code)
);

CREATE TABLE {schema}.enrolement (
    rang       integer PRIMARY KEY,
    rpps       text NOT NULL UNIQUE,
    praticien  text NOT NULL,
    role       text NOT NULL,
    employeur  text NOT NULL,              -- structure of whoever enrolled
    structure  text NOT NULL,              -- id of the Organization
    nom        text NOT NULL,
    prenom     text NOT NULL,
    fonction   text NOT NULL,
    arrivee    date NOT NULL,
    depart     date,
    par        text NOT NULL,
    le         timestamptz NOT NULL,
    -- Who is enrolled twice is the same person: strict traits tell (kept here, published nowhere).
    naissance  date NOT NULL,
    UNIQUE (nom, prenom, naissance, structure)
);
