-- The piece of its file that a line was in at the last load: a piece that is there again brings nothing. Null: unknown, or of a
-- piece in which a line was left out.
ALTER TABLE {schema}.ligne ADD COLUMN bloc bigint;
-- What a cut load had read has no pieces: it begins again.
UPDATE {schema}.lot SET etat = 'abandonne' WHERE etat IN ('lecture', 'calcul', 'construction', 'bascule');
