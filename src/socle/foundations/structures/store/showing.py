"""The FHIR resources that show a structure: Organization, Location, HealthcareService, Device.

Profiles: FR Core 2.2.0 (fr-core-organization-etablissement, fr-core-location, fr-core-healthcare-service). There is no
national FHIR API of the FINESS; where the Annuaire Santé shows the same thing (activities, equipment), its elements are
taken: as-healthcareservice-healthcare-activity, as-healthcareservice-social-equipment, as-device.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from socle.foundations.structures.model import CAPACITIES, Json, Nature, Part, PartKind, Structure

_CORE: Final = "https://hl7.fr/ig/fhir/core"
_AS: Final = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition"
ORGANIZATION: Final = f"{_CORE}/StructureDefinition/fr-core-organization"
ETABLISSEMENT: Final = f"{_CORE}/StructureDefinition/fr-core-organization-etablissement"
LOCATION: Final = f"{_CORE}/StructureDefinition/fr-core-location"
SERVICE: Final = f"{_CORE}/StructureDefinition/fr-core-healthcare-service"
FINESS: Final = "https://finess.esante.gouv.fr"
SIRENE: Final = "https://sirene.fr"
ID_NAT_ST: Final = "urn:oid:1.2.250.1.71.4.2.2"
ARHGOS: Final = "https://arhgos.ars.sante.fr"
TYPES: Final = f"{_CORE}/CodeSystem/fr-core-cs-v2-0203"
KINDS: Final = f"{_CORE}/CodeSystem/fr-core-cs-v2-3307"
PERIOD: Final = "http://hl7.org/fhir/StructureDefinition/organization-period"
SHORT_NAME: Final = f"{_CORE}/StructureDefinition/fr-core-organization-short-name"
INSEE_CODE: Final = f"{_CORE}/StructureDefinition/fr-core-address-insee-code"
CAPACITY: Final = f"{_AS}/as-ext-supported-capacity"


def _nos(name: str) -> str:
    return f"https://mos.esante.gouv.fr/NOS/{name}/FHIR/{name.replace('_', '-')}"


CATEGORIES: Final = _nos("TRE_R66-CategorieEtablissement")
STATUSES: Final = _nos("TRE_R72-FinessStatutJuridique")
PARTICIPATIONS: Final = _nos("TRE_R73-ESPIC")
PRICING: Final = _nos("TRE_R74-ModeFixationTarifaire")
COMMUNES: Final = _nos("TRE_R13-CommuneOM")
EQUIPMENT: Final = _nos("TRE_R272-EquipementMaterielLourd")
ACTIVITIES: Final = _nos("TRE_R274-ActiviteSanitaireRegulee")
MODALITIES: Final = _nos("TRE_R275-ModaliteActivite")
FORMS: Final = _nos("TRE_R276-FormeActivite")
# Nomenclatures of the XML feeds for which no national URL was found: ours.
_OURS: Final = "https://socle-sante.example/fhir/CodeSystem/finess"
DISCIPLINES: Final = f"{_OURS}-discipline"
MODES: Final = f"{_OURS}-mode-fonctionnement"
CLIENTS: Final = f"{_OURS}-clientele"
NATURES: Final = {
    Nature.EJ: ("LEGAL-ENTITY", "Entité juridique", "FINEJ"),
    Nature.ET: ("GEOGRAPHICAL-ENTITY", "Entité géographique", "FINEG"),
}


def resources(one: Structure, parts: Sequence[Part], *, known: bool, today: date) -> Iterator[Json]:
    """The resources of a structure.

    known  of an establishment: whether its legal entity is in the register; if not, it is named and not pointed at
    today  what is closed before it is not active
    """
    is_open = one.is_open(today)
    yield _organization(one, known=known, is_open=is_open)
    if one.nature is Nature.ET:
        geo = next((part.facts for part in parts if part.kind is PartKind.GEOLOCATION), None)
        yield _location(one, geo, is_open=is_open)
    for part in parts:
        if part.kind is PartKind.ACTIVITY:
            yield _activity(one, part, is_open=is_open, today=today)
        elif part.kind is PartKind.SOCIAL:
            yield _social(one, part, is_open=is_open, today=today)
        elif part.kind is PartKind.EQUIPMENT:
            yield _device(one, part, is_open=is_open, today=today)


def _organization(one: Structure, *, known: bool, is_open: bool) -> Json:
    facts = one.facts
    code, display, _ = NATURES[one.nature]
    types = [
        _concept(KINDS, code, display),
        _concept(CATEGORIES, facts.get("categetab"), facts.get("libcategetab")),
        _concept(STATUSES, facts.get("statutjuridique"), facts.get("libstatutjuridique")),
        _concept(PARTICIPATIONS, facts.get("codesph"), facts.get("libsph")),
    ]
    start = facts.get("dateouv") or facts.get("datecrea")
    closed = one.closed
    period = {
        **({"start": start} if start else {}),
        **({"end": closed.isoformat()} if closed and (not start or closed.isoformat() >= start) else {}),
    }
    extensions: list[Json] = [{"url": PERIOD, "valuePeriod": period}] if period else []
    if facts.get("rslongue") and facts.get("rs") and facts["rs"] != facts["rslongue"]:
        extensions.append({"url": SHORT_NAME, "valueString": facts["rs"]})
    resource: Json = {
        "resourceType": "Organization",
        "id": one.numero,
        "meta": {"profile": [ETABLISSEMENT]},
        **({"extension": extensions} if extensions else {}),
        "identifier": list(_identifiers(one)),
        "active": is_open,
        "type": [concept for concept in types if concept],
        "name": one.name,
    }
    if facts.get("complrs"):
        resource["alias"] = [facts["complrs"]]
    resource |= _reach(facts)
    if one.parent:
        resource["partOf"] = {
            **({"reference": f"Organization/{one.parent}"} if known else {}),
            "identifier": {"system": FINESS, "value": one.parent},
        }
    return resource


def _identifiers(one: Structure) -> Iterator[Json]:
    code = NATURES[one.nature][2]
    yield {"use": "official", "type": _concept(TYPES, code, ""), "system": FINESS, "value": one.numero}
    # The national identifier of a structure is a prefix (1: FINESS) and its number.
    yield {"use": "official", "type": _concept(TYPES, "IDNST", ""), "system": ID_NAT_ST, "value": f"1{one.numero}"}
    for name in ("siren", "siret"):
        if one.facts.get(name):
            yield {
                "use": "official",
                "type": _concept(TYPES, name.upper(), ""),
                "system": SIRENE,
                "value": one.facts[name],
            }


def _location(one: Structure, geo: Mapping[str, Any] | None, *, is_open: bool) -> Json:
    resource: Json = {
        "resourceType": "Location",
        "id": one.numero,
        "meta": {"profile": [LOCATION]},
        "identifier": [{"system": FINESS, "value": one.numero}],
        "status": "active" if is_open else "inactive",
        "name": one.name,
        "mode": "instance",
    }
    reach = _reach(one.facts)
    if "telecom" in reach:
        resource["telecom"] = reach["telecom"]
    if "address" in reach:
        resource["address"] = reach["address"][0]
    if geo is not None and "lat" in geo:
        resource["position"] = {"longitude": geo["lon"], "latitude": geo["lat"]}
    resource["managingOrganization"] = {"reference": f"Organization/{one.numero}"}
    return resource


def _service(one: Structure, part: Part, *, active: bool) -> Json:
    facts = part.facts
    resource: Json = {
        "resourceType": "HealthcareService",
        "id": f"{one.numero}-{int(part.kind)}-{part.key}",
        "meta": {"profile": [SERVICE]},
        **_authorisation(facts),
        "active": active,
        "providedBy": {"reference": f"Organization/{one.numero}"},
    }
    if one.nature is Nature.ET:
        resource["location"] = [{"reference": f"Location/{one.numero}"}]
    return resource


def _activity(one: Structure, part: Part, *, is_open: bool, today: date) -> Json:
    facts = part.facts
    resource = _service(one, part, active=is_open and _in_force(facts, today))
    category = _concept(MODALITIES, facts.get("modalite"), facts.get("libmodalite"))
    kind = _concept(ACTIVITIES, facts.get("activite"), facts.get("libactivite"))
    form = _concept(FORMS, facts.get("forme"), facts.get("libforme"))
    if category:
        resource["category"] = [category]
    if kind:
        resource["type"] = [kind]
    if form:
        resource["characteristic"] = [form]
    said = [facts[name] for name in ("libactivite", "libmodalite", "libforme") if facts.get(name)]
    resource["name"] = " · ".join(said) or _codes(facts, ("activite", "modalite", "forme")) or "Activité"
    return resource


def _social(one: Structure, part: Part, *, is_open: bool, today: date) -> Json:
    facts = part.facts
    resource = _service(one, part, active=is_open and _in_force(facts, today))
    capacity = [
        {"url": theirs, "valueInteger": int(float(facts[name]))}
        for name, theirs in CAPACITIES.items()
        if str(facts.get(name, "")).replace(".", "", 1).isdigit()
    ]
    if capacity:
        resource["extension"] = [*resource.get("extension", []), {"url": CAPACITY, "extension": capacity}]
    kind = _concept(DISCIPLINES, facts.get("de"), facts.get("libde"))
    client = _concept(CLIENTS, facts.get("client"), facts.get("libclient"))
    mode = _concept(MODES, facts.get("ta"), facts.get("libta"))
    if kind:
        resource["type"] = [kind]
    if client:
        resource["eligibility"] = [{"code": client}]
    if mode:
        resource["characteristic"] = [mode]
    said = [facts[name] for name in ("libde", "libta", "libclient") if facts.get(name)]
    resource["name"] = " · ".join(said) or _codes(facts, ("de", "ta", "client")) or "Équipement social"
    return resource


def _device(one: Structure, part: Part, *, is_open: bool, today: date) -> Json:
    facts = part.facts
    resource: Json = {
        "resourceType": "Device",
        "id": f"{one.numero}-{int(part.kind)}-{part.key}",
        **_authorisation(facts),
        "status": "active" if is_open and _in_force(facts, today) else "inactive",
    }
    if facts.get("marque"):
        resource["manufacturer"] = facts["marque"]
    if facts.get("numserie"):
        resource["serialNumber"] = facts["numserie"]
    kind = _concept(EQUIPMENT, facts.get("eml"), facts.get("libeml"))
    if kind:
        resource["type"] = kind
    resource["owner"] = {"reference": f"Organization/{one.numero}"}
    if one.nature is Nature.ET:
        resource["location"] = {"reference": f"Location/{one.numero}"}
    return resource


def _authorisation(facts: Mapping[str, Any]) -> Json:
    number = facts.get("noautorarhgos")
    return {"identifier": [{"system": ARHGOS, "value": number}]} if number else {}


def _in_force(facts: Mapping[str, Any], today: date) -> bool:
    """Whether an authorisation holds: neither ended, nor lapsed, nor struck out."""
    if facts.get("etatobjet") == "I" or any(facts.get(name) == "O" for name in ("indsupact", "indsupsite", "indsup")):
        return False
    return not (facts.get("datefin") and facts["datefin"] <= today.isoformat())


def _reach(facts: Mapping[str, Any]) -> Json:
    """Phones, mail, postal address."""
    telecom = [
        {"system": system, "value": facts[name], "use": "work"}
        for name, system in (("telephone", "phone"), ("telecopie", "fax"), ("courriel", "email"))
        if facts.get(name)
    ]
    street = " ".join(str(facts[name]) for name in ("numvoie", "compvoie", "typvoie", "voie") if facts.get(name))
    lines = [line for line in (facts.get("compldistrib"), street, facts.get("lieuditbp")) if line]
    address: Json = {}
    if facts.get("cog"):
        address["extension"] = [{"url": INSEE_CODE, "valueCoding": {"system": COMMUNES, "code": facts["cog"]}}]
    if lines:
        address["line"] = lines
    for name, theirs in (("libcommune", "city"), ("libdepartement", "district"), ("codepostal", "postalCode")):
        if facts.get(name):
            address[theirs] = facts[name]
    if address:
        address = {
            **({"extension": address.pop("extension")} if "extension" in address else {}),
            "use": "work",
            **address,
        }
        address["country"] = "FRA"
    return {**({"telecom": telecom} if telecom else {}), **({"address": [address]} if address else {})}


def _codes(facts: Mapping[str, Any], names: Sequence[str]) -> str:
    return " ".join(str(facts[name]) for name in names if facts.get(name))


def _concept(system: str, code: Any, display: Any) -> Json:
    if not code:
        return {}
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}
