"""INSi, the national teleservice of identities, played by this house on synthetic people.

A publisher's software calls it by SOAP 1.2 at `/insi/lps` as it would call the national one; a list of identities is
verified by `/insi/lot` (a format of ours). Doctrine: référentiel INS, RNIV 1 v2.0; spec sheet: docs/guides/insi.md.
"""
