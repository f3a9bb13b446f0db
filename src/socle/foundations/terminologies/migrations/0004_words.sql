-- A word of a large edition begins with the number of the edition: what another large one says is not read to answer a text filter.
-- Small editions share the plain words; a filter on one of them goes through its concepts.
ALTER TABLE {schema}.edition ADD COLUMN own boolean NOT NULL DEFAULT false;
UPDATE {schema}.edition SET own = true WHERE concepts > 5000;
UPDATE {schema}.concept c SET words = array_to_tsvector(ARRAY(
        SELECT c.edition || '~' || w FROM unnest(tsvector_to_array(c.words)) AS w))
    FROM {schema}.edition e WHERE e.id = c.edition AND e.own;

DROP FUNCTION {schema}.settle(integer[], integer, bigint);
-- Bring staged editions in: hierarchy closed level by level, then concepts, then properties. An edition whose codes are
-- given twice, whose parents do not exist, or whose hierarchy is circular, deeper than `deepest` or of more than `most`
-- pairs is refused, and all those asked with it: `edition.told` says why. One of more than `large` concepts has words of its own.
CREATE FUNCTION {schema}.settle(asked integer[], deepest integer, most bigint, large integer) RETURNS void LANGUAGE plpgsql
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

    UPDATE {schema}.edition e SET concepts = c.n, own = c.n > large
        FROM (SELECT s.edition, count(*)::integer AS n FROM {schema}.stage s WHERE s.edition = ANY(asked) GROUP BY 1) AS c
        WHERE e.id = c.edition;
    INSERT INTO {schema}.concept
        SELECT s.edition, s.rank, s.key, s.code, s.display, s.flags, coalesce(a.ancestors, '{}'), s.facts,
            array_to_tsvector(CASE WHEN e.own THEN ARRAY(SELECT e.id || '~' || w FROM unnest(s.words) AS w) ELSE s.words END)
        FROM {schema}.stage s JOIN {schema}.edition e ON e.id = s.edition LEFT JOIN (
            SELECT c.edition, c.descendant, array_agg(c.ancestor ORDER BY c.ancestor) AS ancestors
            FROM {schema}.closure c WHERE c.edition = ANY(asked) GROUP BY c.edition, c.descendant
        ) a ON a.edition = s.edition AND a.descendant = s.rank
        WHERE s.edition = ANY(asked) ORDER BY s.edition, s.rank;
    INSERT INTO {schema}.property
        SELECT DISTINCT k, s.edition, s.rank FROM {schema}.stage s CROSS JOIN LATERAL unnest(s.props) AS k
        WHERE s.edition = ANY(asked) AND s.props IS NOT NULL;
    UPDATE {schema}.edition e SET state = 'kept' WHERE e.id = ANY(asked);
    DELETE FROM {schema}.stage WHERE edition = ANY(asked);
END $$;
