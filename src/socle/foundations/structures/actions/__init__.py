"""What one can do with the register of structures: load the FINESS's files, look a structure up, search, see what changed."""

from socle.foundations.structures.actions.importing import Report, import_finess
from socle.foundations.structures.actions.looking import (
    around,
    as_known_on,
    counts,
    find,
    known,
    look,
    meant,
    positions,
    towns,
)
from socle.foundations.structures.actions.offering import equipped, settled
from socle.foundations.structures.actions.reviewing import changes, faults, history, load, loads
from socle.foundations.structures.store.register import Changed, Placed

__all__ = [
    "Changed",
    "Placed",
    "Report",
    "around",
    "as_known_on",
    "changes",
    "counts",
    "equipped",
    "faults",
    "find",
    "history",
    "import_finess",
    "known",
    "load",
    "loads",
    "look",
    "meant",
    "positions",
    "settled",
    "towns",
]
