"""The extraction of the Annuaire Santé in open data: three files of lines with pipes, in a zip.

Headings and order: those of PS_LibreAcces. Each line ends with a pipe. UTF-8.
"""

from functools import lru_cache
from typing import Final

from socle.foundations.country.codes import CATEGORIES_PRO, FONCTIONS, GENRES, MODES, SECTEURS, SECTIONS
from socle.foundations.country.country import Country
from socle.foundations.country.practitioners import Office, Practitioner, Situation
from socle.foundations.country.structures import Establishment

_PERSON: Final = "Type d'identifiant PP|Identifiant PP|Identification nationale PP|"
ACTIVITE: Final = (
    _PERSON + "Code civilité d'exercice|Libellé civilité d'exercice|Code civilité|Libellé civilité|Nom d'exercice|"
    "Prénom d'exercice|Code profession|Libellé profession|Code catégorie professionnelle|"
    "Libellé catégorie professionnelle|Code type savoir-faire|Libellé type savoir-faire|Code savoir-faire|"
    "Libellé savoir-faire|Code mode exercice|Libellé mode exercice|Numéro SIRET site|Numéro SIREN site|"
    "Numéro FINESS site|Numéro FINESS établissement juridique|Identifiant technique de la structure|"
    "Raison sociale site|Enseigne commerciale site|Complément destinataire (coord. structure)|"
    "Complément point géographique (coord. structure)|Numéro Voie (coord. structure)|"
    "Indice répétition voie (coord. structure)|Code type de voie (coord. structure)|"
    "Libellé type de voie (coord. structure)|Libellé Voie (coord. structure)|Mention distribution (coord. structure)|"
    "Bureau cedex (coord. structure)|Code postal (coord. structure)|Code commune (coord. structure)|"
    "Libellé commune (coord. structure)|Code pays (coord. structure)|Libellé pays (coord. structure)|"
    "Téléphone (coord. structure)|Téléphone 2 (coord. structure)|Télécopie (coord. structure)|"
    "Adresse e-mail (coord. structure)|Code Département (structure)|Libellé Département (structure)|"
    "Ancien identifiant de la structure|Autorité d'enregistrement|Code secteur d'activité|Libellé secteur d'activité|"
    "Code section tableau pharmaciens|Libellé section tableau pharmaciens|Code rôle|Libellé rôle|Code genre activité|"
    "Libellé genre activité|"
)
DIPLOME: Final = (
    _PERSON + "Nom d'exercice|Prénom d'exercice|Code type diplôme obtenu|Libellé type diplôme obtenu|"
    "Code diplôme obtenu|Libellé diplôme obtenu|Code type autorisation|Libellé type autorisation|"
    "Code discipline autorisation|Libellé discipline autorisation|"
)
SAVOIR_FAIRE: Final = (
    _PERSON + "Nom d'exercice|Prénom d'exercice|Code profession|Libellé profession|Code catégorie professionnelle|"
    "Libellé catégorie professionnelle|Code type savoir-faire|Libellé type savoir-faire|Code savoir-faire|"
    "Libellé savoir-faire|"
)
_CIVILITIES: Final = {"M": "M|Monsieur", "F": "MME|Madame"}
_NOWHERE: Final = "|" * 28
_NO_SITUATION: Final = "|" * 8


def activities(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Lines of persons and activities of these ranks, and how many. Who has no situation has one line, empty after
    the profession.
    """
    lines: list[str] = []
    append = lines.append
    for person in country.practitioners(start, stop):
        head = _head(person)
        authority = person.profession.autorite
        if not person.situations:
            append(f"{head}||{_NOWHERE}{authority}|{_NO_SITUATION}\n")
        for situation in person.situations:
            append(f"{head}{situation.mode}|{MODES[situation.mode]}|{_where(situation)}{authority}|{_as(situation)}\n")
    return "".join(lines), len(lines)


def degrees(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Lines of degrees of these ranks, and how many."""
    lines = []
    for person in country.practitioners(start, stop):
        code, label = person.profession.diplome
        if code:
            lines.append(
                f"8|{person.rpps}|8{person.rpps}|{person.nom}|{person.prenom}|DE|Diplôme d'Etat français|{code}|{label}|||||\n"
            )
    return "".join(lines), len(lines)


def skills(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Lines of know-how of these ranks, and how many."""
    lines = []
    for person in country.specialists(start, stop):
        code, label = person.specialite
        if code:
            lines.append(
                f"8|{person.rpps}|8{person.rpps}|{person.nom}|{person.prenom}|{person.profession.code}|"
                f"{person.profession.libelle}|{person.categorie}|{CATEGORIES_PRO[person.categorie]}|"
                f"S|Spécialité ordinale|{code}|{label}|\n"
            )
    return "".join(lines), len(lines)


def technical(structure: Establishment | Office) -> str:
    """The technical identifier of a structure: F and the FINESS number, or R and that of the office. Ours."""
    return f"F{structure.finess}" if isinstance(structure, Establishment) else f"R{structure.identifiant}"


def _head(person: Practitioner) -> str:
    profession = person.profession
    code, label = person.specialite
    skill = f"S|Spécialité ordinale|{code}|{label}|" if code else "||||"
    practice = "DR|Docteur|" if profession.civilite else "||"
    return (
        f"8|{person.rpps}|8{person.rpps}|{practice}{_CIVILITIES[person.sexe]}|{person.nom}|{person.prenom}|"
        f"{profession.code}|{profession.libelle}|{person.categorie}|{CATEGORIES_PRO[person.categorie]}|{skill}"
    )


def _where(situation: Situation) -> str:
    structure = situation.structure
    return _establishment(structure) if isinstance(structure, Establishment) else _office(structure)


@lru_cache(maxsize=4096)
def _establishment(site: Establishment) -> str:
    commune = site.address.commune
    mail = f"contact@{site.finess.lower()}.etablissement.example" if site.rank % 2 else ""
    return (
        f"{site.siret}|{site.siret[:9]}|{site.finess}|{site.finess_ej}|{technical(site)}|{site.raison_sociale}|"
        f"{site.raison_sociale_longue if site.categorie == '620' else ''}|||{site.address.numero}||"
        f"{site.address.code_voie}|{site.address.type_voie}|{site.address.voie}||"
        f"{commune.code_postal} {commune.nom_postal}|{commune.code_postal}|{commune.code}|{commune.nom}|99000|France|"
        f"{site.telephone}|||{mail}|{commune.departement}|{commune.nom_departement}||"
    )


def _office(office: Office) -> str:
    address = office.address
    commune = address.commune
    return (
        f"||||{technical(office)}|{office.raison_sociale}||||{address.numero}||"
        f"{address.code_voie}|{address.type_voie}|{address.voie}||"
        f"{commune.code_postal} {commune.nom_postal}|{commune.code_postal}|{commune.code}|{commune.nom}|99000|France|"
        f"{office.telephone}||||{commune.departement}|{commune.nom_departement}|4{office.identifiant}|"
    )


@lru_cache(maxsize=1024)
def _roles(secteur: str, section: str, fonction: str, genre: str) -> str:
    return (
        f"{secteur}|{SECTEURS[secteur]}|{section}|{SECTIONS.get(section, '')}|{fonction}|{FONCTIONS[fonction]}|"
        f"{genre}|{GENRES[genre]}|"
    )


def _as(situation: Situation) -> str:
    return _roles(situation.secteur, situation.section, situation.fonction, situation.genre)
