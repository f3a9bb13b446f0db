"""The people of the demonstration, invented, one for each role.

They exist only on a house started with its demonstration.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Actor, Means

_HOSPITAL: Final = "Centre hospitalier de Démonstration"
_DOCTRINE: Final = "Rédaction de la doctrine (démonstration)"


def _person(name: str, role: str, structure: str) -> Actor:
    return Actor(f"demo-{role}", name, frozenset({role}), Means.DEMO, structure)


PEOPLE: Final[Mapping[str, Actor]] = MappingProxyType(
    {
        "agent": _person("Camille Aubry", "identity-agent", _HOSPITAL),
        "editeur": _person("Noé Lambert", "publisher", "Éditions Logicielles de Démonstration"),
        "auditeur": _person("Inès Morvan", "auditor", _HOSPITAL),
        "exploitant": _person("Paul Kerguelen", "operator", "Exploitation de la maison"),
        "contributrice": _person("Louise Montaigu", "contributor", "Maison de santé de Démonstration"),
        "federation": Actor(
            "demo-federation",
            "Adèle Rivoire",
            frozenset({"contributor"}),
            Means.DEMO,
            "Fédération de Démonstration des Éditeurs de Santé",
        ),
        "moderateur": _person("Yanis Carpentier", "moderator", _DOCTRINE),
        "regulation": _person("Salomé Vasseur", "care-offer-region", "SAMU de Démonstration"),
        "offreur": _person("Karim Delcourt", "care-offer-provider", _HOSPITAL),
        "redactrice": _person("Maud Lestrade", "doctrine-editor", _DOCTRINE),
        "medecin": _person("Dr Vincent Martin", "practitioner", "Cabinet de Démonstration"),
        "regulatrice": _person("Salomé Vautrin", "sas-regulator", "SAS de Démonstration"),
    }
)

ROLES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "identity-agent": Text(
            "Agent d'identité : crée et qualifie les identités des patients au guichet.",
            "Identity agent: creates and qualifies patients' identities at the desk.",
        ),
        "publisher": Text(
            "Éditeur : essaie son logiciel sur le bac à sable et les téléservices.",
            "Publisher: tries its software on the sandbox and the teleservices.",
        ),
        "auditor": Text(
            "Auditeur : lit les traces, vérifie que nulle n'a été touchée.",
            "Auditor: reads the traces, verifies that none was touched.",
        ),
        "operator": Text(
            "Exploitant : donne et retire les clés d'accès, surveille la maison.",
            "Operator: gives and takes away access keys, watches over the house.",
        ),
        "contributor": Text(
            "Contributeur : contribue aux concertations sur la doctrine, soutient, argumente.",
            "Contributor: takes part in consultations on the doctrine, supports, argues.",
        ),
        "care-offer-region": Text(
            "Région : voit tous les lits, les compte, déclare un territoire en tension.",
            "Region: sees all beds, counts them, declares a territory in tension.",
        ),
        "care-offer-provider": Text(
            "Responsable de l'offre : la décrit, répond aux anomalies signalées.",
            "Owner of the offer: describes it, answers reported anomalies.",
        ),
        "moderator": Text(
            "Modérateur : masque ce qui enfreint une règle publiée, vérifie qui s'exprime.",
            "Moderator: hides what breaks a published rule, verifies who speaks.",
        ),
        "doctrine-editor": Text(
            "Rédacteur de la doctrine : ouvre une concertation, répond, rédige et publie l'édition suivante.",
            "Editor of the doctrine: opens a consultation, answers, writes and publishes the next edition.",
        ),
        "practitioner": Text(
            "Professionnel de santé : tient son agenda.",
            "Health professional: keeps their agenda.",
        ),
        "sas-regulator": Text(
            "Régulateur du SAS : trouve un rendez-vous pour qui appelle, et le prend.",
            "Regulator of the SAS: finds an appointment for whoever calls, and takes it.",
        ),
    }
)
