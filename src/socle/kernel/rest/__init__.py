"""FHIR over HTTP: one table of checks, one file per interaction."""
