-- Editions published by this house, beside those that are shipped: their files, as an author wrote them. Append-only: each
-- publication is a version, so that a draft that was replaced can still be read.

CREATE TABLE {schema}.edition (
    id           text COLLATE "C" NOT NULL,        -- its year
    version      integer NOT NULL,                 -- from 1; the highest is the one that is read
    status       text COLLATE "C" NOT NULL,        -- model.EditionStatus
    published_at timestamptz NOT NULL,             -- when this house received it
    published_by text COLLATE "C" NOT NULL,        -- the actor
    PRIMARY KEY (id, version)                      -- two publications of the same version: one is refused
);

CREATE TABLE {schema}.edition_file (
    edition text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    path    text COLLATE "C" NOT NULL,             -- below the edition's folder, "chapters/2-4-5-ins.md"
    body    text NOT NULL,
    PRIMARY KEY (edition, version, path)
);
