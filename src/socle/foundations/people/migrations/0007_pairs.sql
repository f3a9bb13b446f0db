-- Two names that are asked together, a town and a profession: who has both is named in order (`kernel.search.pairs`). Keys are those of
-- Practitioner's pairs of texts of name, and of town with qualification-code; of which codes, the register says.
INSERT INTO {schema}.ix_str (rid, param, value)
SELECT DISTINCT a.rid, 2563105931159080757,
    least(left(a.value, 4), left(b.value, 4)) || '|' || greatest(left(a.value, 4), left(b.value, 4))
FROM {schema}.ix_str AS a JOIN {schema}.ix_str AS b ON b.rid = a.rid AND b.param = a.param AND b.value > a.value
WHERE a.param = 1429591683516528415 AND length(a.value) >= 4 AND length(b.value) >= 4;
INSERT INTO {schema}.ix_str (rid, param, value)
SELECT DISTINCT t.rid, -5153103331967086261, t.value || '|' || s.profession
FROM {schema}.ix_str AS t JOIN {schema}.resource AS r ON r.rid = t.rid AND NOT r.deleted
    JOIN {schema}.situation AS s ON s.praticien = r.fid
WHERE t.param = -1498770118478347860 AND s.profession ~ '^[0-9]{2}$';
-- What a cut load had built has not these rows: it begins again.
UPDATE {schema}.lot SET etat = 'abandonne' WHERE etat IN ('construction', 'bascule');
