"""The words of the doctrine for people: who, for whom, where, how strongly, when. French and English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from socle.kernel.outcome import Text
from socle.support.doctrine.model import (
    Addressee,
    Certainty,
    EditionStatus,
    Force,
    PartialDate,
    Users,
    Verification,
)

ADDRESSEES: Final[Mapping[Addressee, Text]] = MappingProxyType(
    {
        Addressee.EDITEUR_DPI: Text(
            "Éditeur de dossier patient informatisé (DPI)", "Publisher of a hospital record (DPI)"
        ),
        Addressee.EDITEUR_LGC: Text("Éditeur de logiciel de cabinet (LGC)", "Publisher of practice software (LGC)"),
        Addressee.EDITEUR_LGO: Text("Éditeur de logiciel d'officine (LGO)", "Publisher of pharmacy software (LGO)"),
        Addressee.EDITEUR_SGL: Text(
            "Éditeur de logiciel de laboratoire de biologie (SGL)", "Publisher of laboratory software (SGL)"
        ),
        Addressee.EDITEUR_RIS: Text(
            "Éditeur de logiciel d'imagerie (RIS, DRIMbox)", "Publisher of imaging software (RIS, DRIMbox)"
        ),
        Addressee.EDITEUR_DUI: Text(
            "Éditeur de dossier usager informatisé (DUI)", "Publisher of a social and medico-social record (DUI)"
        ),
        Addressee.EDITEUR_COORDINATION: Text(
            "Éditeur d'outil de coordination (e-Parcours)", "Publisher of a care coordination tool (e-Parcours)"
        ),
        Addressee.EDITEUR_AGENDA: Text(
            "Éditeur de prise de rendez-vous et d'agenda", "Publisher of appointment booking and diaries"
        ),
        Addressee.EDITEUR_TELESANTE: Text(
            "Éditeur de téléconsultation ou de télésurveillance", "Publisher of teleconsultation or remote monitoring"
        ),
        Addressee.EDITEUR_USAGER: Text(
            "Éditeur d'application ou de portail pour les usagers", "Publisher of an application or portal for citizens"
        ),
        Addressee.OPERATEUR_MSSANTE: Text("Opérateur de messagerie MSSanté", "MSSanté messaging operator"),
        Addressee.HEBERGEUR: Text("Hébergeur de données de santé", "Host of health data"),
        Addressee.ETABLISSEMENT: Text("Établissement de santé", "Hospital"),
        Addressee.MEDICO_SOCIAL: Text(
            "Établissement ou service social ou médico-social", "Social or medico-social structure"
        ),
        Addressee.PROFESSIONNEL_LIBERAL: Text("Professionnel libéral", "Community professional"),
        Addressee.REGION: Text("Région : ARS et GRADeS", "Region: ARS and GRADeS"),
        Addressee.OPERATEUR_NATIONAL: Text(
            "Opérateur national (ANS, CNAM, GIE SESAM-Vitale…)", "National operator (ANS, CNAM, GIE SESAM-Vitale…)"
        ),
        Addressee.ETAT: Text("État", "State"),
    }
)
USERS: Final[Mapping[Users, Text]] = MappingProxyType(
    {
        Users.ETABLISSEMENT: Text("Professionnels en établissement", "Professionals in hospitals"),
        Users.LIBERAUX: Text("Professionnels libéraux", "Community professionals"),
        Users.MEDICO_SOCIAL: Text("Professionnels du médico-social", "Medico-social professionals"),
        Users.USAGERS: Text("Usagers", "Citizens"),
    }
)
REGIONS: Final[Mapping[str, str]] = MappingProxyType(  # INSEE codes since 2016; names are the same in both languages
    {
        "84": "Auvergne-Rhône-Alpes",
        "27": "Bourgogne-Franche-Comté",
        "53": "Bretagne",
        "24": "Centre-Val de Loire",
        "94": "Corse",
        "44": "Grand Est",
        "01": "Guadeloupe",
        "03": "Guyane",
        "32": "Hauts-de-France",
        "11": "Île-de-France",
        "04": "La Réunion",
        "02": "Martinique",
        "06": "Mayotte",
        "28": "Normandie",
        "75": "Nouvelle-Aquitaine",
        "76": "Occitanie",
        "52": "Pays de la Loire",
        "93": "Provence-Alpes-Côte d'Azur",
    }
)
FORCES: Final[Mapping[Force, Text]] = MappingProxyType(
    {Force.MUST: Text("Obligation", "Obligation"), Force.SHOULD: Text("Recommandation", "Recommendation")}
)
VERIFICATIONS: Final[Mapping[Verification, Text]] = MappingProxyType(
    {
        Verification.SCENARIO: Text("Scénario joué", "Scenario played"),
        Verification.DOCUMENT: Text("Document produit", "Document produced"),
        Verification.DECLARATION: Text("Déclaration", "Declaration"),
    }
)
CERTAINTIES: Final[Mapping[Certainty, Text]] = MappingProxyType(
    {
        Certainty.A: Text("Lu dans le texte de la doctrine", "Read in the doctrine's own text"),
        Certainty.B: Text(
            "Lu dans la loi, une page officielle, la presse ou une édition ultérieure",
            "Read in law, an official page, the press or a later edition",
        ),
        Certainty.C: Text("Déduit ou proposé par Socle", "Inferred, or proposed by Socle"),
    }
)
STATUSES: Final[Mapping[EditionStatus, Text]] = MappingProxyType(
    {
        EditionStatus.PAST: Text("Édition passée", "Past edition"),
        EditionStatus.CURRENT: Text("Édition en vigueur", "Edition in force"),
        EditionStatus.DRAFT: Text("Projet", "Draft"),
    }
)
_MONTHS: Final = (
    Text("janvier", "January"), Text("février", "February"), Text("mars", "March"), Text("avril", "April"),
    Text("mai", "May"), Text("juin", "June"), Text("juillet", "July"), Text("août", "August"),
    Text("septembre", "September"), Text("octobre", "October"), Text("novembre", "November"),
    Text("décembre", "December"),
)  # fmt: skip


def say_date(on: PartialDate) -> Text:
    """A date as precise as it is known: "1er janvier 2027", "mars 2027", "2027"."""
    day, month, year = on.first.day, _MONTHS[on.first.month - 1], on.first.year
    if on.precision == "year":
        return Text(str(year), str(year))
    if on.precision == "month":
        return Text(f"{month.fr} {year}", f"{month.en} {year}")
    return Text(f"{'1er' if day == 1 else day} {month.fr} {year}", f"{day} {month.en} {year}")
