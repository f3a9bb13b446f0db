"""The life of an appointment, as a table. What is not in it is refused.

Sources: FHIR R4 appointment.html (statuses), GAP flux 6a and 6b, SAS guide (pending, booked, fulfilled, noshow, cancelled).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from socle.foundations.care_offer.agenda.model import Event, Standing, Status
from socle.kernel.outcome import Allowed, Decision, Refused, Text

_S, _E = Status, Event
TRANSITIONS: Final[Mapping[tuple[Status | None, Event], Status]] = {
    (None, _E.REQUEST): _S.PENDING,
    (None, _E.BOOK): _S.BOOKED,
    (_S.PROPOSED, _E.REQUEST): _S.PENDING,
    (_S.PROPOSED, _E.CONFIRM): _S.BOOKED,
    (_S.PROPOSED, _E.MOVE): _S.PROPOSED,
    (_S.PROPOSED, _E.CANCEL): _S.CANCELLED,
    (_S.PENDING, _E.CONFIRM): _S.BOOKED,
    (_S.PENDING, _E.MOVE): _S.PENDING,
    (_S.PENDING, _E.CANCEL): _S.CANCELLED,
    (_S.BOOKED, _E.MOVE): _S.BOOKED,
    (_S.BOOKED, _E.ARRIVE): _S.ARRIVED,
    (_S.BOOKED, _E.CHECK_IN): _S.CHECKED_IN,
    (_S.BOOKED, _E.FULFIL): _S.FULFILLED,
    (_S.BOOKED, _E.MISS): _S.NOSHOW,
    (_S.BOOKED, _E.CANCEL): _S.CANCELLED,
    (_S.ARRIVED, _E.CHECK_IN): _S.CHECKED_IN,
    (_S.ARRIVED, _E.FULFIL): _S.FULFILLED,
    (_S.ARRIVED, _E.CANCEL): _S.CANCELLED,
    (_S.CHECKED_IN, _E.FULFIL): _S.FULFILLED,
    (_S.NOSHOW, _E.FULFIL): _S.FULFILLED,
    **{(status, _E.CORRECT): _S.ENTERED_IN_ERROR for status in _S if status is not _S.ENTERED_IN_ERROR},
}
_BY_STATUS: Final[Mapping[tuple[Status | None, Status], Event]] = {
    (before, after): event for (before, event), after in TRANSITIONS.items() if before is not after
} | {(None, _S.PROPOSED): _E.REQUEST}
_AFTER_START: Final = frozenset({_E.MISS, _E.FULFIL})  # what can only be said once it has begun


def event_of(before: Standing | None, after: Standing) -> Event | None:
    """What happened between two versions of an appointment: None when neither its status nor its time changed."""
    was = before.status if before else None
    if was is after.status:
        moved = before is not None and (before.start, before.end, before.slots) != (after.start, after.end, after.slots)
        return Event.MOVE if moved else None
    return _BY_STATUS.get((was, after.status), Event.CORRECT)


def next_status(before: Standing | None, after: Standing, *, now: datetime) -> Decision:
    """Whether an appointment may go from `before` to `after`, now."""
    event, was = event_of(before, after), before.status if before else None
    if event is None:
        return Allowed("appointment unchanged")
    if was is None and after.status is _S.PROPOSED:
        return Allowed("appointment request")
    if TRANSITIONS.get((was, event)) is not after.status:
        return _refused_step(was, after.status)
    if event in _AFTER_START and after.start is not None and after.start > now:
        return Refused(
            Text(
                "Le rendez-vous n'a pas commencé : il ne peut être ni honoré ni manqué. Annulez-le, ou attendez son heure.",
                "The appointment has not begun: it can be neither fulfilled nor missed. Cancel it, or wait for its time.",
            ),
            "AGD-RDV-HEURE",
            ("Appointment.status",),
        )
    if event is _E.MOVE and before is not None and before.start is not None and before.start <= now:
        return Refused(
            Text(
                "Le rendez-vous a commencé : il ne se déplace plus. Annulez-le et prenez-en un autre.",
                "The appointment has begun: it can no longer be moved. Cancel it and take another.",
            ),
            "AGD-RDV-HEURE",
            ("Appointment.start",),
        )
    return Allowed(f"appointment {event.value}")


def _refused_step(was: Status | None, wanted: Status) -> Refused:
    reached = sorted({after.value for (before, _), after in TRANSITIONS.items() if before is was and after is not was})
    if was is None:
        reached.append(Status.PROPOSED.value)
    known = ", ".join(reached) or "—"
    return Refused(
        Text(
            f"Un rendez-vous {'nouveau' if was is None else was.value} ne devient pas {wanted.value}. Possible : {known}.",
            f"A{' new' if was is None else ''} appointment {'' if was is None else was.value + ' '}does not become "
            f"{wanted.value}. Possible: {known}.",
        ),
        "AGD-RDV-STATUT",
        ("Appointment.status",),
    )


def mermaid() -> str:
    """The table as a Mermaid diagram."""
    lines = ["stateDiagram-v2"]
    for (before, event), after in TRANSITIONS.items():
        if event is not Event.CORRECT:
            shown = "[*]" if before is None else before.value.replace("-", "_")
            lines.append(f"    {shown} --> {after.value.replace('-', '_')}: {event.value}")
    return "\n".join(lines) + "\n"
