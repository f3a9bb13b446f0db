"""Traces: who did what to whose data, on what ground, when, by what means; and the chain that proves it.

`Trace` is what every write must be given, `Event` is what is recorded, `chain` links events by hash,
`audit_event` renders one as a FHIR AuditEvent.
"""

from socle.kernel.audit.event import Action, Event, Outcome, Trace

__all__ = ["Action", "Event", "Outcome", "Trace"]
