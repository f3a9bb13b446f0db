-- The desk finds a name by any of its words (“costa” is DA COSTA): what a name is from its second word on is a row of its own, as
-- `store.identities` writes it. Keys are those of Patient's name, and of the words of a name. The given names that follow the first
-- are not in these rows: an identity that was kept before is found by them once it is written again.
INSERT INTO {schema}.ix_str (rid, param, value)
SELECT DISTINCT s.rid, -593715686748938580, array_to_string(w.words[n + 1:], ' ')
FROM {schema}.ix_str AS s, LATERAL (SELECT string_to_array(s.value, ' ') AS words) AS w,
    LATERAL generate_series(1, cardinality(w.words) - 1) AS n
WHERE s.param = -4013545120984129967 AND s.value LIKE '% %';
