"""Terminologies: code systems, value sets and maps, served over FHIR as the national multi-terminology server (SMT) does.

Loaders read the formats in which terminologies are published. Chapter 2.3 of the doctrine (interoperability).
"""
