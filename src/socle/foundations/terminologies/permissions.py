"""Who may use the terminologies."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

REGISTER: Final = "terminologies"
CONCEPTS: Final = (
    "terminology_concepts"  # the schema of their tables: a load holds its writer, not that of the register
)

READ: Final = Permission(
    "terminologies.read",
    Text("Consulter les terminologies", "Read the terminologies"),
    public=True,
)
WRITE: Final = Permission(
    "terminologies.write",
    Text("Charger et modifier les terminologies", "Load and change the terminologies"),
    frozenset({"operator", "terminologist"}),
)
IMPORT: Final = Permission(
    "terminologies.import",
    Text("Importer des terminologies en NDJSON, en masse", "Import terminologies as NDJSON, in bulk"),
    frozenset({"operator", "terminologist"}),
)
CLOSE: Final = Permission(
    "terminologies.close",
    Text("Tenir une fermeture de hiérarchie ($closure)", "Keep a closure of a hierarchy ($closure)"),
    frozenset({"operator", "terminologist", "publisher"}),
)
PERMISSIONS: Final = (READ, WRITE, IMPORT, CLOSE)
