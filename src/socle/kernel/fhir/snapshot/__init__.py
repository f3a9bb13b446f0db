"""Snapshots: all that a profile says of each element, made from its differential and what it is based on.

tree       elements as a tree: children and slices, to and from the flat list of FHIR
merge      one element of a differential laid on the element that it constrains; what it may not loosen
generate   the walk: slices, choices, content references, descending into types and their profiles

Source: FHIR R4 profiling.html, elementdefinition.html.
"""

from socle.kernel.fhir.snapshot.generate import Find, Found, Generator
from socle.kernel.fhir.snapshot.merge import LOOSE
from socle.kernel.fhir.snapshot.tree import places

__all__ = ["LOOSE", "Find", "Found", "Generator", "places"]
