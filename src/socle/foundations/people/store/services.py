"""Activities and equipment as the Annuaire serves them: HealthcareService and Device in the shapes as-dp-*, from the facts of the
FINESS; and the Organization of a structure that no extraction tells of.

Source: IG Annuaire Santé 1.2.0-snapshot-2; facts keep the names of the XML feeds V4.1 of the FINESS.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from socle.foundations.people.model import BAL
from socle.foundations.people.model.colonnes import ACTIVITE, STRUCTURE_FROM
from socle.foundations.people.store.fhir import ARHGOS, IG, concept, meta, organization
from socle.foundations.structures.model import CAPACITIES, Part, PartKind, Structure
from socle.kernel.store import Json

AUTHORIZATION: Final = f"{IG}/as-ext-authorization"
INSTALLATION: Final = f"{IG}/as-ext-installation"
PATIENTS: Final = f"{IG}/as-ext-patient-type"
CAPACITY: Final = f"{IG}/as-ext-supported-capacity"
CARE: Final = "as-dp-healthcareservice-healthcare-activity"
SOCIAL: Final = "as-dp-healthcareservice-social-equipment"
_COLUMNS: Final = list(ACTIVITE.values())[STRUCTURE_FROM:]
_FACTS: Final = {  # column of an extraction -> fact of the FINESS
    "siret": "siret",
    "raison_sociale": "rslongue",
    "enseigne": "rs",
    "point": "compldistrib",
    "numero_voie": "numvoie",
    "indice": "compvoie",
    "type_voie": "typvoie",
    "voie": "voie",
    "mention": "lieuditbp",
    "cedex": "ligneacheminement",
    "code_postal": "codepostal",
    "code_commune": "cog",
    "commune": "libcommune",
    "telephone": "telephone",
    "telecopie": "telecopie",
    "courriel": "courriel",
    "departement": "departement",
}
# Their codes are in none of the value sets that the profiles require (J379 of social equipment, J133 of care).
_UNPROFILED: Final = frozenset({"ASDR", "AER", "AMM"})
Facts = Mapping[str, Any]


def service_of(one: Structure, part: Part, organization_id: str, today: date) -> Json | None:
    """The resource that shows an activity or a piece of equipment; None when its profile cannot hold it: a care activity or heavy
    equipment without the number of its authorisation, an activity of a nature that only FINESS+ has.
    """
    facts = part.facts
    if facts.get("nature") in _UNPROFILED:
        return None
    number = str(facts.get("noautorarhgos") or "")
    is_active = one.is_open(today) and in_force(facts, today)
    owner = {"reference": f"Organization/{organization_id}"}
    resource: Json = {"id": f"{one.numero}-{int(part.kind)}-{part.key}"}
    if part.kind is PartKind.SOCIAL:
        resource = _begun("HealthcareService", SOCIAL, resource["id"])
        extensions = [_authorization(facts), _installation(facts), _patients(facts), _capacity(facts)]
        _put(resource, "extension", [one for one in extensions if one])
        resource |= {"active": is_active, "providedBy": owner}
        _put(resource, "type", _listed("discipline", facts.get("de")))
        public = concept(("public", str(facts.get("client") or "")))
        _put(resource, "eligibility", [{"code": public}] if public else None)
        return _put(resource, "characteristic", _listed("fonctionnement", facts.get("ta")))
    if not number:
        return None
    identifier = [{"system": ARHGOS, "value": number}]
    if part.kind is PartKind.EQUIPMENT:
        resource = _begun("Device", "as-dp-device", resource["id"])
        _put(resource, "extension", _one(_authorization(facts)))
        resource |= {"identifier": identifier, "status": "active" if is_active else "inactive"}
        _put(resource, "manufacturer", facts.get("marque"))
        _put(resource, "serialNumber", facts.get("numserie"))
        _put(resource, "type", concept(("equipement", str(facts.get("eml") or ""))))
        return _put(resource, "owner", owner)
    resource = _begun("HealthcareService", CARE, resource["id"])
    _put(resource, "extension", _one(_authorization(facts)))
    resource |= {"identifier": identifier, "active": is_active, "providedBy": owner}
    _put(resource, "category", _listed("modalite", facts.get("modalite")))
    _put(resource, "type", _listed("activite", facts.get("activite")))
    return _put(resource, "characteristic", _listed("forme", facts.get("forme")))


def withdrawn(resource: Json) -> Json:
    """What the FINESS tells of no more: not active, with its identifiers and whose it was."""
    kept = ("resourceType", "id", "meta", "identifier", "active", "status", "providedBy", "owner")
    found = {name: resource[name] for name in kept if name in resource}
    return found | ({"status": "inactive"} if resource["resourceType"] == "Device" else {"active": False})


def organization_of(one: Structure, bals: Sequence[BAL], today: date) -> Json:
    """The Organization of a structure of which no line of an extraction tells."""
    value = {column: str(one.facts.get(fact) or "") for column, fact in _FACTS.items()}
    value |= {"technique": f"F{one.numero}", "finess": one.numero, "finess_ej": one.parent}
    value["raison_sociale"] = one.name
    value["enseigne"] = value["enseigne"] if value["enseigne"] != one.name else ""
    resource = organization([value.get(name, "") for name in _COLUMNS], bals)
    resource["active"] = one.is_open(today)
    return resource


def in_force(facts: Facts, today: date) -> bool:
    """Whether an authorisation holds: neither ended, nor lapsed, nor struck out."""
    if facts.get("etatobjet") == "I" or any(facts.get(name) == "O" for name in ("indsupact", "indsupsite", "indsup")):
        return False
    return not (facts.get("datefin") and facts["datefin"] <= today.isoformat())


def _begun(kind: str, profile: str, id: str) -> Json:
    return {"resourceType": kind, "id": id, "meta": meta(kind, systeme="FINESS", dp=profile)}


def _authorization(facts: Facts) -> Json:
    start, end = facts.get("datemeo"), facts.get("datefin")
    period = {**({"start": start} if start else {}), **({"end": end} if end and (not start or end >= start) else {})}
    updated = facts.get("datemajact") or facts.get("datemajaut") or facts.get("datemaj")
    gone = next((facts[name] for name in ("indsupact", "indsupaut", "indsup") if facts.get(name)), "")
    return _extension(
        AUTHORIZATION,
        ("dateAuthorization", "valueDate", facts.get("dateautor")),
        ("periodAuthorization", "valuePeriod", period),
        ("dateUpdateAuthorization", "valueDate", updated),
        ("deletedAuthorization", "valueBoolean", {"O": True, "N": False}.get(gone)),
    )


def _installation(facts: Facts) -> Json:
    return _extension(
        INSTALLATION,
        ("dateLastInstallation", "valueDate", facts.get("datederinst")),
        ("deletedInstallation", "valueBoolean", {"O": True, "N": False}.get(str(facts.get("indsupinst") or ""))),
    )


def _patients(facts: Facts) -> Json:
    return _extension(
        PATIENTS,
        ("authorizedAgeRange", "valueRange", _ages(facts, "ageminiaut", "agemaxiaut")),
        ("installedAgeRange", "valueRange", _ages(facts, "ageminiinst", "agemaxiinst")),
    )


def _ages(facts: Facts, low: str, high: str) -> Json:
    found = {}
    for name, fact in (("low", low), ("high", high)):
        age = _count(facts.get(fact))
        if age is not None:
            found[name] = {"value": age, "unit": "an", "system": "http://unitsofmeasure.org", "code": "a"}
    return found


def _capacity(facts: Facts) -> Json:
    return _extension(
        CAPACITY, *((theirs, "valueInteger", _count(facts.get(name))) for name, theirs in CAPACITIES.items())
    )


def _count(said: Any) -> int | None:
    text = str(said if said is not None else "")
    return int(float(text)) if text.replace(".", "", 1).isdigit() else None


def _extension(url: str, *parts: tuple[str, str, Any]) -> Json:
    found = [{"url": name, kind: value} for name, kind, value in parts if value not in (None, "", {})]
    return {"url": url, "extension": found} if found else {}


def _listed(nomenclature: str, code: Any) -> list[Json]:
    found = concept((nomenclature, str(code or "")))
    return [found] if found else []


def _one(extension: Json) -> list[Json]:
    return [extension] if extension else []


def _put(resource: Json, name: str, value: Any) -> Json:
    if value:
        resource[name] = value
    return resource
