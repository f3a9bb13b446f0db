"""Access profiles and what they are judged by. Source: ROR documentation, modalités d'accès, politique d'accès (ME 3.0)."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class ProfilAcces(IntEnum):
    """What was granted to a consumer when it was let in."""

    LIBRE = 0  # what is in free access
    TOUT = 1  # everything
    HORS_TRES_RESTREINT = 2  # everything but what is very restricted
    MEDICO_SOCIAL = 3  # as 2 for the medico-social offer, as 0 for the rest
    HORS_CONTACT = 4  # everything but contacts and personal data
    HORS_CAPACITE = 5  # as 2, without operational and exceptional capacities


class NiveauConfidentialite(IntEnum):
    """How far a contact or an address may go. Source: TRE_R283-NiveauConfidentialite."""

    LIBRE = 1
    RESTREINT = 2
    TRES_RESTREINT = 3


class ChampActivite(StrEnum):
    """The field of an offer, as far as access depends on it. Codes of TRE_R227 map to it in `rules.visibility`."""

    SANITAIRE = "sanitaire"
    MEDICO_SOCIAL = "medico-social"
    VILLE = "ville"


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a resource and decides on it: the offers that it belongs to.

    sensitive   one of them is a sensitive unit
    fields      fields of those that are not
    offers      how many there are in all
    """

    sensitive: bool = False
    fields: frozenset[ChampActivite] = frozenset()
    offers: int = 0
