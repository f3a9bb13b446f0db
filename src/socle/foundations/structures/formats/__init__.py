"""Readers of the files that the FINESS publishes: open CSV, standard XML feeds, FINESS+ JSON. All stream.

A reader gives, in the order of the file, what it found (`Item`) and what is wrong (`Fault`); it never stops at the first.
"""

from socle.foundations.structures.formats.item import Fault, Found, Item, Kind, Shape
from socle.foundations.structures.formats.recognise import Reading, read
from socle.foundations.structures.formats.source import Source, gather

__all__ = ["Fault", "Found", "Item", "Kind", "Reading", "Shape", "Source", "gather", "read"]
