"""A batch: its states, the reasons why a line is not confirmed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

RETENTION: Final = timedelta(days=7)
ABANDONED: Final = timedelta(hours=6)  # no upload lasts that long
MAX_LINES: Final = 1_000_000
MAX_LOTS: Final = 50  # of one actor, at the same time
MAX_BYTES: Final = 512 * 1024 * 1024
MAX_LINE: Final = 2_000  # bytes

COLUMNS: Final = ("matricule", "oid", "nom_naissance", "prenoms", "sexe", "date_naissance")
OPTIONAL: Final = ("lieu_naissance", "reference")


class Etat(StrEnum):
    """States of a batch."""

    RECEPTION = "reception"
    ATTENTE = "attente"
    TRAITEMENT = "traitement"
    TERMINE = "termine"
    ANNULE = "annule"


# From a state to those that may follow it.
TRANSITIONS: Final[dict[Etat, frozenset[Etat]]] = {
    Etat.RECEPTION: frozenset({Etat.ATTENTE}),
    Etat.ATTENTE: frozenset({Etat.TRAITEMENT, Etat.ANNULE}),
    Etat.TRAITEMENT: frozenset({Etat.TERMINE, Etat.ANNULE}),
    Etat.TERMINE: frozenset(),
    Etat.ANNULE: frozenset(),
}
FINAL: Final = frozenset(state for state, following in TRANSITIONS.items() if not following)


class Motif(StrEnum):
    """Why a line is OK or KO."""

    OK = "OK"
    FORMAT = "FORMAT"  # the line cannot be read; detail says which column
    OID = "OID"  # not an OID of the INS
    CLE = "CLE"  # the key does not match the number, under a production OID
    INCONNU = "INCONNU"  # nobody carries this number under this OID
    ANCIEN = "ANCIEN"  # somebody carried it, and carries another one now
    TRAITS = "TRAITS"  # the active INS of somebody whose traits differ; detail lists them


@dataclass(frozen=True, slots=True)
class Ligne:
    """One identity to verify, normalised; `motif` is set when reading it was enough to say no."""

    n: int
    reference: str | None = None
    matricule: str | None = None
    oid: str | None = None
    nom_naissance: str | None = None
    prenoms: str | None = None
    sexe: str | None = None
    date_naissance: str | None = None
    lieu_naissance: str | None = None
    motif: Motif | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch and how far it went. `done` is the number of the last verified line of the file."""

    key: int
    id: str
    owner: str
    state: Etat
    created: datetime
    expires: datetime
    lines: int
    done: int
    ok: int
    ko: int
