"""The Hub Santé as far as its public texts tell: what it judges of a message, how it refuses, how an LRM acknowledges.

Sources: ans.fhir.fr.sas 1.2.0, « Transmission des informations de RDV aux LRM » (queues, acknowledgement, errors);
ansforge/SAMU-Hub-Sante, hub/dispatcher/doc/DISPATCHER.md (checks of the dispatcher) and its codes of errors. Ours: which SAMU an
appointment goes to, how often a message is tried again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from socle.foundations.care_offer.agenda.model import ZONE
from socle.foundations.care_offer.agenda.rules.lrm import SENDER

JSON: Final = "application/json"
PERSISTENT: Final = 2  # delivery mode of AMQP 0-9-1
MOST_ATTEMPTS: Final = 12
FIRST_DELAY: Final = timedelta(seconds=10)
LONGEST_DELAY: Final = timedelta(minutes=30)
_HEALTH: Final = "fr.health."
_SAMU: Final = re.compile(r"fr\.health\.samu[0-9A-Z]{3,4}", re.ASCII)
_REQUIRED: Final = (
    "distributionID", "senderID", "dateTimeSent", "dateTimeExpires", "distributionStatus", "distributionKind", "descriptor",
    "content",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the hub refuses a message: code and name of its table of errors, and the cause in words."""

    code: int
    name: str
    cause: str

    def __str__(self) -> str:
        return f"{self.code} {self.name}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for a message, by its distributionID. `fault` is None for an acknowledgement."""

    distribution: str
    sender: str
    fault: Fault | None = None


def samu_of(postal: str) -> str:
    """The client of the hub that a place belongs to, "" when its postal code says no department.

    Ours: three characters of a department (33 gives 330, as in the guide's example; 974 stays), Corsica as 2A0 and 2B0.
    """
    if not re.fullmatch(r"[0-9]{5}", postal, re.ASCII):
        return ""
    if postal.startswith("20"):
        return f"fr.health.samu{'2A0' if postal < '20200' else '2B0'}"
    if postal.startswith(("97", "98")):
        return f"fr.health.samu{postal[:3]}"
    return f"fr.health.samu{postal[:2]}0"


def delay(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure: 10 s, 20 s, 40 s … at most half an hour."""
    return min(FIRST_DELAY * (1 << min(attempts - 1, 20)), LONGEST_DELAY)


def judge(message: Mapping[str, Any], *, key: str, content_type: str, delivery: int, now: datetime) -> Fault | None:
    """What the dispatcher of the hub says of a message; None when it passes it on.

    key  the routing key: the client that publishes
    """
    if content_type != JSON:
        return Fault(101, "NOT_ALLOWED_CONTENT_TYPE", f"content-type {content_type or 'absent'}, {JSON} is expected")
    missing = [name for name in _REQUIRED if not message.get(name)]
    if missing:
        return Fault(300, "INVALID_MESSAGE", f"missing in the envelope: {', '.join(missing)}")
    to = recipient_of(message)
    if not (key.startswith(_HEALTH) or to.startswith(_HEALTH)):
        return Fault(200, "SENDER_INCONSISTENCY", "neither the sender nor the recipient is an actor of health")
    if message["senderID"] != key:
        return Fault(200, "SENDER_INCONSISTENCY", f"senderID {message['senderID']} is not the routing key {key}")
    if delivery != PERSISTENT:
        return Fault(100, "DELIVERY_MODE_INCONSISTENCY", "a message is published as persistent")
    if not str(message["distributionID"]).startswith(f"{key}_"):
        return Fault(300, "INVALID_MESSAGE", "distributionID is <senderID>_<internal id>")
    expires = _moment(message["dateTimeExpires"])
    if expires is None or str(message["dateTimeSent"]).endswith("Z"):
        return Fault(300, "INVALID_MESSAGE", "times carry an explicit offset")
    if expires <= now:
        return Fault(400, "EXPIRED_MESSAGE_BEFORE_ROUTING", f"it expired at {message['dateTimeExpires']}")
    if not _SAMU.fullmatch(to):
        return Fault(501, "UNROUTABLE_MESSAGE", f"nobody listens at “{to}”")
    return None


def recipient_of(message: Mapping[str, Any]) -> str:
    """The client that an envelope is addressed to, "" for none."""
    return str(message.get("descriptor", {}).get("explicitAddress", {}).get("explicitAddressValue", ""))


def acknowledgement(message: Mapping[str, Any], *, now: datetime) -> Mapping[str, Any]:
    """What an LRM answers when it has read a message: RC-DE with the reference of the message (guide of the SAS)."""
    samu = recipient_of(message)
    id = f"{samu}_{message['distributionID']}"
    inner = {
        "messageId": id,
        "sender": {"name": samu, "URI": f"hubex:{samu}"},
        "sentAt": _written(now),
        "status": "Actual",
        "kind": "Ack",
        "recipient": [{"name": SENDER, "URI": f"hubex:{SENDER}"}],
        "reference": {"distributionID": message["distributionID"]},
    }
    return _answer(id, samu, "Ack", inner, now)


def refusal(
    message: Mapping[str, Any], fault: Fault, *, now: datetime, sender: str = "fr.health.hub"
) -> Mapping[str, Any]:
    """The message of error that comes to the sender's `.info` queue (RS-ERROR)."""
    about = str(message.get("distributionID", ""))
    inner = {
        "errorCode": {"statusCode": fault.code, "statusString": fault.name},
        "errorCause": fault.cause,
        "referencedDistributionID": about,
    }
    return _answer(f"{sender}_{about}", sender, "Error", {"error": inner}, now)


def reply_of(message: Mapping[str, Any]) -> Reply | None:
    """What an answer says, None when it speaks of no message of ours."""
    try:
        inner = message["content"][0]["JsonContent"]["embeddedJsonContent"]["message"]
        sender = str(message["senderID"])
        if message["distributionKind"] == "Ack":
            return Reply(str(inner["reference"]["distributionID"]), sender)
        error = inner["error"]
        code = error["errorCode"]
        fault = Fault(int(code["statusCode"]), str(code["statusString"])[:80], str(error.get("errorCause", ""))[:300])
        return Reply(str(error["referencedDistributionID"]), sender, fault)
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _answer(id: str, sender: str, kind: str, inner: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    return {
        "distributionID": id,
        "senderID": sender,
        "dateTimeSent": _written(now),
        "dateTimeExpires": _written(now + timedelta(hours=24)),
        "distributionStatus": "Actual",
        "distributionKind": kind,
        "descriptor": {
            "language": "fr-FR",
            "explicitAddress": {"explicitAddressScheme": "hubex", "explicitAddressValue": SENDER},
        },
        "content": [{"JsonContent": {"embeddedJsonContent": {"message": inner}}}],
    }


def _written(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return None if found.tzinfo is None or str(text).endswith("Z") else found
