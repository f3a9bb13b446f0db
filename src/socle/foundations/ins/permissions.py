"""What may be asked of the identity desk, and by whom."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

# A publisher tests its software against the desk: it may do what an agent may. In a house with real people, grant no
# one
# the role "publisher".
_AGENTS: Final = frozenset({"identity-agent", "publisher"})

READ: Final = Permission("ins.read", Text("Consulter les identités", "Read identities"), roles=_AGENTS)
WRITE: Final = Permission(
    "ins.write", Text("Créer et qualifier des identités", "Create and qualify identities"), roles=_AGENTS
)
METADATA: Final = Permission("ins.metadata", Text("Lire ce que le serveur offre", "Read what is offered"), public=True)
PERMISSIONS: Final = (READ, WRITE, METADATA)
