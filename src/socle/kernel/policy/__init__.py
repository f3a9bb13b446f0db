"""Who may do what: Actor, Permission, decide(). Deny by default.

The kernel knows no profession and no care relation: it knows permissions, roles that carry them, and the strength of the
means by which someone proved who they are. Modules declare permissions; rules of health law live in the modules.
"""

from socle.kernel.policy.actor import ANONYMOUS, HOUSE, Actor, Means
from socle.kernel.policy.decide import decide
from socle.kernel.policy.permission import Permission

__all__ = ["ANONYMOUS", "HOUSE", "Actor", "Means", "Permission", "decide"]
