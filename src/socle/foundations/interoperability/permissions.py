"""Who may use the sandbox."""

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

SANDBOX = "sandbox"
EVERYONE = frozenset({"publisher", "operator", "identity-agent", "auditor"})

READ_PUBLIC = Permission(
    "sandbox.read-public",
    Text("Lire au bac à sable ce qui ne concerne personne", "Read in the sandbox what concerns no person"),
    public=True,
)
READ = Permission("sandbox.read", Text("Lire le bac à sable", "Read the sandbox"), EVERYONE)
WRITE = Permission(
    "sandbox.write", Text("Écrire au bac à sable", "Write in the sandbox"), frozenset({"publisher", "operator"})
)
RESET = Permission("sandbox.reset", Text("Vider le bac à sable", "Empty the sandbox"), frozenset({"operator"}))
EXPORT = Permission(
    "sandbox.export",
    Text("Exporter le bac à sable en masse", "Export the sandbox in bulk"),
    frozenset({"publisher", "operator"}),
)
PACKAGES = Permission(
    "interoperability.packages",
    Text("Installer et retirer des paquets FHIR", "Install and remove FHIR packages"),
    frozenset({"operator"}),
)
IMPORT = Permission(
    "sandbox.import",
    Text("Importer en masse au bac à sable", "Import in bulk into the sandbox"),
    frozenset({"publisher", "operator"}),
)
DEAD_LETTERS = Permission(
    "sandbox.dead-letters",
    Text(
        "Voir les abonnements et renvoyer leurs lettres mortes", "See subscriptions and send their dead letters again"
    ),
    frozenset({"operator"}),
)
BULK = Permission(
    "interoperability.bulk",
    Text("Voir et arrêter les exports et imports de tous", "See and stop everybody's exports and imports"),
    frozenset({"operator"}),
)
SPECIFICATIONS = Permission(
    "interoperability.specifications",
    Text("Enregistrer une étape de la vie d'une spécification", "Record a step of a specification's life"),
    frozenset({"doctrine-editor"}),
)
