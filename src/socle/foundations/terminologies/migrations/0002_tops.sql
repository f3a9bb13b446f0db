-- Concepts with nothing above them: the first level of a system is read at once, however large it is.
CREATE INDEX concept_tops ON {schema}.concept (edition, rank) WHERE ancestors = '{}';
