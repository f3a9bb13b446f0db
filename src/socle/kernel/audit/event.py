"""A trace (the circumstances) and an event (what happened)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """AuditEvent.action. Source: FHIR R4 valueset-audit-event-action.html."""

    CREATE = "C"
    READ = "R"
    UPDATE = "U"
    DELETE = "D"
    EXECUTE = "E"


class Outcome(StrEnum):
    """AuditEvent.outcome. Source: FHIR R4 valueset-audit-event-outcome.html."""

    SUCCESS = "0"
    REFUSED = "4"  # the request was wrong or not allowed
    FAILED = "8"  # the house failed


@dataclass(frozen=True, slots=True)
class Trace:
    """The circumstances of an access, known before it happens. Every write takes one.

    who, name, role, structure, means   the actor, as `policy.Actor` knows it (role: space separated)
    ground       on what ground: the reason of the decision that allowed it, or the purpose declared by the caller
    at           aware datetime, UTC
    register     name of the register, e.g. "ins"
    interaction  FHIR interaction or named operation, e.g. "read", "search-type", "insi:rechercherInsAvecTraitsIdentite"
    request      identifier of the request (also in the X-Request-Id header and the logs)
    source       network address of the caller, "" inside the house
    """

    who: str
    name: str
    role: str
    structure: str
    means: str
    ground: str
    at: datetime
    register: str
    interaction: str
    request: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, ready to be chained and kept.

    entities  references touched, with version where known: "Patient/1/_history/2"
    concerns  references of the persons whose data were touched: "Patient/1"
    query     search string or operation argument, "" when none (never a body)
    detail    one line more, e.g. the rule that refused
    """

    trace: Trace
    action: Action
    outcome: Outcome = Outcome.SUCCESS
    entities: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    query: str = ""
    detail: str = ""
