"""The people of the demonstration, invented, one for each role.

They exist only on a house started with its demonstration.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Actor, Means

_HOSPITAL: Final = "Centre hospitalier de Démonstration"


def _person(name: str, role: str, structure: str) -> Actor:
    return Actor(f"demo-{role}", name, frozenset({role}), Means.DEMO, structure)


PEOPLE: Final[Mapping[str, Actor]] = MappingProxyType(
    {
        "agent": _person("Camille Aubry", "identity-agent", _HOSPITAL),
        "editeur": _person("Noé Lambert", "publisher", "Éditions Logicielles de Démonstration"),
        "auditeur": _person("Inès Morvan", "auditor", _HOSPITAL),
        "exploitant": _person("Paul Kerguelen", "operator", "Exploitation de la maison"),
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
    }
)
