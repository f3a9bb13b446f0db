"""Resources as the SAS wants them: other profiles, other systems of codes, the place of a role inside it.

Source: ans.fhir.fr.sas 1.2.0. How they are kept is FR Core; nothing here is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from socle.foundations.care_offer.agenda.model import IDNPS, IDNST, SAS
from socle.foundations.care_offer.agenda.rules.forms import Form
from socle.foundations.care_offer.agenda.store.names import INTEROP_ID, LOCATION_ID, OURS, SAS_IG, SAS_OLD, SLOT_SERVICE
from socle.foundations.care_offer.agenda.store.reading import references
from socle.kernel.fhir import json
from socle.kernel.store import Json, Stored

_SLOT_PROFILES: Final = {
    Form.INDIVIDUAL: f"{SAS_OLD}/FrSlotAgregateur",
    Form.CPTS: f"{SAS_IG}/sas-cpts-slot-aggregator",
    Form.SOS: f"{SAS_IG}/sas-sos-slot-aggregator",
}
_PLAIN: Final = frozenset({"Slot", "Schedule"})  # no decimal to be kept to the letter: read four times as fast
_LABELS: Final = {
    Form.INDIVIDUAL: frozenset({"PUBLIC", "PRO", "SNP"}),
    Form.CPTS: frozenset({"PUBLIC", "PRO", "SNP", "CPTS"}),
    Form.SOS: frozenset({"PUBLIC", "SNP"}),
}
_PROFILES: Final = {
    "Schedule": f"{SAS_OLD}/FrScheduleAgregateur",
    "Practitioner": f"{SAS_OLD}/FrPractitionerAgregateur",
    "PractitionerRole": f"{SAS_OLD}/FrPractitionerRoleExerciceAgregateur",
    "Location": f"{SAS_OLD}/FrLocationAgregateur",
    "HealthcareService": f"{SAS_IG}/sas-cpts-healthcareservice-aggregator",
    "Organization": f"{SAS_IG}/sas-cpts-organization-aggregator",
}
_SOS_PROFILES: Final = {
    "Schedule": f"{SAS_IG}/sas-sos-schedule-aggregator",
    "Location": f"{SAS_IG}/sas-sos-location-aggregator",
    "Organization": f"{SAS_IG}/sas-sos-organization-aggregator",
}


def shaped(stored: Stored, form: Form | None, beside: Mapping[str, Json]) -> Stored:
    """A version in the shape of a form (None: read alone); `beside` has the Locations that roles carry, by reference."""
    if not stored.body:
        return stored
    if stored.type in _PLAIN:
        return replace(stored, body=orjson.dumps(as_sas(orjson.loads(stored.body), form, beside)))
    return replace(stored, body=json.serialise(as_sas(json.parse(stored.body), form, beside)))


def as_sas(resource: Json, form: Form | None, beside: Mapping[str, Json]) -> Json:
    """A resource in the shape of a form."""
    kind = resource["resourceType"]
    make = _MAKERS.get(kind)
    if make is None or resource.get("meta", {}).get("source") == SAS:  # a regulator's account is as the SAS sent it
        return resource
    return make(resource, form, beside)


def _slot(slot: Json, form: Form | None, beside: Mapping[str, Json]) -> Json:
    services = slot.get("serviceType", [])
    labels = slot.get("meta", {}).get("security", [])
    of_cpts = any(_is_cpts(each) for each in services)
    form = form or (Form.CPTS if of_cpts else Form.INDIVIDUAL)
    kept = _LABELS[form]
    if form is Form.INDIVIDUAL:
        services = [each for each in services if not _is_cpts(each)]
    profiles = [_SLOT_PROFILES[form]] if slot.get("status") == "free" else []
    meta = {**slot.get("meta", {}), "security": [label for label in labels if label.get("code") in kept]}
    found = {**slot, "meta": _profiled(meta, profiles), "serviceType": services}
    if form is Form.SOS:
        found.pop("specialty", None)
    return {name: value for name, value in found.items() if value}


def _is_cpts(service: Json) -> bool:
    return any(each.get("url") == SLOT_SERVICE for each in service.get("extension", ()))


def _schedule(schedule: Json, form: Form | None, beside: Mapping[str, Json]) -> Json:
    """The agenda without its openings: they are between the agenda and whoever holds it."""
    kept = ("resourceType", "id", "meta", "identifier", "active", "specialty", "actor", "planningHorizon")
    found = {name: schedule[name] for name in kept if name in schedule}
    sos = form is Form.SOS or (form is None and not references(schedule.get("actor", ()), "Practitioner"))
    profile = (_SOS_PROFILES if sos else _PROFILES)["Schedule"]
    if sos:
        found.pop("specialty", None)
    return {**found, "meta": _profiled(schedule.get("meta", {}), [profile])}


def _practitioner(practitioner: Json, form: Form | None, beside: Mapping[str, Json]) -> Json:
    """National identifiers alone, of one type: the profile allows no other."""
    identifiers = [
        {"type": _typed(INTEROP_ID, "IDNPS"), "system": IDNPS, "value": each.get("value", "")}
        for each in practitioner.get("identifier", ())
        if each.get("system") == IDNPS
    ]
    names = [
        {key: name[key] for key in ("family", "given", "text") if key in name} for name in practitioner.get("name", ())
    ]
    found: dict[str, Any] = {
        "resourceType": "Practitioner",
        "id": practitioner["id"],
        "meta": _profiled(practitioner.get("meta", {}), [_PROFILES["Practitioner"]] if identifiers else []),
        "identifier": identifiers,
        "name": names,
    }
    return {name: value for name, value in found.items() if value}


def _role(role: Json, form: Form | None, beside: Mapping[str, Json]) -> Json:
    """The role with its place inside it, and its structure by national identifier."""
    place = next(
        (beside[each["reference"]] for each in role.get("location", ()) if each.get("reference") in beside), None
    )
    found: Json = {
        name: role[name]
        for name in ("resourceType", "id", "practitioner", "code", "specialty", "telecom")
        if name in role
    }
    structure = role.get("organization", {}).get("identifier", {})
    if structure.get("value"):
        kind = _typed(INTEROP_ID, "IDNST")
        found["organization"] = {"identifier": {"type": kind, "system": IDNST, "value": structure["value"]}}
    profiles = []
    if place is not None:
        inner = {name: value for name, value in _place(place, Form.INDIVIDUAL, beside).items() if name != "meta"}
        found["contained"] = [{**inner, "id": "lieu", "meta": {"profile": [_PROFILES["Location"]]}}]
        found["location"] = [{"reference": "#lieu"}]
        profiles = [_PROFILES["PractitionerRole"]]
    ordered = ("resourceType", "id", "meta", "contained")
    found["meta"] = _profiled(role.get("meta", {}), profiles)
    return {name: found[name] for name in (*ordered, *(n for n in found if n not in ordered)) if name in found}


def _place(place: Json, form: Form | None, beside: Mapping[str, Json]) -> Json:
    kept = ("resourceType", "id", "meta", "name", "telecom", "address", "managingOrganization", "hoursOfOperation")
    found = {name: place[name] for name in kept if name in place}
    if "address" in found:
        address = {n: v for n, v in found["address"].items() if n in ("line", "city", "postalCode", "country")}
        found["address"] = address | ({"line": [", ".join(address["line"])]} if address.get("line") else {})
    sos = form is Form.SOS or (form is None and "managingOrganization" in place)
    known = [each for each in place.get("identifier", ()) if each.get("system") and each.get("value")]
    found["identifier"] = [  # the profile wants one; a place of SOS is named by its software, whatever else it has
        {
            "type": _typed(LOCATION_ID, "IDNST" if each["system"] == IDNST and not sos else "INTRN"),
            "system": each["system"],
            "value": each["value"],
        }
        for each in known or [{"system": OURS, "value": place["id"]}]
    ]
    profile = (_SOS_PROFILES if sos else _PROFILES)["Location"]
    return {**{n: v for n, v in found.items() if v}, "meta": _profiled(place.get("meta", {}), [profile])}


def _organization(organization: Json, form: Form | None, beside: Mapping[str, Json]) -> Json:
    numbers = [each for each in organization.get("identifier", ()) if each.get("system") == IDNST][:1]
    sos = form is Form.SOS or (form is None and bool(numbers) and str(numbers[0].get("value", "")).startswith("3"))
    system = LOCATION_ID if sos else "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
    kept: Json = {
        n: organization[n] for n in ("resourceType", "id", "active", "name", "telecom", "address") if n in organization
    }
    profile = (_SOS_PROFILES if sos else _PROFILES)["Organization"]
    return {
        **kept,
        "meta": _profiled(organization.get("meta", {}), [profile] if numbers else []),
        "identifier": [{"type": _typed(system, "IDNST"), "system": IDNST, "value": one["value"]} for one in numbers],
    }


def _service(service: Json, form: Form | None, beside: Mapping[str, Json]) -> Json:
    kept: Json = {
        n: service[n] for n in ("resourceType", "id", "active", "providedBy", "name", "telecom") if n in service
    }
    return {**kept, "meta": _profiled(service.get("meta", {}), [_PROFILES["HealthcareService"]])}


_MAKERS: Final = {
    "Slot": _slot,
    "Schedule": _schedule,
    "Practitioner": _practitioner,
    "PractitionerRole": _role,
    "Location": _place,
    "Organization": _organization,
    "HealthcareService": _service,
}


def _typed(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _profiled(meta: Json, profiles: Sequence[str]) -> Json:
    kept = {name: value for name, value in meta.items() if name not in ("profile", "source") and value}
    return {**kept, "profile": list(profiles)} if profiles else kept
