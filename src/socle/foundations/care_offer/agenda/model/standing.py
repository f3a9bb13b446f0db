"""Where an appointment stands, and what may happen to it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Appointment.status. Source: FHIR R4 valueset-appointmentstatus.html (without the waitlist, which no guide uses)."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    CHECKED_IN = "checked-in"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"

    @property
    def holds(self) -> bool:
        """Whether it holds its slots."""
        return self not in (Status.CANCELLED, Status.ENTERED_IN_ERROR)

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen to it any more but a correction."""
        return self in (Status.FULFILLED, Status.CANCELLED, Status.NOSHOW, Status.ENTERED_IN_ERROR)


class Event(StrEnum):
    """What happens to an appointment."""

    REQUEST = "request"
    BOOK = "book"
    CONFIRM = "confirm"
    MOVE = "move"
    ARRIVE = "arrive"
    CHECK_IN = "check-in"
    FULFIL = "fulfil"
    MISS = "miss"
    CANCEL = "cancel"
    CORRECT = "correct"


@dataclass(frozen=True, slots=True)
class Standing:
    """An appointment as rules see it.

    start, end  aware
    slots       ids of the slots that it holds
    """

    status: Status
    start: datetime | None
    end: datetime | None
    slots: tuple[str, ...] = ()
