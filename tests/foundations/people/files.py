"""Extractions written by hand: the headings of the published files, a few invented persons."""

import zipfile
from collections.abc import Sequence
from pathlib import Path


def headings(text: str) -> list[str]:
    """The headings of a file, written here on several lines."""
    return " ".join(text.split()).replace("| ", "|").split("|")


PERSONNE_ACTIVITE = headings(
    """
    Type d'identifiant PP| Identifiant PP| Identification nationale PP| Code civilité d'exercice|
    Libellé civilité d'exercice| Code civilité| Libellé civilité| Nom d'exercice| Prénom d'exercice|
    Code profession| Libellé profession| Code catégorie professionnelle| Libellé catégorie
    professionnelle| Code type savoir-faire| Libellé type savoir-faire| Code savoir-faire| Libellé
    savoir-faire| Code mode exercice| Libellé mode exercice| Numéro SIRET site| Numéro SIREN site|
    Numéro FINESS site| Numéro FINESS établissement juridique| Identifiant technique de la structure|
    Raison sociale site| Enseigne commerciale site| Complément destinataire (coord. structure)|
    Complément point géographique (coord. structure)| Numéro Voie (coord. structure)| Indice répétition
    voie (coord. structure)| Code type de voie (coord. structure)| Libellé type de voie (coord.
    structure)| Libellé Voie (coord. structure)| Mention distribution (coord. structure)| Bureau cedex
    (coord. structure)| Code postal (coord. structure)| Code commune (coord. structure)| Libellé commune
    (coord. structure)| Code pays (coord. structure)| Libellé pays (coord. structure)| Téléphone (coord.
    structure)| Téléphone 2 (coord. structure)| Télécopie (coord. structure)| Adresse e-mail (coord.
    structure)| Code Département (structure)| Libellé Département (structure)| Ancien identifiant de la
    structure| Autorité d'enregistrement| Code secteur d'activité| Libellé secteur d'activité| Code
    section tableau pharmaciens| Libellé section tableau pharmaciens| Code rôle| Libellé rôle| Code
    genre activité| Libellé genre activité
    """
)
DIPL_AUTEXERC = headings(
    """
    Type d'identifiant PP| Identifiant PP| Identification nationale PP| Nom d'exercice| Prénom
    d'exercice| Code type diplôme obtenu| Libellé type diplôme obtenu| Code diplôme obtenu| Libellé
    diplôme obtenu| Code type autorisation| Libellé type autorisation| Code discipline autorisation|
    Libellé discipline autorisation
    """
)
SAVOIR_FAIRE = headings(
    """
    Type d'identifiant PP| Identifiant PP| Identification nationale PP| Nom d'exercice| Prénom
    d'exercice| Code profession| Libellé profession| Code catégorie professionnelle| Libellé catégorie
    professionnelle| Code type savoir-faire| Libellé type savoir-faire| Code savoir-faire| Libellé
    savoir-faire
    """
)

RPPS = ("99700075064", "99700218896", "99700366240")

MARTIN = {
    "Type d'identifiant PP": "8",
    "Identifiant PP": RPPS[0],
    "Identification nationale PP": "8" + RPPS[0],
    "Code civilité d'exercice": "DR",
    "Libellé civilité d'exercice": "Docteur",
    "Code civilité": "MME",
    "Libellé civilité": "Madame",
    "Nom d'exercice": "MARTIN-LÉVY",
    "Prénom d'exercice": "Hélène",
    "Code profession": "10",
    "Libellé profession": "Médecin",
    "Code catégorie professionnelle": "C",
    "Libellé catégorie professionnelle": "Civil",
    "Code type savoir-faire": "S",
    "Libellé type savoir-faire": "Spécialité ordinale",
    "Code savoir-faire": "SM54",
    "Libellé savoir-faire": "Médecine générale",
    "Code mode exercice": "L",
    "Libellé mode exercice": "Libéral",
    "Numéro SIRET site": "00000000000017",
    "Numéro FINESS site": "",
    "Identifiant technique de la structure": "R10100000000017",
    "Raison sociale site": "CABINET DU DR MARTIN-LÉVY",
    "Numéro Voie (coord. structure)": "12",
    "Code type de voie (coord. structure)": "RUE",
    "Libellé type de voie (coord. structure)": "Rue",
    "Libellé Voie (coord. structure)": "DES LILAS",
    "Bureau cedex (coord. structure)": "69003 LYON",
    "Code postal (coord. structure)": "69003",
    "Code commune (coord. structure)": "69383",
    "Libellé commune (coord. structure)": "Lyon 3e Arrondissement",
    "Téléphone (coord. structure)": "0400000001",
    "Adresse e-mail (coord. structure)": "cabinet@exemple.fr",
    "Code Département (structure)": "69",
    "Autorité d'enregistrement": "CNOM/CNOM/CNOM",
    "Code secteur d'activité": "SA07",
    "Libellé secteur d'activité": "Cabinet individuel",
    "Code genre activité": "GENR01",
    "Libellé genre activité": "Activité standard de soin ou de pharmacien",
}
MARTIN_HOPITAL = {
    **MARTIN,
    "Code mode exercice": "S",
    "Libellé mode exercice": "Salarié",
    "Numéro SIRET site": "",
    "Numéro FINESS site": "690000017",
    "Numéro FINESS établissement juridique": "690000025",
    "Identifiant technique de la structure": "F690000017",
    "Raison sociale site": "HÔPITAL DE DÉMONSTRATION",
    "Enseigne commerciale site": "Site Nord",
    "Libellé Voie (coord. structure)": "DU PARC",
    "Code secteur d'activité": "SA01",
    "Code rôle": "FON-01",
    "Libellé rôle": "Fonction de démonstration",
    "Adresse e-mail (coord. structure)": "",
}
DURAND = {
    **MARTIN,
    "Identifiant PP": RPPS[1],
    "Identification nationale PP": "8" + RPPS[1],
    "Code civilité": "M",
    "Nom d'exercice": "DURAND",
    "Prénom d'exercice": "Paul",
    "Code profession": "21",
    "Libellé profession": "Pharmacien",
    "Code type savoir-faire": "",
    "Code savoir-faire": "",
    "Libellé savoir-faire": "",
    "Identifiant technique de la structure": "R10100000000025",
    "Numéro SIRET site": "00000000000025",
    "Raison sociale site": "PHARMACIE DU PONT",
    "Code postal (coord. structure)": "38000",
    "Code commune (coord. structure)": "38185",
    "Libellé commune (coord. structure)": "Grenoble",
    "Code section tableau pharmaciens": "A",
    "Code secteur d'activité": "SA33",
    "Autorité d'enregistrement": "CNOP/CNOP/CNOP",
}
PETIT = {
    **MARTIN,
    "Identifiant PP": RPPS[2],
    "Identification nationale PP": "8" + RPPS[2],
    "Nom d'exercice": "PETIT",
    "Prénom d'exercice": "Jeanne",
    "Code profession": "60",
    "Libellé profession": "Infirmier",
    "Code savoir-faire": "",
    "Code type savoir-faire": "",
    "Libellé savoir-faire": "",
}


def line(values: dict[str, str], names: Sequence[str]) -> str:
    """A line as the extraction writes it, its trailing pipe included."""
    return "".join(values.get(name, "") + "|" for name in names)


def text(rows: Sequence[dict[str, str]], names: Sequence[str] = PERSONNE_ACTIVITE) -> str:
    """A whole file."""
    return "\n".join(["|".join(names) + "|", *(line(one, names) for one in rows)]) + "\n"


def archive(
    folder: Path,
    activities: Sequence[dict[str, str]],
    degrees: Sequence[dict[str, str]] = (),
    know_how: Sequence[dict[str, str]] = (),
    name: str = "PS_LibreAcces_202605040800.zip",
) -> Path:
    """The three files in their zip."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        stamp = name.removeprefix("PS_LibreAcces_").removesuffix(".zip")
        out.writestr(f"PS_LibreAcces_Personne_activite_{stamp}.txt", text(activities))
        out.writestr(f"PS_LibreAcces_Dipl_AutExerc_{stamp}.txt", text(degrees, DIPL_AUTEXERC))
        out.writestr(f"PS_LibreAcces_SavoirFaire_{stamp}.txt", text(know_how, SAVOIR_FAIRE))
    return path


DEGREE = {
    **{name: MARTIN[name] for name in DIPL_AUTEXERC[:5]},
    "Code type diplôme obtenu": "DE",
    "Libellé type diplôme obtenu": "Diplôme d'État",
    "Code diplôme obtenu": "DE09",
    "Libellé diplôme obtenu": "Diplôme d'État de docteur en médecine",
}
COMPETENCE = {
    **{name: MARTIN.get(name, "") for name in SAVOIR_FAIRE},
    "Code type savoir-faire": "C",
    "Code savoir-faire": "C01",
    "Libellé savoir-faire": "Compétence de démonstration",
}
