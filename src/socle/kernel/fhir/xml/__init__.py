"""FHIR XML both ways, exactly: `read` an XML text into the values of its JSON form, `write` those values as XML.

The facts of R4 say what an element is: its place among the others, whether it repeats, how its value is written. What
JSON cannot hold is told: `Reading.dropped` counts comments and processing instructions. Decimals keep their digits,
narratives their text, the ids and extensions of primitives their `_name`. Source: FHIR R4 xml.html, json.html.
"""

from socle.kernel.fhir.xml.reader import Reading, read
from socle.kernel.fhir.xml.writer import write

__all__ = ["Reading", "read", "write"]
