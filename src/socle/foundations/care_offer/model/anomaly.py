"""A report that something in the directory is wrong. Source: IG ROR, ror-task."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StatutAnomalie(StrEnum):
    """Where the report is. Source: TRE_R352-StatutMetierAnomalie."""

    CREE = "01"
    A_TRAITER = "02"
    ANNULE = "03"
    BLOQUE_SANS_DESTINATAIRE = "04"
    ENVOYE = "05"
    TOLERE_TEMPORAIREMENT = "06"
    TOLERE_DEFINITIVEMENT = "07"
    CORRIGE = "08"
    REFUSE = "09"
    A_VERIFIER = "10"
    BLOQUE_DESTINATAIRE_ERRONE = "11"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A report as people handle it.

    focus     what it is about: "Location/12"
    reporter  who reported, as this house knows them
    answer    what the owner said, "" when nothing yet
    """

    id: str
    status: StatutAnomalie
    theme: str
    description: str
    focus: str
    reporter: str
    system: str
    created: datetime
    changed: datetime
    answer: str = ""
