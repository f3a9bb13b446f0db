-- Relationships between concepts of one edition, for expression constraints (SNOMED CT): `kind` and `value` are ranks; kind 0
-- says that `source` is a member of the reference set `value`; value 0, that the value is `literal`.
CREATE TABLE {schema}.relation (
    edition integer NOT NULL,
    kind    integer NOT NULL,
    value   integer NOT NULL,
    source  integer NOT NULL,
    grp     integer NOT NULL,
    literal text COLLATE "C" NOT NULL
);
CREATE INDEX relation_kind ON {schema}.relation (edition, kind, value);
CREATE INDEX relation_source ON {schema}.relation (edition, source);

-- Which editions have theirs.
CREATE TABLE {schema}.related (edition integer PRIMARY KEY);

CREATE FUNCTION {schema}.relate(asked integer) RETURNS void LANGUAGE plpgsql
    -- As in `settle`: whole tables are joined, where the session of writers is set for look-ups by key.
    SET enable_seqscan = on SET enable_hashjoin = on SET enable_mergejoin = on SET enable_nestloop = off
    SET plan_cache_mode = force_custom_plan
    SET work_mem = '64MB'
AS $$
BEGIN
    IF EXISTS (SELECT FROM {schema}.related r WHERE r.edition = asked) THEN
        RETURN;
    END IF;
    ANALYZE {schema}.concept; -- what was just loaded has no statistics yet
    INSERT INTO {schema}.relation
        SELECT asked, k.rank, coalesce(t.rank, 0), c.rank, coalesce((v ->> 3)::integer, 0),
            CASE WHEN t.rank IS NULL THEN v ->> 1 ELSE '' END
        FROM {schema}.concept c
        CROSS JOIN LATERAL jsonb_array_elements(convert_from(c.facts, 'UTF8')::jsonb -> 'v') AS v
        JOIN {schema}.concept k ON k.edition = asked AND k.code = v ->> 0
        LEFT JOIN {schema}.concept t ON t.edition = asked AND t.code = v ->> 1 AND v ->> 2 = 'code'
        WHERE c.edition = asked AND c.facts IS NOT NULL;
    INSERT INTO {schema}.relation
        SELECT asked, 0, t.rank, c.rank, 0, ''
        FROM {schema}.concept c
        CROSS JOIN LATERAL jsonb_array_elements(convert_from(c.facts, 'UTF8')::jsonb -> 'v') AS v
        JOIN {schema}.concept t ON t.edition = asked AND t.code = v ->> 1
        WHERE c.edition = asked AND c.facts IS NOT NULL AND v ->> 0 = 'memberOf';
    INSERT INTO {schema}.related VALUES (asked);
END $$;
