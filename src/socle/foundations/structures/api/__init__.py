"""The register of structures over FHIR."""

from socle.foundations.structures.api.endpoint import BASE, ENDPOINT

__all__ = ["BASE", "ENDPOINT"]
