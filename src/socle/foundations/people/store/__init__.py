"""How the directory is kept: FHIR resources, the tables of loads, the projection that pages search."""
