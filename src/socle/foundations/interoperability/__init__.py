"""Interoperability: the specifications that services speak, and a place to try them.

Today it holds the sandbox, a FHIR server that accepts every R4 resource type; the validator, the terminologies and the
registry of specifications come with the interoperability engine. Doctrine: chapter "Interopérabilité".
"""
