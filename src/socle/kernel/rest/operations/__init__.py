"""Operations of FHIR R4 that any register may offer, one file each: put them in an Endpoint's `operations`."""
