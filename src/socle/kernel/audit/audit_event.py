"""A trace as a FHIR R4 AuditEvent. Sources: FHIR R4 auditevent.html; IHE BALP 1.1 (patient, request identifier)."""

import base64
import re
from datetime import UTC
from typing import Any, Final

from socle.kernel.audit.event import Action, Event, Trace

Json = dict[str, Any]

_HL7: Final = "http://terminology.hl7.org/CodeSystem/"
_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_OURS: Final = "https://socle-sante.example/fhir/"
ACTOR_SYSTEM: Final = "https://socle-sante.example/actor"
KEY_SYSTEM: Final = "https://socle-sante.example/key"
ROLE_SYSTEM: Final = f"{_OURS}CodeSystem/role"
INTERACTION_SYSTEM: Final = f"{_OURS}CodeSystem/interaction"
MEANS_EXTENSION: Final = f"{_OURS}StructureDefinition/means-of-authentication"

_RESTFUL: Final = frozenset(
    {
        "read",
        "vread",
        "update",
        "patch",
        "delete",
        "create",
        "search-type",
        "search-system",
        "history-instance",
        "history-type",
        "history-system",
        "capabilities",
        "batch",
        "transaction",
    }
)
_REST: Final = {"system": f"{_HL7}audit-event-type", "code": "rest", "display": "RESTful Operation"}
_AUDIT_LOG: Final = {"system": _DICOM, "code": "110101", "display": "Audit Log Used"}
_QUERY: Final = {"system": _DICOM, "code": "110112", "display": "Query"}
_AUTHENTICATION: Final = {"system": _DICOM, "code": "110114", "display": "User Authentication"}
_ACTIVITY: Final = {"system": _DICOM, "code": "110100", "display": "Application Activity"}
_LOGINS: Final = {
    "login": {"system": _DICOM, "code": "110122", "display": "Login"},
    "logout": {"system": _DICOM, "code": "110123", "display": "Logout"},
}
_PERSON: Final = {"system": f"{_HL7}audit-entity-type", "code": "1", "display": "Person"}
_OBJECT: Final = {"system": f"{_HL7}audit-entity-type", "code": "2", "display": "System Object"}
_PATIENT: Final = {"system": f"{_HL7}object-role", "code": "1", "display": "Patient"}
_RESOURCE: Final = {"system": f"{_HL7}object-role", "code": "4", "display": "Domain Resource"}
_QUERY_ROLE: Final = {"system": f"{_HL7}object-role", "code": "24", "display": "Query"}
_REQUEST: Final = {
    "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
    "code": "XrequestId",
}
_SERVER: Final = {"system": f"{_HL7}security-source-type", "code": "4", "display": "Application Server"}
_REFERENCE: Final = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII)
_PURPOSE: Final = re.compile(r"; purpose ([A-Za-z0-9_-]{1,32})$", re.ASCII)
# Source: HL7 v3 value set PurposeOfUse, the codes that a caller is likely to declare.
_PURPOSES: Final = frozenset(
    "TREAT ETREAT BTG HPAYMT CLMATTCH COVAUTH HOPERAT HMARKT HRESCH PATRQT FAMRQT PWATRNY PUBHLTH THREAT".split()  # noqa: SIM905
)


def audit_event(event: Event, *, id: str, base: str = "") -> Json:
    """The event as an AuditEvent resource.

    id    logical id of the resource
    base  base URL of the register that the event's references belong to, "" when it has none: they stay relative
    """
    trace = event.trace
    resource: Json = {"resourceType": "AuditEvent", "id": id, "type": _type(event)}
    subtype = _subtype(trace)
    if subtype:
        resource["subtype"] = [subtype]
    resource["action"] = str(event.action)
    resource["recorded"] = trace.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    resource["outcome"] = str(event.outcome)
    if event.detail:
        resource["outcomeDesc"] = event.detail
    if trace.ground:
        resource["purposeOfEvent"] = [_purpose(trace.ground)]
    resource["agent"] = _agents(trace)
    resource["source"] = {
        **({"site": trace.register} if trace.register else {}),
        "observer": {"display": "Socle"},
        "type": [_SERVER],
    }
    entities = _entities(event, base)
    if entities:
        resource["entity"] = entities
    return resource


def _type(event: Event) -> Json:
    interaction = event.trace.interaction
    if interaction in _RESTFUL or interaction.startswith("$"):
        return _AUDIT_LOG if event.trace.register == "audit" else _REST
    if interaction in _LOGINS:
        return _AUTHENTICATION
    asks = event.action in (Action.READ, Action.EXECUTE) and bool(event.query or event.concerns)
    return _QUERY if asks else _ACTIVITY


def _subtype(trace: Trace) -> Json | None:
    interaction = trace.interaction
    if interaction in _RESTFUL:
        return {"system": "http://hl7.org/fhir/restful-interaction", "code": interaction}
    if interaction in _LOGINS:
        return _LOGINS[interaction]
    return {"system": INTERACTION_SYSTEM, "code": interaction} if interaction else None


def _purpose(ground: str) -> Json:
    found = _PURPOSE.search(ground)
    if found and found[1] in _PURPOSES:
        return {"coding": [{"system": f"{_HL7}v3-ActReason", "code": found[1]}], "text": ground}
    return {"text": ground}


def _agents(trace: Trace) -> list[Json]:
    who: Json = {"identifier": {"system": ACTOR_SYSTEM, "value": trace.who}} if trace.who else {}
    if trace.name:
        who["display"] = trace.name
    agent: Json = {}
    if trace.means:
        agent["extension"] = [{"url": MEANS_EXTENSION, "valueCode": trace.means}]
    roles = trace.role.split()
    if roles:
        agent["role"] = [{"coding": [{"system": ROLE_SYSTEM, "code": role}]} for role in roles]
    if who:
        agent["who"] = who
    if trace.name:
        agent["name"] = trace.name
    agent["requestor"] = True
    permission = trace.ground.partition(" ")[0].rstrip(";")
    if re.fullmatch(r"[a-z0-9_.:-]+\.[a-z0-9_.:-]+", permission, re.ASCII):
        agent["policy"] = [f"urn:socle:permission:{permission.removeprefix('public:')}"]
    if trace.source:
        agent["network"] = {"address": trace.source, "type": "2"}
    agents = [agent]
    if trace.structure:  # for whom the agent acts
        agents.append({"who": {"display": trace.structure}, "name": trace.structure, "requestor": False})
    return agents


def _entities(event: Event, base: str) -> list[Json]:
    persons = dict.fromkeys(event.concerns)
    found: list[Json] = [{"what": _reference(person, base), "type": _PERSON, "role": _PATIENT} for person in persons]
    for touched in dict.fromkeys(event.entities):
        if touched.partition("/_history/")[0] in persons and "/_history/" not in touched:
            continue  # said already
        if _REFERENCE.fullmatch(touched):
            found.append({"what": _reference(touched, base), "type": _OBJECT, "role": _RESOURCE})
        else:
            found.append({"type": _OBJECT, "role": _RESOURCE, "name": touched})
    if event.query:
        query = base64.b64encode(event.query.encode("utf-8", "backslashreplace")).decode()
        found.append({"type": _OBJECT, "role": _QUERY_ROLE, "query": query})
    if event.trace.request:
        found.append({"what": {"identifier": {"value": event.trace.request}}, "type": _REQUEST})
    return found


def _reference(reference: str, base: str) -> Json:
    """What was touched: by its address, or by the key that its register has for it when it is no resource."""
    if not _REFERENCE.fullmatch(reference):
        return {"identifier": {"system": KEY_SYSTEM, "value": reference}}
    return {"reference": f"{base}/{reference}" if base else reference}
