"""The FHIR face of the terminologies: `endpoint` declares it, `operations` parse, call one action, answer."""

from socle.foundations.terminologies.api.endpoint import ENDPOINT

__all__ = ["ENDPOINT"]
