"""What the care offer speaks of: access profiles, confidentiality, bed capacities, anomalies."""

from socle.foundations.care_offer.model.anomaly import Anomaly, StatutAnomalie
from socle.foundations.care_offer.model.capacity import Capacity, StatutCapacite
from socle.foundations.care_offer.model.profil import ChampActivite, NiveauConfidentialite, ProfilAcces

__all__ = [
    "Anomaly",
    "Capacity",
    "ChampActivite",
    "NiveauConfidentialite",
    "ProfilAcces",
    "StatutAnomalie",
    "StatutCapacite",
]
