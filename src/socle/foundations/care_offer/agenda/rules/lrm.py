"""The message that tells a medical regulation software (LRM) of an appointment.

Source: ans.fhir.fr.sas 1.2.0, « Transmission des informations de RDV aux LRM »: a transaction Bundle in an EDXL-DE envelope.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from socle.foundations.care_offer.agenda.model import SAS, ZONE

SENDER: Final = "fr.health.ptfsas"
ORIENTATION: Final = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/sas-categorie-orientation"
CATEGORIES: Final = "https://interop.esante.gouv.fr/ig/fhir/sas/CodeSystem/categorie-orientation-sas-codesystem"
_ADMITTER: Final = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "ADM"}]}


@dataclass(frozen=True, slots=True)
class Message:
    """An appointment to be told of.

    kind  CREATE for the first version, UPDATE for the next ones; a cancellation is an update (guide)
    """

    id: str
    version: int
    kind: str
    appointment: Mapping[str, Any]
    sent: datetime
    expires: datetime


def envelope(message: Message, *, samu: str = "") -> Mapping[str, Any]:
    """The message with its EDXL-DE header. `samu`: the SAMU that it goes to (fr.health.samuXXX), "" when not known."""
    header: dict[str, Any] = {
        "distributionID": f"{SENDER}_{message.id}-{message.version}",
        "senderID": SENDER,
        "dateTimeSent": _time(message.sent),
        "dateTimeExpires": _time(message.expires),
        "distributionStatus": "Actual",
        "distributionKind": "Report",
        "descriptor": {
            "language": "fr-FR",
            "explicitAddress": {"explicitAddressScheme": "Hubex", "explicitAddressValue": samu},
        },
    }
    return {**header, "content": [{"JsonContent": {"embeddedJsonContent": {"message": bundle(message)}}}]}


def bundle(message: Message) -> Mapping[str, Any]:
    """The transaction Bundle: POST of a new appointment, PUT of a changed one. No patient is in it: the guide has none."""
    appointment = message.appointment
    category = "001" if _is_individual(appointment) else "003"
    told: dict[str, Any] = {
        "resourceType": "Appointment",
        "id": message.id,
        "extension": [
            {
                "url": ORIENTATION,
                "valueCodeableConcept": {"coding": [{"system": CATEGORIES, "code": category}]},
            }
        ],
        "identifier": [{"system": SAS, "value": message.id}],
        **{name: appointment[name] for name in ("status", "start", "end", "created") if name in appointment},
        "participant": [
            {"type": [_ADMITTER], "actor": {"identifier": part["actor"]["identifier"]}, "status": part["status"]}
            for part in appointment.get("participant", ())
            if part.get("actor", {}).get("identifier") and not _is_patient(part["actor"])
        ]
        or [{"type": [_ADMITTER], "status": "needs-action"}],
    }
    request = (
        {"method": "POST", "url": "Appointment"}
        if message.kind == "CREATE"
        else {"method": "PUT", "url": f"Appointment/{message.id}"}
    )
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"fullUrl": f"urn:uuid:{message.id}", "resource": told, "request": request}],
    }


def _is_individual(appointment: Mapping[str, Any]) -> bool:
    return any(
        part.get("actor", {}).get("identifier") and not _is_patient(part["actor"])
        for part in appointment.get("participant", ())
    )


def _is_patient(actor: Mapping[str, Any]) -> bool:
    return bool(actor.get("type") == "Patient" or str(actor.get("reference", "")).startswith("Patient/"))


def _time(at: datetime) -> str:
    """With an explicit offset, never Z (DST of the Hub Santé)."""
    return at.astimezone(ZONE).isoformat(timespec="seconds")
