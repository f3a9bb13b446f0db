"""Shared agendas: schedules give slots, slots are taken once, regulators of the SAS see those of every publisher.

Two FHIR servers on one register: `/agenda/fhir` (gestion d'agendas partagés) and `/sas/fhir` (service d'accès aux soins).
Chapter: care_offer. Sources: ans.fhir.fr.gap 3.0.0, ans.fhir.fr.sas 1.2.0.
"""
