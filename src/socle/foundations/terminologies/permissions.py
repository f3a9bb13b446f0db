"""Who may use the terminologies."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

REGISTER: Final = "terminologies"

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
PERMISSIONS: Final = (READ, WRITE)
