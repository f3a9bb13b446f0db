"""An enrolment by the employer (RPPS+): who, as what, where, from when."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Enrolement:
    """What an employer declares.

    naissance  with the names, tells whether the person has a number already; published nowhere
    fonction   code of the function (TRE_R21, TRE_R96), as the directory names them
    structure  id of the Organization where the person works
    """

    nom: str
    prenom: str
    naissance: date
    fonction: str
    structure: str
    arrivee: date


@dataclass(frozen=True, slots=True)
class Enrole:
    """An enrolment as it is kept: the number that was issued, the ids of what was published."""

    numero_rpps: str
    praticien: str
    role: str
    nom: str
    prenom: str
    fonction: str
    structure: str
    employeur: str
    arrivee: date
    depart: date | None = None
