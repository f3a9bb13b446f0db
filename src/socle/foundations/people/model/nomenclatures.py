"""Which code system names a code of the extraction: systems of the NOS, chosen by the column and, where a column mixes several,
by the shape of the code. The choice by shape is ours: the extraction gives codes without their systems.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

_NOS: Final = "https://mos.esante.gouv.fr/NOS"
_SMT: Final = "https://smt.esante.gouv.fr/fhir/CodeSystem"


def _nos_url(number: str, name: str) -> str:
    """The canonical URL of a code system of the NOS: `_nos_url("R02", "SecteurActivite")`."""
    return f"{_NOS}/TRE_{number}-{name}/FHIR/TRE-{number}-{name}"


AUTORITE: Final = "urn:oid:1.2.250.1.213.1.6.1.57"
MESSAGERIE: Final = _nos_url("R256", "TypeMessagerie")
TYPE_BAL: Final = _nos_url("R257", "TypeBAL")
_PROFESSION: Final = _nos_url("G15", "ProfessionSante")
_TITRE: Final = _nos_url("R95", "UsagerTitre")
_TITRES: Final = frozenset({"71", "72", "73", "77"})
_SPECIALITE: Final = _nos_url("R38", "SpecialiteOrdinale")
_KNOW_HOW: Final = (
    ("CEX", _nos_url("R40", "CompetenceExclusive")),
    ("CAPA", _nos_url("R43", "Capacite")),
    ("CAP", _nos_url("R43", "Capacite")),
    ("DSM", _nos_url("R42", "DESCnonQualifiant")),
    ("PAC", _nos_url("R44", "QualificationPAC")),
    ("FQ", _nos_url("R45", "FonctionQualifiee")),
    ("OP", _nos_url("R97", "DroitExerciceCompl")),
    ("S", _SPECIALITE),
    ("C", _nos_url("R39", "Competence")),
)
_DEGREES: Final = (
    ("DSM", _nos_url("R49", "DiplomeEtudeSpecialisee")),
    ("CES", _nos_url("R55", "CertificatEtudeSpeciale")),
)
_STATE_DEGREE: Final = _nos_url("R48", "DiplomeEtatFrancais")


def _profession(code: str) -> str:
    return _TITRE if code in _TITRES else _PROFESSION


def _savoir_faire(code: str) -> str:
    return next((system for start, system in _KNOW_HOW if code.startswith(start)), _SPECIALITE)


def _diplome(code: str) -> str:
    return next((system for start, system in _DEGREES if code.startswith(start)), _STATE_DEGREE)


def _role(code: str) -> str:
    return _nos_url("R21", "Fonction") if code.startswith("FON") else _nos_url("R96", "AutreFonctionSanitaire")


def _section(code: str) -> str:
    return _nos_url("R06", "SectionTableauCNOP") if len(code) == 1 else _nos_url("G05", "SousSectionTableauCNOP")


_SYSTEMS: Final[Mapping[str, str | Callable[[str], str]]] = {
    "profession": _profession,
    "categorie": _nos_url("R09", "CategorieProfessionnelle"),
    "type_savoir_faire": _nos_url("R04", "TypeSavoirFaire"),
    "savoir_faire": _savoir_faire,
    "type_diplome": _nos_url("R14", "TypeDiplome"),
    "diplome": _diplome,
    "mode": _nos_url("R23", "ModeExercice"),
    "role": _role,
    "genre": _nos_url("R22", "GenreActivite"),
    "section": _section,
    "secteur": _nos_url("R02", "SecteurActivite"),
    "autorite": AUTORITE,
    "equipement": _nos_url("R272", "EquipementMaterielLourd"),
    "activite": _nos_url("R274", "ActiviteSanitaireRegulee"),
    "modalite": _nos_url("R275", "ModaliteActivite"),
    "forme": _nos_url("R276", "FormeActivite"),
    "fonctionnement": _nos_url("R209", "TypeActivite"),
    # The value sets that the profiles name are of these two, whose codes are those of the FINESS.
    "discipline": f"{_SMT}/tre-r401-activite-sociale-regulee",
    "public": f"{_SMT}/tre-r403-public-activite-smsse-regulee",
}


@lru_cache(maxsize=4096)
def system_of(nomenclature: str, code: str) -> str:
    """The code system of a code of a column. KeyError for a column that holds no code."""
    found = _SYSTEMS[nomenclature]
    return found if isinstance(found, str) else found(code)
