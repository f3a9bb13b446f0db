"""The FHIR face of the desk: `endpoint` declares it, `operations` and `admission` parse, call one action, answer."""

from socle.foundations.ins.api.endpoint import ENDPOINT

__all__ = ["ENDPOINT"]
