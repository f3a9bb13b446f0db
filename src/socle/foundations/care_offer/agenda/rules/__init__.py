"""What the guides allow: slots from openings, the life of an appointment, who may take a slot, the forms of a search. Pure."""

from socle.foundations.care_offer.agenda.rules.booking import (
    Asker,
    Taken,
    may_administer,
    may_change,
    may_declare,
    may_delete_schedule,
    may_see,
    may_take,
)
from socle.foundations.care_offer.agenda.rules.slots import derive
from socle.foundations.care_offer.agenda.rules.transitions import TRANSITIONS, event_of, mermaid, next_status

__all__ = [
    "TRANSITIONS",
    "Asker",
    "Taken",
    "derive",
    "event_of",
    "may_administer",
    "may_change",
    "may_declare",
    "may_delete_schedule",
    "may_see",
    "may_take",
    "mermaid",
    "next_status",
]
