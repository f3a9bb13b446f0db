"""Where terminologies are kept: `catalogue` (what there is), `reading` (concepts), `held` (both, as algorithms see it),
`lent` (what a request brings with it), `writing` (how they come in).
"""

from socle.foundations.terminologies.store.held import Held, Snapshot
from socle.foundations.terminologies.store.lent import Lent

__all__ = ["Held", "Lent", "Snapshot"]
