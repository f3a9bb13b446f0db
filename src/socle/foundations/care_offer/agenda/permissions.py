"""Who may use agendas."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

REGISTER: Final = "agenda"
REGULATOR: Final = "sas-regulator"
PLATFORM: Final = "sas-platform"
HOLDER: Final = "practitioner"
# A publisher tries its software here as the software of any agenda; grant it no one in a house with real people.
SOFTWARE: Final = "publisher"

READ: Final = Permission(
    "agenda.read",
    Text("Consulter agendas et créneaux", "Read agendas and slots"),
    frozenset({HOLDER, SOFTWARE, REGULATOR, PLATFORM, "operator"}),
)
READ_APPOINTMENT: Final = Permission(
    "agenda.appointment.read",
    Text("Consulter les rendez-vous de tous les agendas", "Read the appointments of every agenda"),
    frozenset({SOFTWARE}),  # a professional reads those of their own agenda, on its page: a rule decides
)
WRITE: Final = Permission(
    "agenda.write",
    Text("Ouvrir un agenda, prendre et changer un rendez-vous", "Open an agenda, take and change an appointment"),
    frozenset({HOLDER, SOFTWARE}),
)
SAS_SEARCH: Final = Permission(
    "sas.search",
    Text("Chercher des créneaux pour le SAS", "Search slots for the SAS"),
    frozenset({PLATFORM, REGULATOR, SOFTWARE}),
)
SAS_WRITE: Final = Permission(
    "sas.write",
    Text("Transmettre au SAS rendez-vous et comptes", "Send appointments and accounts to the SAS"),
    frozenset({PLATFORM, SOFTWARE}),
)
SAS_BOOK: Final = Permission(
    "sas.book",
    Text("Prendre un rendez-vous en régulation", "Book as a regulator"),
    frozenset({REGULATOR}),
)
PUBLISHERS: Final = Permission(
    "sas.publishers",
    Text(
        "Tenir la liste des éditeurs que l'agrégateur interroge", "Keep the list of publishers that the aggregator asks"
    ),
    frozenset({"operator", PLATFORM}),
)
HUB: Final = Permission(
    "sas.hub",
    Text("Suivre les messages envoyés au Hub Santé", "Follow the messages sent to the Hub Santé"),
    frozenset({"operator", PLATFORM}),
)
PERMISSIONS: Final = (READ, READ_APPOINTMENT, WRITE, SAS_SEARCH, SAS_WRITE, SAS_BOOK, PUBLISHERS, HUB)
