-- Names are asked together (family and given): their beginnings of two and of five letters are tokens now, made as
-- `kernel.search.types.string.begun` makes them. Keys are those of Practitioner's name, family and given.
UPDATE {schema}.resource AS r SET toks = r.toks || b.toks
FROM (
    SELECT s.rid, array_agg(DISTINCT s.param # ('x' || rpad(left(encode(convert_to(left(s.value, n), 'UTF8'), 'hex'), 16), 16, '0'))
                            ::bit(64)::bigint) AS toks
    FROM {schema}.ix_str AS s, (VALUES (2), (5)) AS sizes (n)
    WHERE s.param IN (1429591683516528415, 8598754198624080916, 3690455420399301920) AND length(s.value) >= n
    GROUP BY s.rid
) AS b
WHERE r.rid = b.rid;
-- Who practises in a town is kept in order too (key of Practitioner's town), under the name with spaces and with hyphens.
INSERT INTO {schema}.ix_str (rid, param, value)
SELECT DISTINCT r.rid, -1498770118478347860, form
FROM {schema}.situation AS s JOIN {schema}.resource AS r ON r.fid = s.praticien AND NOT r.deleted,
     LATERAL (VALUES (s.commune), (replace(s.commune, ' ', '-'))) AS forms (form)
WHERE s.commune <> '';
-- What a cut load had built has not these keys: it begins again.
UPDATE {schema}.lot SET etat = 'abandonne' WHERE etat IN ('construction', 'bascule');
