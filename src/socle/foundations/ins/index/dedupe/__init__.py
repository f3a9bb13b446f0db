"""A whole file of identities, read once: which of its records are the same person. Nothing enters a register.

The index compares one record with those that it knows, by weights set in advance; a file is judged whole, by weights learnt
from it (Fellegi–Sunter, estimated by splink). Source: Fellegi and Sunter, 1969; splink's documentation.
"""

from socle.foundations.ins.index.dedupe.judging import THRESHOLD, Judged, Stage, judge
from socle.foundations.ins.index.dedupe.reading import COLUMNS, Layout, Reject, Row, layout, rows

__all__ = ["COLUMNS", "THRESHOLD", "Judged", "Layout", "Reject", "Row", "Stage", "judge", "layout", "rows"]
