"""A local record: what one structure calls a patient, and where it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from socle.foundations.ins.index.model.portrait import Identifier, Portrait


class State(IntEnum):
    """Where a local record stands."""

    ACTIVE = 1
    REPLACED = 2  # its structure merged it into another of its records
    DELETED = 3


@dataclass(frozen=True, slots=True)
class Domain:
    """An identification domain: the authority that gives local identifiers, and the structure that feeds it.

    structure  as the actor's structure says it; "" when whoever may feed the index may feed this domain
    """

    system: str
    name: str = ""
    structure: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A local record, as somebody feeds it, or as the index knows it.

    identifier  assigning authority (system) and local identifier (PI)
    portrait    what it says of the person; `portrait.ins` only when the identity is qualified
    id          of its Patient in this index, "" when it is not known yet
    person      the person that it is linked to, "" before
    why         how it came to that person: "first", "ins", "weight", "human"
    weight      of the comparison that linked it, 0 for the first of its person
    """

    identifier: Identifier
    portrait: Portrait
    id: str = ""
    state: State = State.ACTIVE
    person: str = ""
    why: str = ""
    weight: float = 0.0
    fed_at: datetime | None = None
