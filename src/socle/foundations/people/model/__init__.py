"""What the register knows: numbers, columns of its files, mailboxes, a professional as found."""

from socle.foundations.people.model.bal import BAL, TypeBAL
from socle.foundations.people.model.colonnes import ACTIVITE, DIPLOME, LABELS, SAVOIR_FAIRE, Ligne, Sorte
from socle.foundations.people.model.identifiants import (
    ID_NAT_PS,
    SERIE_ENROLEMENT,
    id_nat_ps,
    is_id_nat_ps,
    is_numero_rpps,
    numero_enrole,
)
from socle.foundations.people.model.lots import Ecarts, EtatLot, Rejet
from socle.foundations.people.model.professionnel import Adresse, Professionnel, Situation, Trouves

__all__ = [
    "ACTIVITE",
    "BAL",
    "DIPLOME",
    "ID_NAT_PS",
    "LABELS",
    "SAVOIR_FAIRE",
    "SERIE_ENROLEMENT",
    "Adresse",
    "Ecarts",
    "EtatLot",
    "Ligne",
    "Professionnel",
    "Rejet",
    "Situation",
    "Sorte",
    "Trouves",
    "TypeBAL",
    "id_nat_ps",
    "is_id_nat_ps",
    "is_numero_rpps",
    "numero_enrole",
]
