-- Towns are looked for by their names, as the FINESS writes them.
CREATE INDEX structure_town ON {schema}.structure ((facts ->> 'libcommune') COLLATE "C");
CREATE INDEX structure_cog ON {schema}.structure ((facts ->> 'cog'));
