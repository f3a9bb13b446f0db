-- A person may be enrolled by several employers, and come back: the number is the person's, the situation is the row's.
ALTER TABLE {schema}.enrolement DROP CONSTRAINT enrolement_rpps_key;
ALTER TABLE {schema}.enrolement DROP CONSTRAINT enrolement_nom_prenom_naissance_structure_key;
CREATE INDEX enrolement_naissance ON {schema}.enrolement (naissance);
CREATE INDEX enrolement_role ON {schema}.enrolement (role);
CREATE INDEX enrolement_employeur ON {schema}.enrolement (employeur, rang);
