-- Members of a group are looked for by the key of their memberships.
CREATE INDEX part_group ON {schema}.part (key, owner) WHERE kind = 12;
