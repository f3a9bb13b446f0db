"""The extraction of Pro Santé Connect: one file of lines with pipes, fifty columns, codes without labels. UTF-8."""

from typing import Final

from socle.foundations.country.country import Country
from socle.foundations.country.files.annuaire import technical
from socle.foundations.country.practitioners import Practitioner, Situation
from socle.foundations.country.structures import Establishment

HEADINGS: Final = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Nom de famille|Prénoms|Date de naissance|"
    "Code commune de naissance|Code pays de naissance|Lieu de naissance|Code sexe|Téléphone (coord. correspondance)|"
    "Adresse e-mail (coord. correspondance)|Code civilité|Code profession|Code catégorie professionnelle|"
    "Code civilité d'exercice|Nom d'exercice|Prénom d'exercice|Code type savoir-faire|Code savoir-faire|"
    "Code mode exercice|Code secteur d'activité|Code section tableau pharmaciens|Code rôle|Numéro SIRET site|"
    "Numéro SIREN site|Numéro FINESS site|Numéro FINESS établissement juridique|Identifiant technique de la structure|"
    "Raison sociale site|Enseigne commerciale site|Complément destinataire (coord. structure)|"
    "Complément point géographique (coord. structure)|Numéro Voie (coord. structure)|"
    "Indice répétition voie (coord. structure)|Code type de voie (coord. structure)|Libellé Voie (coord. structure)|"
    "Mention distribution (coord. structure)|Bureau cedex (coord. structure)|Code postal (coord. structure)|"
    "Code commune (coord. structure)|Code pays (coord. structure)|Téléphone (coord. structure)|"
    "Téléphone 2 (coord. structure)|Télécopie (coord. structure)|Adresse e-mail (coord. structure)|"
    "Code Département (structure)|Ancien identifiant de la structure|Autorité d'enregistrement|Code genre activité|"
)
_NOWHERE: Final = "|" * 24


def activities(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Lines of these ranks, one a situation, and how many."""
    lines: list[str] = []
    for person in country.practitioners(start, stop):
        head = _head(person)
        authority = person.profession.autorite
        if not person.situations:
            lines.append(f"{head}||||{_NOWHERE}{authority}||\n")
        lines += [f"{head}{_practice(situation)}{authority}|{situation.genre}|\n" for situation in person.situations]
    return "".join(lines), len(lines)


def _head(person: Practitioner) -> str:
    year, month, day = person.naissance.split("-")
    place = person.lieu_naissance
    born = f"|{place.code}|{place.nom}|" if place.is_abroad else f"{place.code}|99000|{place.nom}|"
    names = person.prenoms.replace(" ", "'")
    mail = f"{person.rpps}@courriel.example"
    civility = "DR" if person.profession.civilite else ""
    skill = f"S|{person.specialite[0]}|" if person.specialite[0] else "||"
    return (
        f"8|{person.rpps}|8{person.rpps}|{person.nom_naissance}|{names}|{day}/{month}/{year}|{born}{person.sexe}|"
        f"{person.telephone}|{mail}|{'M' if person.sexe == 'M' else 'MME'}|{person.profession.code}|{person.categorie}|"
        f"{civility}|{person.nom}|{person.prenom}|{skill}"
    )


def _practice(situation: Situation) -> str:
    structure = situation.structure
    address = structure.address
    commune = address.commune
    if isinstance(structure, Establishment):
        numbers = f"{structure.siret}|{structure.siret[:9]}|{structure.finess}|{structure.finess_ej}|"
        former = ""
    else:
        numbers = "||||"
        former = f"4{structure.identifiant}"
    return (
        f"{situation.mode}|{situation.secteur}|{situation.section}|{situation.fonction}|{numbers}{technical(structure)}|"
        f"{structure.raison_sociale}||||{address.numero}||{address.code_voie}|{address.voie}||"
        f"{commune.code_postal} {commune.nom_postal}|{commune.code_postal}|{commune.code}|99000|{structure.telephone}||||"
        f"{commune.departement}|{former}|"
    )
