-- Structures whose resources are made otherwise since they were shown: they are shown again after the start, and leave this table.
CREATE TABLE {schema}.owed (numero text COLLATE "C" PRIMARY KEY);

-- Social equipment and activities authorised by modality and mention (AMM) are told in the national nomenclatures now. The mention,
-- the practice and the declaration of an AMM have the names of their XML feed.
UPDATE {schema}.part SET facts = facts - 'ptsamm' - 'declarationamm'
    || CASE WHEN facts ? 'ptsamm' THEN jsonb_build_object('pts', facts -> 'ptsamm') ELSE '{}' END
    || CASE WHEN facts ? 'declarationamm' THEN jsonb_build_object('declaration', facts -> 'declarationamm') ELSE '{}' END
WHERE facts ?| ARRAY['ptsamm', 'declarationamm'];

INSERT INTO {schema}.owed
SELECT DISTINCT p.owner FROM {schema}.part p JOIN {schema}.structure s ON s.numero = p.owner
WHERE p.kind = 6 OR p.facts ->> 'nature' = 'AMM';
