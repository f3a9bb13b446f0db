"""The FHIR server of the directory."""

from socle.foundations.people.api.endpoint import ENDPOINT

__all__ = ["ENDPOINT"]
