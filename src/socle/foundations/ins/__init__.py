"""INS: who is this patient, and how sure are we?

The identity desk creates identities, asks the national teleservice (INSi) for the matricule, records the document
shown and
reaches the right status; the INSi teleservice itself is served from a synthetic national base. Only a qualified
identity ever
carries the matricule outward. Doctrine: chapter “identité nationale de santé”; law: RNIV 1 v2.0 and the INS
référentiel.
"""
