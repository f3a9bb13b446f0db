"""What the national base holds and answers, beside what `ins.model` already says of a search (DemandeINSi, CodeRetour).

Names are those of the published messages (INSiRecVit, INSiResultat).
"""

from dataclasses import dataclass
from datetime import date

from socle.foundations.ins.model import CodeRetour


@dataclass(frozen=True, slots=True)
class Carte:
    """What a search by Vitale card presents: RECVITALE.

    matricule_individu  the beneficiary's own number (13 characters), "" when the card does not hold it
    matricule_od        the number of the insured person on whose account the beneficiary is
    date_naissance      yyyy-MM-dd, unknown parts 00, "" when absent
    rang_naissance      birth rank: tells twins apart; not used (the base knows no rank)
    """

    matricule_individu: str = ""
    matricule_od: str = ""
    nom_naissance: str = ""
    date_naissance: str = ""
    rang_naissance: str = ""


@dataclass(frozen=True, slots=True)
class Identifiant:
    """A national health identifier as the base keeps it: IdentifiantNationalSante."""

    matricule: str
    cle: str
    oid: str
    date_deb: date | None = None
    date_fin: date | None = None


@dataclass(frozen=True, slots=True)
class Fiche:
    """A person of the national base. `ref` is the base's internal key, the only thing that a trace keeps of a person.

    lieu_naissance  "" when the base does not know it
    has_histo       whether it had other identifiers before; `histo` holds them, once asked for, the most recent first
    """

    ref: int
    nom_naissance: str
    liste_prenoms: str
    sexe: str
    date_naissance: str
    lieu_naissance: str
    actif: Identifiant
    has_histo: bool = False
    histo: tuple[Identifiant, ...] = ()


@dataclass(frozen=True, slots=True)
class Reponse:
    """RESULTAT: the person is there exactly when the code is 00; `candidats` is how many answered (for the trace)."""

    code: CodeRetour
    fiche: Fiche | None = None
    candidats: int = 0

    def __post_init__(self) -> None:
        if (self.code is CodeRetour.UNE) != (self.fiche is not None):
            raise ValueError("INDIVIDU goes with code 00 and only with it")
