-- Consultations, contributions, their answers, and the draft of the next edition. Nothing here is ever deleted but
-- supports that are withdrawn. Counters are kept by triggers, a whole statement at a time: no page counts rows.

-- A write that depends on what it found says so here; the whole transaction is refused otherwise.
CREATE FUNCTION {schema}.expect(held boolean, rule text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF held IS NOT TRUE THEN
        RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation', CONSTRAINT = rule;
    END IF;
END $$;

-- The stems of a French text, without accents, each once.
CREATE FUNCTION {schema}.stems(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT translate(lexeme, 'àâäéèêëîïôöùûüÿç', 'aaaeeeeiioouuuyc')), '{}')
    FROM unnest(to_tsvector('pg_catalog.french', said)) WHERE length(lexeme) > 1
$$;

CREATE SEQUENCE {schema}.number;      -- of contributions, arguments, attachments, changes, notices: one for all

CREATE TABLE {schema}.consultation (
    id           text PRIMARY KEY,
    edition      text NOT NULL,
    next_edition text NOT NULL,
    title        text NOT NULL,
    introduction text NOT NULL,
    chapters     text[] NOT NULL,
    opens        timestamptz NOT NULL,
    closes       timestamptz NOT NULL,
    step         text NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    synthetic    boolean NOT NULL DEFAULT false,
    CONSTRAINT window_order CHECK (opens < closes)
);

-- Personal data: name in public, address in private.
CREATE TABLE {schema}.participant (
    actor        text PRIMARY KEY,
    kind         text NOT NULL,
    name         text NOT NULL,
    organisation text NOT NULL DEFAULT '',
    verified     boolean NOT NULL DEFAULT false,
    email        text NOT NULL DEFAULT '',
    since        timestamptz NOT NULL,
    version      integer NOT NULL DEFAULT 1
);
CREATE INDEX participant_since ON {schema}.participant (since, actor);

CREATE TABLE {schema}.contribution (
    id           bigint PRIMARY KEY,
    consultation text NOT NULL REFERENCES {schema}.consultation,
    chapter      text NOT NULL,
    block        text NOT NULL,
    requirement  text NOT NULL,
    actor        text NOT NULL REFERENCES {schema}.participant,
    key          text NOT NULL,                       -- drawn with the form: the same submission is filed once
    kind         text NOT NULL,
    title        text NOT NULL,
    text         text NOT NULL,
    before       text,
    after        text,
    at           timestamptz NOT NULL,
    amended      timestamptz,
    version      integer NOT NULL DEFAULT 1,
    state        text NOT NULL DEFAULT 'shown',
    synthetic    boolean NOT NULL DEFAULT false,
    rule         text,                                -- moderation
    words        text,
    moderated    timestamptz,
    supports_verified   integer NOT NULL DEFAULT 0,
    supports_unverified integer NOT NULL DEFAULT 0,
    arguments_for       integer NOT NULL DEFAULT 0,
    arguments_against   integer NOT NULL DEFAULT 0,
    attachments         integer NOT NULL DEFAULT 0,
    outcome      text NOT NULL DEFAULT '',
    answer       text,
    answered     timestamptz,
    change       bigint,
    original     bigint REFERENCES {schema}.contribution,
    answer_version integer NOT NULL DEFAULT 0,
    assignee     text NOT NULL DEFAULT '',
    assignee_name text NOT NULL DEFAULT '',
    stems        text[] GENERATED ALWAYS AS ({schema}.stems(title || ' ' || text)) STORED,
    CONSTRAINT submission UNIQUE (actor, key)
) WITH (fillfactor = 80);
CREATE INDEX contribution_recent ON {schema}.contribution (consultation, at, id);
CREATE INDEX contribution_chapter ON {schema}.contribution (consultation, chapter, at, id);
CREATE INDEX contribution_support
    ON {schema}.contribution (consultation, (supports_verified + supports_unverified), id);
CREATE INDEX contribution_open ON {schema}.contribution (consultation, at, id) WHERE outcome = '' AND state = 'shown';
CREATE INDEX contribution_assignee ON {schema}.contribution (consultation, assignee, at, id) WHERE assignee <> '';
CREATE INDEX contribution_actor ON {schema}.contribution (actor, at);
CREATE INDEX contribution_original ON {schema}.contribution (original) WHERE original IS NOT NULL;
CREATE INDEX contribution_stems ON {schema}.contribution USING gin (stems) WITH (fastupdate = off); -- read at once

CREATE TABLE {schema}.contribution_version (           -- every text that a contribution had before the current one
    contribution bigint NOT NULL REFERENCES {schema}.contribution,
    version      integer NOT NULL,
    title        text NOT NULL,
    text         text NOT NULL,
    before       text,
    after        text,
    at           timestamptz NOT NULL,
    PRIMARY KEY (contribution, version)
);

CREATE TABLE {schema}.support (
    contribution bigint NOT NULL REFERENCES {schema}.contribution,
    actor        text NOT NULL REFERENCES {schema}.participant,
    at           timestamptz NOT NULL,
    PRIMARY KEY (contribution, actor)
);
CREATE INDEX support_actor ON {schema}.support (actor, at);

CREATE TABLE {schema}.argument (
    id           bigint PRIMARY KEY,
    contribution bigint NOT NULL REFERENCES {schema}.contribution,
    actor        text NOT NULL REFERENCES {schema}.participant,
    key          text NOT NULL,
    side         text NOT NULL,
    text         text NOT NULL,
    at           timestamptz NOT NULL,
    state        text NOT NULL DEFAULT 'shown',
    rule         text,
    words        text,
    moderated    timestamptz,
    CONSTRAINT argument_submission UNIQUE (actor, key)
);
CREATE INDEX argument_thread ON {schema}.argument (contribution, at, id);
CREATE INDEX argument_actor ON {schema}.argument (actor, at);

CREATE TABLE {schema}.content (                        -- files, by what they contain
    hash  text PRIMARY KEY,
    bytes bytea NOT NULL
);
ALTER TABLE {schema}.content ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE TABLE {schema}.attachment (
    id           bigint PRIMARY KEY,
    contribution bigint NOT NULL REFERENCES {schema}.contribution,
    name         text NOT NULL,
    media_type   text NOT NULL,
    size         integer NOT NULL,
    hash         text NOT NULL REFERENCES {schema}.content,
    at           timestamptz NOT NULL,
    CONSTRAINT attachment_once UNIQUE (contribution, hash)
);

CREATE TABLE {schema}.draft_file (
    consultation text NOT NULL REFERENCES {schema}.consultation,
    path         text NOT NULL,
    text         text NOT NULL,
    version      integer NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (consultation, path)
);
CREATE TABLE {schema}.draft_version (                  -- every text that a file had
    consultation text NOT NULL,
    path         text NOT NULL,
    version      integer NOT NULL,
    text         text NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (consultation, path, version)
);
CREATE TABLE {schema}.change (
    id           bigint PRIMARY KEY,
    consultation text NOT NULL REFERENCES {schema}.consultation,
    path         text NOT NULL,
    requirement  text NOT NULL,
    before       text NOT NULL,
    after        text NOT NULL,
    why          text NOT NULL,
    at           timestamptz NOT NULL
);
CREATE INDEX change_consultation ON {schema}.change (consultation, id);
CREATE TABLE {schema}.change_cause (
    change       bigint NOT NULL REFERENCES {schema}.change,
    contribution bigint NOT NULL REFERENCES {schema}.contribution,
    PRIMARY KEY (change, contribution)
);
CREATE INDEX change_cause_contribution ON {schema}.change_cause (contribution);

CREATE TABLE {schema}.canned (
    id      bigint PRIMARY KEY,
    label   text NOT NULL,
    outcome text NOT NULL,
    text    text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    kept    boolean NOT NULL DEFAULT true
);
CREATE TABLE {schema}.note (                           -- an editor's draft of an answer; not public
    contribution bigint PRIMARY KEY REFERENCES {schema}.contribution,
    text         text NOT NULL,
    version      integer NOT NULL,
    at           timestamptz NOT NULL
);

CREATE TABLE {schema}.notice (
    id       bigint PRIMARY KEY,
    actor    text NOT NULL REFERENCES {schema}.participant,
    kind     text NOT NULL,
    address  text NOT NULL,
    subject  text NOT NULL,
    text     text NOT NULL,
    at       timestamptz NOT NULL,
    state    text NOT NULL DEFAULT 'waiting',
    attempts integer NOT NULL DEFAULT 0,
    lease    timestamptz,                             -- until when a worker has it in hand
    sent     timestamptz
);
CREATE INDEX notice_waiting ON {schema}.notice (id) WHERE state = 'waiting';

-- Counters --------------------------------------------------------------------------------------------------------------

CREATE TABLE {schema}.tally (                          -- contributions by what is asked about them
    consultation text NOT NULL,
    chapter      text NOT NULL,
    kind         text NOT NULL,
    author_kind  text NOT NULL,
    state        text NOT NULL,
    outcome      text NOT NULL,
    n            integer NOT NULL,
    PRIMARY KEY (consultation, chapter, kind, author_kind, state, outcome)
);
CREATE TABLE {schema}.anchored (                       -- shown contributions by place
    consultation text NOT NULL,
    chapter      text NOT NULL,
    block        text NOT NULL,
    requirement  text NOT NULL,
    n            integer NOT NULL,
    PRIMARY KEY (consultation, chapter, block, requirement)
);
CREATE TABLE {schema}.received (                       -- contributions by day
    consultation text NOT NULL,
    day          date NOT NULL,
    n            integer NOT NULL,
    PRIMARY KEY (consultation, day)
);
CREATE TABLE {schema}.taking_part (                    -- who contributed to what, and how much of it is shown
    consultation text NOT NULL,
    actor        text NOT NULL,
    n            integer NOT NULL,
    PRIMARY KEY (consultation, actor)
);
CREATE TABLE {schema}.totals (
    consultation        text PRIMARY KEY,
    supports_verified   integer NOT NULL DEFAULT 0,
    supports_unverified integer NOT NULL DEFAULT 0,
    arguments           integer NOT NULL DEFAULT 0
);
CREATE TABLE {schema}.word (                           -- how many shown contributions hold a stem, and a word that has it
    consultation text NOT NULL,
    stem         text NOT NULL,
    surface      text NOT NULL,
    n            integer NOT NULL,
    PRIMARY KEY (consultation, stem)
);
CREATE INDEX word_n ON {schema}.word (consultation, n);

-- Count rows of contributions in (sign 1) or out (sign -1).
CREATE TYPE {schema}.counted AS (
    sign integer, consultation text, chapter text, block text, requirement text, actor text, kind text, state text,
    outcome text, title text, body text, stems text[], at timestamptz,
    supports_verified integer, supports_unverified integer, arguments integer
);
-- (The writer forbids hash joins for the sake of its own statements; here many rows may come at once.)
CREATE FUNCTION {schema}.count_contributions(rows {schema}.counted[]) RETURNS void LANGUAGE plpgsql
SET enable_hashjoin = on SET enable_seqscan = on AS $$
BEGIN
    INSERT INTO {schema}.tally AS t
    SELECT r.consultation, r.chapter, r.kind, p.kind, r.state, r.outcome, sum(r.sign)
    FROM unnest(rows) AS r JOIN {schema}.participant p ON p.actor = r.actor
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(r.sign) <> 0 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (consultation, chapter, kind, author_kind, state, outcome) DO UPDATE SET n = t.n + excluded.n;

    INSERT INTO {schema}.anchored AS t
    SELECT r.consultation, r.chapter, r.block, r.requirement, sum(r.sign) FROM unnest(rows) AS r WHERE r.state = 'shown'
    GROUP BY 1, 2, 3, 4 HAVING sum(r.sign) <> 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (consultation, chapter, block, requirement) DO UPDATE SET n = t.n + excluded.n;

    INSERT INTO {schema}.received AS t
    SELECT r.consultation, (r.at AT TIME ZONE 'Europe/Paris')::date, sum(r.sign)
    FROM unnest(rows) AS r WHERE r.state = 'shown'
    GROUP BY 1, 2 HAVING sum(r.sign) <> 0 ORDER BY 1, 2
    ON CONFLICT (consultation, day) DO UPDATE SET n = t.n + excluded.n;

    INSERT INTO {schema}.taking_part AS t
    SELECT r.consultation, r.actor, sum(r.sign) FROM unnest(rows) AS r WHERE r.state = 'shown'
    GROUP BY 1, 2 HAVING sum(r.sign) <> 0 ORDER BY 1, 2
    ON CONFLICT (consultation, actor) DO UPDATE SET n = t.n + excluded.n;

    INSERT INTO {schema}.totals AS t
    SELECT r.consultation, sum(r.sign * r.supports_verified), sum(r.sign * r.supports_unverified),
           sum(r.sign * r.arguments)
    FROM unnest(rows) AS r WHERE r.state = 'shown' GROUP BY 1 ORDER BY 1
    ON CONFLICT (consultation) DO UPDATE
    SET supports_verified = t.supports_verified + excluded.supports_verified,
        supports_unverified = t.supports_unverified + excluded.supports_unverified,
        arguments = t.arguments + excluded.arguments;

    INSERT INTO {schema}.word AS t
    SELECT held.consultation, held.stem, coalesce(said.surface, held.stem), held.n
    FROM (
        SELECT r.consultation, stem, sum(r.sign) AS n FROM unnest(rows) AS r, unnest(r.stems) AS stem
        WHERE r.state = 'shown' GROUP BY 1, 2 HAVING sum(r.sign) <> 0
    ) held
    LEFT JOIN (
        SELECT translate((ts_lexize('pg_catalog.french_stem', lower(token)))[1],
                         'àâäéèêëîïôöùûüÿç', 'aaaeeeeiioouuuyc') AS stem, min(lower(token)) AS surface
        FROM unnest(rows) AS r, ts_parse('default', r.title || ' ' || r.body)
        WHERE r.sign > 0 AND tokid IN (1, 2, 3, 9, 10, 11, 15, 16, 17) GROUP BY 1
    ) said USING (stem)
    ORDER BY 1, 2
    ON CONFLICT (consultation, stem) DO UPDATE SET n = t.n + excluded.n;
END $$;

CREATE FUNCTION {schema}.contribution_written() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = on SET enable_seqscan = on AS $$
DECLARE
    rows {schema}.counted[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(ROW(1, consultation, chapter, block, requirement, actor, kind, state, outcome, title, text, stems,
                             at, supports_verified, supports_unverified,
                             arguments_for + arguments_against)::{schema}.counted)
        INTO rows FROM new_rows;
    ELSE
        WITH changed AS (
            SELECT o.id FROM old_rows o JOIN new_rows n USING (id)
            WHERE (o.chapter, o.block, o.requirement, o.kind, o.state, o.outcome, o.stems,
                   o.supports_verified, o.supports_unverified, o.arguments_for, o.arguments_against)
               IS DISTINCT FROM
                  (n.chapter, n.block, n.requirement, n.kind, n.state, n.outcome, n.stems,
                   n.supports_verified, n.supports_unverified, n.arguments_for, n.arguments_against)
        )
        SELECT array_agg(r) INTO rows FROM (
            SELECT ROW(1, consultation, chapter, block, requirement, actor, kind, state, outcome, title, text, stems, at,
                       supports_verified, supports_unverified, arguments_for + arguments_against)::{schema}.counted
            FROM new_rows WHERE id IN (SELECT id FROM changed)
            UNION ALL
            SELECT ROW(-1, consultation, chapter, block, requirement, actor, kind, state, outcome, title, text, stems, at,
                       supports_verified, supports_unverified, arguments_for + arguments_against)::{schema}.counted
            FROM old_rows WHERE id IN (SELECT id FROM changed)
        ) AS both_sides (r);
    END IF;
    IF rows IS NOT NULL THEN
        PERFORM {schema}.count_contributions(rows);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contribution_inserted AFTER INSERT ON {schema}.contribution
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.contribution_written();
CREATE TRIGGER contribution_updated AFTER UPDATE ON {schema}.contribution
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.contribution_written();

-- Supports: verified participants apart.
CREATE FUNCTION {schema}.support_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE {schema}.contribution c
    SET supports_verified = c.supports_verified + s.verified, supports_unverified = c.supports_unverified + s.unverified
    FROM (
        SELECT r.contribution, sum(CASE WHEN p.verified THEN 1 ELSE 0 END) * (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END)
                   AS verified,
               sum(CASE WHEN p.verified THEN 0 ELSE 1 END) * (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END) AS unverified
        FROM touched r JOIN {schema}.participant p ON p.actor = r.actor GROUP BY r.contribution
    ) s WHERE c.id = s.contribution;
    RETURN NULL;
END $$;
CREATE TRIGGER support_inserted AFTER INSERT ON {schema}.support
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION {schema}.support_written();
CREATE TRIGGER support_deleted AFTER DELETE ON {schema}.support
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION {schema}.support_written();

-- A participant who is verified, or no longer: their supports change sides; who speaks as an organisation is counted so.
CREATE FUNCTION {schema}.participant_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.verified <> NEW.verified THEN
        UPDATE {schema}.contribution c
        SET supports_verified = c.supports_verified + (CASE WHEN NEW.verified THEN 1 ELSE -1 END),
            supports_unverified = c.supports_unverified + (CASE WHEN NEW.verified THEN -1 ELSE 1 END)
        FROM {schema}.support s WHERE s.actor = NEW.actor AND c.id = s.contribution;
    END IF;
    IF OLD.kind <> NEW.kind THEN
        INSERT INTO {schema}.tally AS t
        SELECT consultation, chapter, kind, side.author_kind, state, outcome, side.sign * count(*)
        FROM {schema}.contribution, (VALUES (OLD.kind, -1), (NEW.kind, 1)) AS side (author_kind, sign)
        WHERE actor = NEW.actor GROUP BY consultation, chapter, kind, side.author_kind, state, outcome, side.sign
        ON CONFLICT (consultation, chapter, kind, author_kind, state, outcome) DO UPDATE SET n = t.n + excluded.n;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER participant_updated AFTER UPDATE ON {schema}.participant
    FOR EACH ROW EXECUTE FUNCTION {schema}.participant_changed();

CREATE FUNCTION {schema}.argument_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE {schema}.contribution c
        SET arguments_for = c.arguments_for + a.pro, arguments_against = c.arguments_against + a.con
        FROM (
            SELECT contribution, count(*) FILTER (WHERE side = 'for') AS pro,
                   count(*) FILTER (WHERE side = 'against') AS con
            FROM new_rows WHERE state = 'shown' GROUP BY contribution
        ) a WHERE c.id = a.contribution;
    ELSE
        UPDATE {schema}.contribution c
        SET arguments_for = c.arguments_for + a.pro, arguments_against = c.arguments_against + a.con
        FROM (
            SELECT contribution, sum(sign) FILTER (WHERE side = 'for') AS pro, sum(sign) FILTER (WHERE side = 'against') AS con
            FROM (
                SELECT contribution, side, 1 AS sign FROM new_rows WHERE state = 'shown'
                UNION ALL SELECT contribution, side, -1 FROM old_rows WHERE state = 'shown'
                UNION ALL SELECT contribution, side.side, 0 FROM new_rows, (VALUES ('for'), ('against')) AS side (side)
            ) both_sides GROUP BY contribution
        ) a WHERE c.id = a.contribution AND (a.pro <> 0 OR a.con <> 0);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER argument_inserted AFTER INSERT ON {schema}.argument
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.argument_written();
CREATE TRIGGER argument_updated AFTER UPDATE ON {schema}.argument
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.argument_written();

CREATE FUNCTION {schema}.attachment_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE {schema}.contribution c SET attachments = c.attachments + a.n
    FROM (SELECT contribution, count(*) AS n FROM new_rows GROUP BY contribution) a WHERE c.id = a.contribution;
    RETURN NULL;
END $$;
CREATE TRIGGER attachment_inserted AFTER INSERT ON {schema}.attachment
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.attachment_written();
