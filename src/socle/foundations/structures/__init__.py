"""Structures (FINESS): legal entities, their establishments, what they are authorised to do, where they are.

The register is fed by the files that the FINESS really publishes, and served over FHIR. Doctrine: actors, legal persons.
"""
