"""Who may use the care offer."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

REGISTER: Final = "care_offer"

READ: Final = Permission(
    "care_offer.read",
    Text("Consulter l'offre de santé, selon son profil d'accès", "Read the care offer, within one's access profile"),
    frozenset({"publisher", "operator", "care-offer-consumer", "care-offer-provider"}),
)
WRITE: Final = Permission(
    "care_offer.write",
    Text("Décrire l'offre, signaler une anomalie", "Describe the offer, report an anomaly"),
    frozenset({"publisher", "operator", "care-offer-consumer", "care-offer-provider"}),
)
PERMISSIONS: Final = (READ, WRITE)
