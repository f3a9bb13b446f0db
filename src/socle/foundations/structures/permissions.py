"""What may be asked of the register of structures, and by whom."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

REGISTER: Final = "structures"
DEMONSTRATION: Final = "system:structures-demo"  # who loads the structures of a demonstration house
READ: Final = Permission("structures.read", Text("Consulter le répertoire", "Read the register"), public=True)
# No one writes by FHIR: the register is what the files of the FINESS say.
WRITE: Final = Permission(
    "structures.write",
    Text("Charger les fichiers du FINESS", "Load the files of the FINESS"),
    roles=frozenset({"operator"}),
)
PERMISSIONS: Final = (READ, WRITE)
