"""What one can do at the identity desk: permit → facts → rule → commit with its trace. Raises `Problem`, nothing else.

Everything takes a `Desk` first, `by` (the actor) and `trace` (the circumstances) last; what changes an identity takes
the `version` that the caller saw (None: whatever it is now) and answers the new `Dossier`.
"""

from socle.foundations.ins.actions.attribut import lift_attribute, set_attribute
from socle.foundations.ins.actions.board import Quality, Task, queue, statistics
from socle.foundations.ins.actions.consultation import MOST, datamatrix_of, former_ins, read_identity, search
from socle.foundations.ins.actions.desk import Desk
from socle.foundations.ins.actions.identity import admit, admit_deletion, correct, create_identity, update_traits
from socle.foundations.ins.actions.insi import Proposition, detach, look_up, retrieve, verify
from socle.foundations.ins.actions.matching import Candidate, candidates
from socle.foundations.ins.actions.piece import record_document
from socle.foundations.ins.model import VersionFRCore
from socle.foundations.ins.store import Dossier

__all__ = [
    "MOST",
    "Candidate",
    "Desk",
    "Dossier",
    "Proposition",
    "Quality",
    "Task",
    "VersionFRCore",
    "admit",
    "admit_deletion",
    "candidates",
    "correct",
    "create_identity",
    "datamatrix_of",
    "detach",
    "former_ins",
    "lift_attribute",
    "look_up",
    "queue",
    "read_identity",
    "record_document",
    "retrieve",
    "search",
    "set_attribute",
    "statistics",
    "update_traits",
    "verify",
]
