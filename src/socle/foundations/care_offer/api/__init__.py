"""The FHIR server of the care offer."""

from socle.foundations.care_offer.api.endpoint import ENDPOINT

__all__ = ["ENDPOINT"]
