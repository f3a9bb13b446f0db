"""What may be asked of the directory, and by whom."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

REGISTER: Final = "annuaire"

_KEYS: Final = frozenset(
    {"publisher", "operator", "identity-agent", "auditor", "mailbox-operator", "employer", "professional"}
)
READ: Final = Permission(
    "annuaire.read",
    Text("Interroger l'Annuaire Santé par l'API", "Ask the Annuaire Santé by its API"),
    roles=_KEYS,
)
PUBLIC: Final = Permission(
    "annuaire.public", Text("Consulter l'annuaire public", "Read the public directory"), public=True
)
MAILBOXES: Final = Permission(
    "annuaire.mailboxes",
    Text("Déclarer les boîtes aux lettres MSSanté", "Declare the mailboxes of MSSanté"),
    roles=frozenset({"mailbox-operator", "publisher"}),
)
ENROL: Final = Permission(
    "annuaire.enrol",
    Text("Enrôler un professionnel de sa structure (RPPS+)", "Enrol a professional of one's structure (RPPS+)"),
    roles=frozenset({"employer", "publisher"}),
)
IMPORT: Final = Permission(
    "annuaire.import",
    Text("Charger une extraction de l'Annuaire", "Load an extraction of the Annuaire"),
    roles=frozenset({"operator"}),
)
PERMISSIONS: Final = (READ, PUBLIC, MAILBOXES, ENROL, IMPORT)
