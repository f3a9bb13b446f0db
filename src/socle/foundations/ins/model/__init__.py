"""Identités, traits, matricules: frozen values, named as the law names them; what is forbidden cannot be built.

Sources: RNIV 1 v2.0 (December 2024), référentiel INS v2, Guide d'implémentation INS v3.0, FR Core 2.2.0.
"""

from socle.foundations.ins.model.declaration import Declaration
from socle.foundations.ins.model.document import Accompagnement, Controle, Piece, Situation, TypeDocument
from socle.foundations.ins.model.identite import Identite, Recuperation
from socle.foundations.ins.model.lunar_date import LunarDate
from socle.foundations.ins.model.matricule import (
    INS,
    AutoriteAffectation,
    INSHistorique,
    MatriculeINS,
    Nature,
    Usage,
    cle_nir,
)
from socle.foundations.ins.model.nom import normalise_nom, normalise_prenom
from socle.foundations.ins.model.statut import Attribut, MethodeRecueil, StatutIdentite, VersionFRCore
from socle.foundations.ins.model.teleservice import CodeRetour, DemandeINSi, Individu, ReponseINSi, TeleserviceINSi
from socle.foundations.ins.model.traits import LIEU_INCONNU, Sexe, TraitsComplementaires, TraitsStricts

__all__ = [
    "INS",
    "LIEU_INCONNU",
    "Accompagnement",
    "Attribut",
    "AutoriteAffectation",
    "CodeRetour",
    "Controle",
    "Declaration",
    "DemandeINSi",
    "INSHistorique",
    "Identite",
    "Individu",
    "LunarDate",
    "MatriculeINS",
    "MethodeRecueil",
    "Nature",
    "Piece",
    "Recuperation",
    "ReponseINSi",
    "Sexe",
    "Situation",
    "StatutIdentite",
    "TeleserviceINSi",
    "TraitsComplementaires",
    "TraitsStricts",
    "TypeDocument",
    "Usage",
    "VersionFRCore",
    "cle_nir",
    "normalise_nom",
    "normalise_prenom",
]
