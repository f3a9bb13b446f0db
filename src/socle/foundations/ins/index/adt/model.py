"""What a message of patient administration says to the index."""

from dataclasses import dataclass
from enum import Enum

from socle.foundations.ins.index.model import Identifier
from socle.foundations.ins.model import INS, StatutIdentite
from socle.kernel.hl7v2 import Fault


class Doing(Enum):
    """What a message asks of the index."""

    FEED = "feed"  # here is a patient as we know them
    MERGE = "merge"  # A40: the record of MRG is replaced by the one of PID
    RENAME = "rename"  # A47: the record of MRG is now under the identifier of PID
    UNMERGE = "unmerge"  # A37: the second PID is a record of its own again
    REMOVE = "remove"  # A29: the record is to go


@dataclass(frozen=True, slots=True)
class Identity:
    """A patient as a PID segment tells them.

    local       their identifier in the sender's domain
    given       birth given names in order
    born        YYYY-MM-DD, YYYY-MM, YYYY, or ""
    place       INSEE code of the birthplace, or ""
    ins         the INS in force, when the identity is qualified; `former` those that were
    """

    local: Identifier
    family: str = ""
    given: tuple[str, ...] = ()
    usual_family: str = ""
    usual_given: str = ""
    sex: str = ""
    born: str = ""
    place: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    phones: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    ins: INS | None = None
    former: tuple[INS, ...] = ()
    statut: StatutIdentite | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells: what to do, for whom, and `other`, the record that MRG or the second PID names."""

    doing: Doing
    identity: Identity
    other: Identifier | None = None
    warnings: tuple[Fault, ...] = ()
