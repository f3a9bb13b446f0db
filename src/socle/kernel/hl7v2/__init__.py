"""HL7 v2 as it travels: messages in ER7 (the vertical bars), their acknowledgements, and the MLLP door.

No library was kept: python-hl7 has had no release since 2022 and loses the place of what it reads, which an ERR segment
must tell; it stays as the oracle of the tests. Sources: HL7 v2.5 chapters 2 and 2.A; MLLP release 1.
"""

from socle.kernel.hl7v2.acknowledgement import Fault, Status, acknowledge
from socle.kernel.hl7v2.message import Broken, Message, Place, Segment, escape, parse, unescape
from socle.kernel.hl7v2.mllp import Bounds, frame, listening

__all__ = [
    "Bounds",
    "Broken",
    "Fault",
    "Message",
    "Place",
    "Segment",
    "Status",
    "acknowledge",
    "escape",
    "frame",
    "listening",
    "parse",
    "unescape",
]
