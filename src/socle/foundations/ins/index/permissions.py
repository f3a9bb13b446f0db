"""What may be asked of the master index, and by whom."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

# A publisher tries its software against the index, as against the desk: see `socle.foundations.ins.permissions`.
_AGENTS: Final = frozenset({"identity-agent", "publisher"})

READ: Final = Permission(
    "index.read", Text("Chercher dans l'index des patients", "Search the index of patients"), roles=_AGENTS
)
FEED: Final = Permission(
    "index.feed",
    Text("Alimenter l'index avec les patients de sa structure", "Feed the index with the patients of one's structure"),
    roles=_AGENTS,
)
JUDGE: Final = Permission(
    "index.judge",
    Text("Décider des doublons : unir, séparer", "Decide on duplicates: unite, separate"),
    roles=_AGENTS,
)
METADATA: Final = Permission(
    "index.metadata", Text("Lire ce que l'index offre", "Read what the index offers"), public=True
)
PERMISSIONS: Final = (READ, FEED, JUDGE, METADATA)
