-- A town is asked beside a category: the beginnings of two and of five letters of towns and names are tokens now, made as
-- `kernel.search.types.string.begun` makes them. Keys are those of Organization's name and address-city.
UPDATE {schema}.resource AS r SET toks = r.toks || b.toks
FROM (
    SELECT s.rid, array_agg(DISTINCT s.param # ('x' || rpad(left(encode(convert_to(left(s.value, n), 'UTF8'), 'hex'), 16), 16, '0'))
                            ::bit(64)::bigint) AS toks
    FROM {schema}.ix_str AS s, (VALUES (2), (5)) AS sizes (n)
    WHERE s.param IN (-4698571927901566040, -6398042084380195835) AND length(s.value) >= n
    GROUP BY s.rid
) AS b
WHERE r.rid = b.rid;
