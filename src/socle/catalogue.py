"""The doctrine's table of contents, as a tuple of modules: read this first.

A module that runs is imported; one to come is a title and a sentence, so that the house can be drawn whole and honest.
Chapter identifiers are those of `doctrine/editions`.
"""

from socle.foundations.actor_identity.module import MODULE as ACTOR_IDENTITY
from socle.foundations.care_offer.module import MODULE as CARE_OFFER
from socle.foundations.directory.module import MODULE as DIRECTORY
from socle.foundations.ins.module import MODULE as INS
from socle.foundations.interoperability.module import MODULE as INTEROPERABILITY
from socle.foundations.operational_security.module import MODULE as OPERATIONAL_SECURITY
from socle.foundations.people.module import MODULE as PEOPLE
from socle.foundations.structures.module import MODULE as STRUCTURES
from socle.foundations.terminologies.module import MODULE as TERMINOLOGIES
from socle.kernel.module import Module, Room, Status
from socle.kernel.outcome import Text
from socle.support.consultation.module import MODULE as CONSULTATION
from socle.support.doctrine.module import MODULE as DOCTRINE


def _to_come(name: str, title: Text, summary: Text) -> Module:
    return Module(name=name, room=Room(name.split(".")[0]), title=title, summary=summary, status=Status.TO_COME)


MODULES: tuple[Module, ...] = (
    # Foundations
    _to_come(
        "foundations.ethics",
        Text("Éthique", "Ethics"),
        Text(
            "Évaluer un service numérique sur ses engagements éthiques et environnementaux.",
            "Assess a digital service on its ethical and environmental commitments.",
        ),
    ),
    _to_come(
        "foundations.urbanisation",
        Text("Urbanisation", "Architecture principles"),
        Text(
            "Les règles de découpage et d'échange qui rendent les services composables.",
            "The rules of division and exchange that make services composable.",
        ),
    ),
    INTEROPERABILITY,
    TERMINOLOGIES,
    _to_come(
        "foundations.security",
        Text("Sécurité", "Security"),
        Text(
            "Les référentiels de la PGSSI-S et l'autorité de certification IGC-Santé.",
            "The PGSSI-S frameworks and the IGC-Santé certification authority.",
        ),
    ),
    PEOPLE,
    STRUCTURES,
    DIRECTORY,
    ACTOR_IDENTITY,
    INS,
    _to_come(
        "foundations.citizen_identity",
        Text("Identité de l'usager", "Citizen identity"),
        Text(
            "L'application carte Vitale et FranceConnect pour les usagers.",
            "The Vitale card application and FranceConnect for citizens.",
        ),
    ),
    OPERATIONAL_SECURITY,
    CARE_OFFER,
    # Core services
    _to_come(
        "services.dmp",
        Text("Dossier médical partagé", "Shared medical record"),
        Text("Déposer et consulter les documents d'un patient.", "Deposit and consult a patient's documents."),
    ),
    _to_come(
        "services.mssante",
        Text("Messagerie sécurisée de santé", "Secure health messaging"),
        Text(
            "Échanger entre professionnels, et avec l'usager, dans l'espace de confiance MSSanté.",
            "Exchange between professionals, and with the citizen, inside the MSSanté trust space.",
        ),
    ),
    _to_come(
        "services.eprescription",
        Text("Ordonnance numérique", "Electronic prescription"),
        Text("Prescrire et délivrer sans papier.", "Prescribe and dispense without paper."),
    ),
    _to_come(
        "services.coordination",
        Text("Coordination", "Care coordination"),
        Text(
            "Suivre un parcours à plusieurs : cercle de soins, orientation, plan personnalisé.",
            "Follow a pathway together: care team, referral, care plan.",
        ),
    ),
    # Platforms
    _to_come(
        "platforms.citizen_space",
        Text("Mon espace santé", "Citizen health space"),
        Text(
            "L'espace où chacun retrouve ses données et règle qui les voit.",
            "Where everyone finds their data and decides who sees them.",
        ),
    ),
    _to_come(
        "platforms.professional_bouquet",
        Text("Bouquet de services aux professionnels", "Professionals' bouquet of services"),
        Text(
            "Les services socles réunis dans le poste de travail du professionnel.",
            "The core services gathered on the professional's workstation.",
        ),
    ),
    _to_come(
        "platforms.data_hub",
        Text("Plateforme des données de santé", "Health data hub"),
        Text("Préparer et partager des données pour la recherche.", "Prepare and share data for research."),
    ),
    # Support
    DOCTRINE,
    CONSULTATION,
    _to_come(
        "support.convergence",
        Text("Convergence", "Convergence (the grader)"),
        Text(
            "Éprouver un logiciel et obtenir un verdict, avec ses preuves, exigence par exigence.",
            "Try a piece of software and get a verdict, with evidence, requirement by requirement.",
        ),
    ),
    _to_come(
        "support.programmes",
        Text("Programmes d'accompagnement", "Support programmes"),
        Text(
            "Ségur, HOP'EN, ESMS numérique : qui est concerné, par quoi, quand.",
            "Ségur, HOP'EN, ESMS numérique: who is concerned, by what, when.",
        ),
    ),
)
