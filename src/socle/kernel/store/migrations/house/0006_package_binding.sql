-- Which value set each element of a profile is bound to, so that "where is this value set used" is one look
-- (kernel.store.bindings). Only what a profile states itself, not what it inherits.

CREATE TABLE house.package_binding (
    package   bigint NOT NULL REFERENCES house.package ON DELETE CASCADE,
    n         integer NOT NULL,                          -- the StructureDefinition, of package_resource
    element   text NOT NULL,                             -- id of the element, "Patient.maritalStatus"
    strength  text COLLATE "C" NOT NULL,                 -- of the binding; "maximum" for the largest set allowed
    value_set text COLLATE "C" NOT NULL,                 -- canonical URL, without its version
    version   text COLLATE "C" NOT NULL                  -- the version asked, "" for any
);
CREATE INDEX package_binding_value_set ON house.package_binding USING hash (value_set);
CREATE INDEX package_binding_package ON house.package_binding (package);

ALTER TABLE house.package ADD COLUMN bound boolean NOT NULL DEFAULT false;  -- whether its bindings are written
