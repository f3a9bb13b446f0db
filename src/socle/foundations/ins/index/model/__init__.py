"""Portraits, records, comparisons, persons: frozen values."""

from socle.foundations.ins.index.model.comparison import Comparison, Finding, Level, Verdict
from socle.foundations.ins.index.model.grouping import Act, Incoming, Known, Moved, Pair, PairState, Regrouping
from socle.foundations.ins.index.model.portrait import Birth, Identifier, Portrait
from socle.foundations.ins.index.model.record import Domain, Record, State

__all__ = [
    "Act",
    "Birth",
    "Comparison",
    "Domain",
    "Finding",
    "Identifier",
    "Incoming",
    "Known",
    "Level",
    "Moved",
    "Pair",
    "PairState",
    "Portrait",
    "Record",
    "Regrouping",
    "State",
    "Verdict",
]
