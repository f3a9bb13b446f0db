"""The traces over FHIR: `/audit/fhir`, read-only. `server` is the door, `parameters` reads what is asked."""

from socle.foundations.operational_security.api.server import BASE, audit_server

__all__ = ["BASE", "audit_server"]
