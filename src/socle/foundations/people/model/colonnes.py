"""The columns of the extractions, by their headings, and what a line keeps of them.

Sources: the open-data extraction PS_LibreAcces (three files: persons and activities, degrees and authorisations, know-how)
and the fifty-column extraction of Pro Santé Connect, whose files have headings.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class Sorte(StrEnum):
    """Which file a line comes from."""

    ACTIVITE = "A"
    DIPLOME = "D"
    SAVOIR_FAIRE = "S"


class Ligne(NamedTuple):
    """A line that was read. `valeurs` are in the order of ACTIVITE, DIPLOME or SAVOIR_FAIRE."""

    id_nat: str
    sorte: Sorte
    valeurs: tuple[str, ...]


TYPE_ID: Final = "Type d'identifiant PP"
IDENTIFIANT: Final = "Identifiant PP"
ID_NATIONALE: Final = "Identification nationale PP"

# What is kept of each file, in this order: heading -> name. The end is required of the files that have it (see `OPTIONAL`).
_PERSONNE: Final = {
    "Code civilité d'exercice": "civilite_exercice",
    "Code civilité": "civilite",
    "Nom d'exercice": "nom",
    "Prénom d'exercice": "prenom",
    "Code profession": "profession",
    "Code catégorie professionnelle": "categorie",
    "Code type savoir-faire": "type_savoir_faire",
    "Code savoir-faire": "savoir_faire",
}
_EXERCICE: Final = {
    "Code mode exercice": "mode",
    "Code rôle": "role",
    "Code genre activité": "genre",
    "Code section tableau pharmaciens": "section",
    "Autorité d'enregistrement": "autorite",
}
_STRUCTURE: Final = {
    "Identifiant technique de la structure": "technique",
    "Numéro SIRET site": "siret",
    "Numéro SIREN site": "siren",
    "Numéro FINESS site": "finess",
    "Numéro FINESS établissement juridique": "finess_ej",
    "Raison sociale site": "raison_sociale",
    "Enseigne commerciale site": "enseigne",
    "Complément destinataire (coord. structure)": "destinataire",
    "Complément point géographique (coord. structure)": "point",
    "Numéro Voie (coord. structure)": "numero_voie",
    "Indice répétition voie (coord. structure)": "indice",
    "Code type de voie (coord. structure)": "type_voie",
    "Libellé type de voie (coord. structure)": "nom_type_voie",
    "Libellé Voie (coord. structure)": "voie",
    "Mention distribution (coord. structure)": "mention",
    "Bureau cedex (coord. structure)": "cedex",
    "Code postal (coord. structure)": "code_postal",
    "Code commune (coord. structure)": "code_commune",
    "Libellé commune (coord. structure)": "commune",
    "Code pays (coord. structure)": "pays",
    "Téléphone (coord. structure)": "telephone",
    "Téléphone 2 (coord. structure)": "telephone_2",
    "Télécopie (coord. structure)": "telecopie",
    "Adresse e-mail (coord. structure)": "courriel",
    "Code Département (structure)": "departement",
    "Ancien identifiant de la structure": "ancien",
    "Code secteur d'activité": "secteur",
}
ACTIVITE: Final[Mapping[str, str]] = {**_PERSONNE, **_EXERCICE, **_STRUCTURE}
DIPLOME: Final[Mapping[str, str]] = {
    "Nom d'exercice": "nom",
    "Prénom d'exercice": "prenom",
    "Code type diplôme obtenu": "type_diplome",
    "Code diplôme obtenu": "diplome",
    "Code type autorisation": "type_autorisation",
    "Code discipline autorisation": "discipline",
}
SAVOIR_FAIRE: Final[Mapping[str, str]] = {
    "Nom d'exercice": "nom",
    "Prénom d'exercice": "prenom",
    "Code profession": "profession",
    "Code catégorie professionnelle": "categorie",
    "Code type savoir-faire": "type_savoir_faire",
    "Code savoir-faire": "savoir_faire",
}
# Absent from the fifty columns.
OPTIONAL: Final = frozenset({"Libellé type de voie (coord. structure)", "Libellé commune (coord. structure)"})
STRUCTURE_FROM: Final = len(_PERSONNE) + len(_EXERCICE)  # where the columns of the structure begin in an activity
# Names given beside codes: heading of the name -> (heading of the code, which nomenclature).
LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "Libellé profession": ("Code profession", "profession"),
    "Libellé catégorie professionnelle": ("Code catégorie professionnelle", "categorie"),
    "Libellé savoir-faire": ("Code savoir-faire", "savoir_faire"),
    "Libellé mode exercice": ("Code mode exercice", "mode"),
    "Libellé rôle": ("Code rôle", "role"),
    "Libellé genre activité": ("Code genre activité", "genre"),
    "Libellé secteur d'activité": ("Code secteur d'activité", "secteur"),
    "Libellé section tableau pharmaciens": ("Code section tableau pharmaciens", "section"),
    "Libellé diplôme obtenu": ("Code diplôme obtenu", "diplome"),
    "Libellé type diplôme obtenu": ("Code type diplôme obtenu", "type_diplome"),
    "Libellé type autorisation": ("Code type autorisation", "type_autorisation"),
    "Libellé discipline autorisation": ("Code discipline autorisation", "discipline"),
    "Libellé commune (coord. structure)": ("Code commune (coord. structure)", "commune"),
}

# The fifty columns, for a file without headings. `_` is not kept: it is not public.
CINQUANTE: Final = (
    TYPE_ID, IDENTIFIANT, ID_NATIONALE, "_nom", "_prenoms", "_naissance", "_commune de naissance", "_pays de naissance",
    "_lieu de naissance", "_sexe", "_téléphone", "_courriel", "Code civilité", "Code profession",
    "Code catégorie professionnelle", "Code civilité d'exercice", "Nom d'exercice", "Prénom d'exercice",
    "Code type savoir-faire", "Code savoir-faire", "Code mode exercice", "Code secteur d'activité",
    "Code section tableau pharmaciens", "Code rôle", "Numéro SIRET site", "Numéro SIREN site", "Numéro FINESS site",
    "Numéro FINESS établissement juridique", "Identifiant technique de la structure", "Raison sociale site",
    "Enseigne commerciale site", "Complément destinataire (coord. structure)",
    "Complément point géographique (coord. structure)", "Numéro Voie (coord. structure)",
    "Indice répétition voie (coord. structure)", "Code type de voie (coord. structure)", "Libellé Voie (coord. structure)",
    "Mention distribution (coord. structure)", "Bureau cedex (coord. structure)", "Code postal (coord. structure)",
    "Code commune (coord. structure)", "Code pays (coord. structure)", "Téléphone (coord. structure)",
    "Téléphone 2 (coord. structure)", "Télécopie (coord. structure)", "Adresse e-mail (coord. structure)",
    "Code Département (structure)", "Ancien identifiant de la structure", "Autorité d'enregistrement",
    "Code genre activité",
)  # fmt: skip
