-- Periods that are open, indexed for a parameter learnt later, were given infinities; all others have the first and last moments.
UPDATE {schema}.ix_date
SET lo = CASE lo WHEN '-infinity' THEN '0001-01-01 00:00:00+00' ELSE lo END,
    hi = CASE hi WHEN 'infinity' THEN '9999-12-31 23:59:59.999999+00' ELSE hi END
WHERE lo = '-infinity' OR hi = 'infinity';
