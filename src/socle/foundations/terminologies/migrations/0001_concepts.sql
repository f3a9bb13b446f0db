-- Concepts of code systems, apart from the CodeSystem resources: an edition is one version of one system as it was loaded
-- once. It is never changed: another load makes another edition, and `canonical` then names that one.

CREATE TABLE {schema}.edition (
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url      text COLLATE "C" NOT NULL,
    version  text COLLATE "C" NOT NULL,
    digest   bytea,                           -- of the concepts of what comes as FHIR: they are not loaded twice
    begun    timestamptz NOT NULL,
    state    text NOT NULL DEFAULT 'staged',  -- staged, kept, refused
    concepts integer NOT NULL DEFAULT 0,
    replaced timestamptz,                     -- since when no resource has it: swept a little later
    told     text                             -- why it was refused: "reason code"
);

CREATE TABLE {schema}.concept (
    edition   integer NOT NULL,
    rank      integer NOT NULL,               -- its place in the edition, from 1
    key       bigint NOT NULL,                -- of (edition, code as codes are compared)
    code      text COLLATE "C" NOT NULL,
    display   text COLLATE "C" NOT NULL,
    flags     smallint NOT NULL,              -- 1 inactive, 2 abstract
    ancestors integer[] NOT NULL,             -- ranks of all its broader concepts
    facts     bytea,                          -- definition, parents, names, values, as JSON
    words     tsvector NOT NULL,
    PRIMARY KEY (edition, rank)
);
CREATE INDEX concept_key ON {schema}.concept (key);
CREATE INDEX concept_words ON {schema}.concept USING gin (words);

-- Who is below whom, however far, oneself not included.
CREATE TABLE {schema}.closure (
    edition    integer NOT NULL,
    ancestor   integer NOT NULL,
    descendant integer NOT NULL,
    PRIMARY KEY (edition, ancestor, descendant)
);

CREATE TABLE {schema}.parent (
    edition integer NOT NULL,
    parent  integer NOT NULL,
    child   integer NOT NULL,
    PRIMARY KEY (edition, parent, child)
);

-- Which concepts have this value of this property; key of (edition, property, value).
CREATE TABLE {schema}.property (
    key     bigint NOT NULL,
    edition integer NOT NULL,
    rank    integer NOT NULL,
    PRIMARY KEY (key, rank)
);

-- Concepts on their way in.
CREATE UNLOGGED TABLE {schema}.stage (
    edition integer NOT NULL,
    rank    integer NOT NULL,
    key     bigint NOT NULL,
    code    text COLLATE "C" NOT NULL,
    display text COLLATE "C" NOT NULL,
    flags   smallint NOT NULL,
    parents bigint[],                         -- their keys
    facts   bytea,
    words   text[] NOT NULL,
    props   bigint[]
);

-- What the resources of the register say of themselves, written with them: the catalogue is read from here.
CREATE TABLE {schema}.canonical (
    type    text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    url     text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    edition integer,                          -- of a CodeSystem: where its concepts are
    package text COLLATE "C" NOT NULL,        -- that brought it, "name#version"; "" when none did
    facts   bytea NOT NULL,                   -- the rest, as JSON
    PRIMARY KEY (type, id)
);
CREATE UNIQUE INDEX canonical_once ON {schema}.canonical (type, url, version) WHERE url <> '';

-- Changed with each change of what is above: who remembers something looks here first.
CREATE TABLE {schema}.generation (number bigint NOT NULL);
INSERT INTO {schema}.generation VALUES (1);

-- Bring staged editions in: hierarchy closed level by level, then concepts, then properties. An edition whose codes are
-- given twice, whose parents do not exist, or whose hierarchy is circular, deeper than `deepest` or of more than `most`
-- pairs is refused, and all those asked with it: `edition.told` says why.
CREATE FUNCTION {schema}.settle(asked integer[], deepest integer, most bigint) RETURNS void LANGUAGE plpgsql
    -- The session of writers is set for look-ups by key; here whole tables are joined, of which PostgreSQL knows no size yet.
    SET enable_seqscan = on SET enable_hashjoin = on SET enable_mergejoin = on SET enable_nestloop = off
    SET plan_cache_mode = force_custom_plan
    SET work_mem = '64MB'
AS $$
<<here>>
DECLARE
    wrong record;
    depth integer := 1;
    fresh bigint;
    every bigint := 0;
    reason text;
    guilty integer;
BEGIN
    SELECT s.edition, min(s.code) AS code INTO wrong FROM {schema}.stage s WHERE s.edition = ANY(asked)
        GROUP BY s.edition, s.key HAVING count(*) > 1 ORDER BY 1, 2 LIMIT 1;
    IF FOUND THEN
        UPDATE {schema}.edition SET state = 'refused', told = 'twice ' || wrong.code WHERE id = wrong.edition;
        RETURN;
    END IF;

    SELECT s.edition, s.code INTO wrong FROM {schema}.stage s CROSS JOIN LATERAL unnest(s.parents) AS k
        LEFT JOIN {schema}.stage p ON p.key = k AND p.edition = s.edition
        WHERE s.edition = ANY(asked) AND s.parents IS NOT NULL AND p.key IS NULL
        ORDER BY s.edition, s.rank LIMIT 1;
    IF FOUND THEN
        UPDATE {schema}.edition SET state = 'refused', told = 'orphan ' || wrong.code WHERE id = wrong.edition;
        RETURN;
    END IF;

    -- A block with a handler: when it refuses, whatever it wrote is undone.
    BEGIN
        CREATE TEMP TABLE frontier (depth integer, edition integer, ancestor integer, descendant integer) ON COMMIT DROP;
        CREATE INDEX frontier_depth ON frontier (depth);
        INSERT INTO {schema}.parent
            SELECT DISTINCT s.edition, p.rank, s.rank FROM {schema}.stage s CROSS JOIN LATERAL unnest(s.parents) AS k
            JOIN {schema}.stage p ON p.key = k AND p.edition = s.edition
            WHERE s.edition = ANY(asked) AND s.parents IS NOT NULL;
        WITH made AS (
            INSERT INTO {schema}.closure SELECT p.edition, p.parent, p.child FROM {schema}.parent p
            WHERE p.edition = ANY(asked) RETURNING *)
        INSERT INTO frontier SELECT 1, m.edition, m.ancestor, m.descendant FROM made m;
        GET DIAGNOSTICS fresh = ROW_COUNT;
        WHILE fresh > 0 LOOP
            every := every + fresh;
            SELECT f.edition, s.code INTO wrong FROM frontier f
                JOIN {schema}.stage s ON s.edition = f.edition AND s.rank = f.ancestor
                WHERE f.depth = here.depth AND f.ancestor = f.descendant ORDER BY s.code LIMIT 1;
            IF FOUND THEN
                reason := 'circle ' || wrong.code;
            ELSIF depth >= deepest OR every > most THEN
                SELECT f.edition, s.code INTO wrong FROM frontier f
                    JOIN {schema}.stage s ON s.edition = f.edition AND s.rank = f.descendant
                    WHERE f.depth = here.depth LIMIT 1;
                reason := CASE WHEN depth >= deepest THEN 'deep ' ELSE 'wide ' END || wrong.code;
            END IF;
            IF reason IS NOT NULL THEN
                guilty := wrong.edition;
                RAISE EXCEPTION 'refused' USING ERRCODE = 'SO001';
            END IF;
            WITH made AS (
                INSERT INTO {schema}.closure SELECT DISTINCT p.edition, p.parent, f.descendant FROM frontier f
                JOIN {schema}.parent p ON p.edition = f.edition AND p.child = f.ancestor
                WHERE f.depth = here.depth AND p.edition = ANY(asked) ON CONFLICT DO NOTHING RETURNING *)
            INSERT INTO frontier SELECT here.depth + 1, m.edition, m.ancestor, m.descendant FROM made m;
            GET DIAGNOSTICS fresh = ROW_COUNT;
            depth := depth + 1;
        END LOOP;
        DROP TABLE frontier;
    EXCEPTION WHEN SQLSTATE 'SO001' THEN
        UPDATE {schema}.edition SET state = 'refused', told = reason WHERE id = guilty;
        RETURN;
    END;

    INSERT INTO {schema}.concept
        SELECT s.edition, s.rank, s.key, s.code, s.display, s.flags, coalesce(a.ancestors, '{}'), s.facts,
            array_to_tsvector(s.words)
        FROM {schema}.stage s LEFT JOIN (
            SELECT c.edition, c.descendant, array_agg(c.ancestor ORDER BY c.ancestor) AS ancestors
            FROM {schema}.closure c WHERE c.edition = ANY(asked) GROUP BY c.edition, c.descendant
        ) a ON a.edition = s.edition AND a.descendant = s.rank
        WHERE s.edition = ANY(asked) ORDER BY s.edition, s.rank;
    INSERT INTO {schema}.property
        SELECT DISTINCT k, s.edition, s.rank FROM {schema}.stage s CROSS JOIN LATERAL unnest(s.props) AS k
        WHERE s.edition = ANY(asked) AND s.props IS NOT NULL;
    UPDATE {schema}.edition e SET state = 'kept', concepts = (
        SELECT count(*) FROM {schema}.stage s WHERE s.edition = e.id) WHERE e.id = ANY(asked);
    DELETE FROM {schema}.stage WHERE edition = ANY(asked);
END $$;

-- Closures that clients keep by $closure: a name, its system, the codes it was told of, each at a version of its own.
CREATE TABLE {schema}.kept_closure (
    name    text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL
);
CREATE TABLE {schema}.kept_code (
    name    text COLLATE "C" NOT NULL REFERENCES {schema}.kept_closure ON DELETE CASCADE,
    system  text COLLATE "C" NOT NULL,
    code    text COLLATE "C" NOT NULL,
    version integer NOT NULL,                 -- of the closure that first knew it
    PRIMARY KEY (name, system, code)
);
