"""Acknowledgements: MSA says whether a message was taken, each ERR what was wrong, where, and what to do.

Source: HL7 v2.5 chapter 2.9 (original mode), segments MSA and ERR; tables 0008 (acknowledgement), 0357 (error), 0516 (severity).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from socle.kernel.hl7v2.message import STANDARD, Message, Place, escape
from socle.kernel.outcome import Text

ERRORS: Final = {
    0: "Message accepted",
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    205: "Duplicate key identifier",
    206: "Application record locked",
    207: "Application internal error",
}


class Status(StrEnum):
    """HL7 table 0008, original mode: taken, wrong, or refused for now (send it again)."""

    ACCEPTED = "AA"
    ERROR = "AE"
    REJECTED = "AR"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to say: where, the code of table 0357 (0: nothing is wrong), what happened and what to do.

    warning  does not refuse
    """

    place: Place
    code: int
    text: Text
    warning: bool = False


def acknowledge(
    message: Message | None,
    faults: Sequence[Fault] = (),
    *,
    now: datetime,
    number: str,
    status: Status | None = None,
    control_id: str = "",
) -> bytes:
    """The acknowledgement of a message, in UTF-8.

    message     None when what came could not be read: `control_id` is then what is known of it
    number      our own MSH-10, at most 20 characters
    status      by default AE when a fault is no warning, AA otherwise
    """
    if status is None:
        status = Status.ERROR if any(not fault.warning for fault in faults) else Status.ACCEPTED
    header = message.header if message is not None else None

    def theirs(field: int) -> str:
        if header is None:
            return ""
        parts = [escape(header.get(field, part)) for part in (1, 2, 3)]
        return STANDARD.component.join(parts).rstrip(STANDARD.component)

    event = header.get(9, 2) if header is not None else ""
    version = theirs(12) or "2.5"
    kind = f"ACK^{escape(event)}^ACK" if event else "ACK"
    stamp = now.strftime("%Y%m%d%H%M%S%z")
    processing = escape(header.get(11)) if header is not None else "P"
    lines = [
        [
            "MSH",
            STANDARD.encoding,
            theirs(5),
            theirs(6),
            theirs(3),
            theirs(4),
            stamp,
            "",
            kind,
            number,
            processing,
            version,
        ]
        + [""] * 4
        + ["FRA", "UNICODE UTF-8"],
        ["MSA", status.value, escape(message.control_id if message is not None else control_id)],
        *(_err(fault) for fault in faults),
    ]
    return "".join("|".join(line).rstrip("|") + "\r" for line in lines).encode()


def _err(fault: Fault) -> list[str]:
    place = fault.place
    numbers = (place.sequence, place.field, place.repetition, place.component, place.subcomponent)
    parts = [place.segment, *(str(part) if part else "" for part in numbers)]
    where = "^".join(parts).rstrip("^")
    severity = "E" if not fault.warning else "W" if fault.code else "I"
    code = f"{fault.code}^{ERRORS[fault.code]}^HL70357"
    return ["ERR", "", where, code, severity, "", "", escape(fault.text.en), escape(fault.text.fr)]
