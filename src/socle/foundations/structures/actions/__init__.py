"""What one can do with the register of structures: load the FINESS's files, look a structure up, search, see what changed."""

from socle.foundations.structures.actions.importing import Report, import_finess
from socle.foundations.structures.actions.looking import as_known_on, find, look, meant

__all__ = ["Report", "as_known_on", "find", "import_finess", "look", "meant"]
