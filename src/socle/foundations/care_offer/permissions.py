"""Who may use the care offer."""

from collections.abc import Mapping
from typing import Final

from socle.foundations.care_offer.model.profil import ProfilAcces
from socle.kernel.outcome import Text
from socle.kernel.policy import Actor, Permission, decide

REGISTER: Final = "care_offer"

CONSUMER: Final = "care-offer-consumer"
PROVIDER: Final = "care-offer-provider"  # answers for the data: describes offers, answers reports of anomalies
FEEDER: Final = "care-offer-feeder"  # counts the beds of its own structure
REGION: Final = "care-offer-region"  # counts beds of any structure, declares tension
_EVERYONE: Final = frozenset({"publisher", "operator", CONSUMER, PROVIDER, REGION})

READ: Final = Permission(
    "care_offer.read",
    Text("Consulter l'offre de santé, selon son profil d'accès", "Read the care offer, within one's access profile"),
    _EVERYONE,
)
WRITE: Final = Permission(
    "care_offer.write",
    Text("Décrire l'offre, signaler une anomalie", "Describe the offer, report an anomaly"),
    _EVERYONE,
)
OWN: Final = Permission(
    "care_offer.own",
    Text(
        "Répondre des données : décrire l'offre, traiter les anomalies", "Answer for the data: describe, handle reports"
    ),
    frozenset({"operator", PROVIDER, REGION}),
)
PUBLIC: Final = Permission(
    "care_offer.public",
    Text("Chercher dans l'offre en libre accès", "Search the offer in free access"),
    public=True,
)
BEDS: Final = Permission(
    "care_offer.beds", Text("Mettre à jour les lits", "Update beds"), frozenset({"operator", FEEDER, REGION})
)
TENSION: Final = Permission(
    "care_offer.tension",
    Text("Déclarer un territoire en tension", "Declare a territory in tension"),
    frozenset({"operator", REGION}),
)
EXPORT: Final = Permission(
    "care_offer.export", Text("Extraire l'offre en masse", "Extract the offer in bulk"), _EVERYONE
)
IMPORT: Final = Permission("care_offer.import", Text("Charger les communes", "Load communes"), frozenset({"operator"}))
_WHOLE: Final = (PROVIDER, REGION)  # who answers for the data sees them all
# Profile 0 is for whoever may read; each other is granted by its role.
PROFILES: Final[Mapping[ProfilAcces, Permission]] = {
    profil: Permission(
        f"care_offer.profile-{profil.value}",
        Text(f"Consulter l'offre avec le profil d'accès {profil.value}", f"Read with access profile {profil.value}"),
        frozenset({"operator", f"ror-profil-{profil.value}", *(_WHOLE if profil is ProfilAcces.TOUT else ())}),
    )
    for profil in ProfilAcces
    if profil is not ProfilAcces.LIBRE
}
PERMISSIONS: Final = (READ, WRITE, OWN, PUBLIC, BEDS, TENSION, EXPORT, IMPORT, *PROFILES.values())
# The widest first: what a page shows to a person who has several.
_WIDEST: Final = (
    ProfilAcces.TOUT,
    ProfilAcces.HORS_CONTACT,
    ProfilAcces.HORS_TRES_RESTREINT,
    ProfilAcces.HORS_CAPACITE,
    ProfilAcces.MEDICO_SOCIAL,
)


def widest(actor: Actor) -> ProfilAcces:
    """The widest access profile that an actor was granted; what is in free access when none."""
    return next((one for one in _WIDEST if decide(actor, PROFILES[one]).allowed), ProfilAcces.LIBRE)
