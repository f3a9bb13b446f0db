"""Where terminologies are kept: `catalogue` (what there is), `reading` (concepts), `held` (both, as algorithms see it),
`writing` (how they come in).
"""

from socle.foundations.terminologies.store.held import Held, Snapshot

__all__ = ["Held", "Snapshot"]
