"""Operational security: what happened in the house, and the proof that the account of it is whole.

Every access to a person's data leaves a trace (who, for whom, on what ground, when, by what means); this module shows
the traces to those who may see them, as pages and as FHIR AuditEvents, and says how far the chains that bind them
have been verified. Doctrine: chapter “sécurité opérationnelle”; PGSSI-S, référentiel d'imputabilité.
"""
