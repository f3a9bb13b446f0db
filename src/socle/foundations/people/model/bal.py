"""Mailboxes of MSSanté. Source: ANS, as-ext-mailbox-mss-metadata; JDV_J139."""

from dataclasses import dataclass
from enum import StrEnum


class TypeBAL(StrEnum):
    """Whose mailbox it is: a person's, a practice's, an organisation's, a piece of software's."""

    PER = "PER"
    CAB = "CAB"
    ORG = "ORG"
    APP = "APP"


@dataclass(frozen=True, slots=True)
class BAL:
    """A mailbox.

    rang         1 for the preferred one; 0 when nobody said
    liste_rouge  its holder does not want it in the public directory
    """

    adresse: str
    type: TypeBAL
    description: str = ""
    service: str = ""
    rang: int = 0
    liste_rouge: bool = False
