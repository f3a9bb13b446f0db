"""The FHIR resources that show a structure: Organization, Location, HealthcareService, Device.

Profiles: FR Core 2.2.0 (fr-core-organization-etablissement, fr-core-location, fr-core-healthcare-service). There is no
national FHIR API of the FINESS; where the Annuaire Santé shows the same thing (activities, equipment), its elements are
taken: as-healthcareservice-healthcare-activity, as-healthcareservice-social-equipment, as-device. Codes are of the national
nomenclatures (NOS): those that the profiles of the Annuaire bind, for the XML feeds and the open CSV; those that the schemas
name, for FINESS+ (ansforge/finess, schema-activites-v1-0-1.json).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from socle.foundations.structures.model import CAPACITIES, CARE, Json, Nature, Part, PartKind, Structure

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


def _smt(name: str) -> str:
    return f"https://smt.esante.gouv.fr/fhir/CodeSystem/{name}"


CATEGORIES: Final = _nos("TRE_R66-CategorieEtablissement")
STATUSES: Final = _nos("TRE_R72-FinessStatutJuridique")
PARTICIPATIONS: Final = _nos("TRE_R73-ESPIC")
PRICING: Final = _nos("TRE_R74-ModeFixationTarifaire")
COMMUNES: Final = _nos("TRE_R13-CommuneOM")
EQUIPMENT: Final = _nos("TRE_R272-EquipementMaterielLourd")
ACTIVITIES: Final = _nos("TRE_R274-ActiviteSanitaireRegulee")
MODALITIES: Final = _nos("TRE_R275-ModaliteActivite")
FORMS: Final = _nos("TRE_R276-FormeActivite")
# Activities authorised by modality and mention (AMM) have nomenclatures of their own.
AMM: Final = "AMM"
AMM_ACTIVITIES: Final = _smt("tre-r381-activite-amm")
AMM_MODALITIES: Final = _smt("tre-r382-modalite-act-de-soin-amm")
AMM_DETAILS: Final = {
    "mention": _smt("tre-r383-mention-act-de-soin-amm"),
    "pts": _smt("tre-r384-pratique-therapeutique-specifique-act-de-soin-amm"),
    "declaration": _smt("tre-r385-declaration-act-de-soin-amm"),
}
# Of social equipment, those that the profile as-healthcareservice-social-equipment binds: the codes of the XML feeds are theirs.
DISCIPLINES: Final = _smt("tre-r401-activite-sociale-regulee")
CLIENTS: Final = _smt("tre-r403-public-activite-smsse-regulee")
MODES: Final = _nos("TRE_R209-TypeActivite")
# FINESS+ says of which nature an activity is, and its schema names the nomenclatures of each.
PLUS_MODES: Final = _smt("tre-r404-mode-fonctionnement-activite-smsse-regulee")
PLUS_DISCIPLINES: Final = {
    "ASOCR": DISCIPLINES,
    "AMSR": DISCIPLINES,
    "ASDR": _smt("tre-r347-activite-sanitaire-diverse-regulee"),
    "AER": _smt("tre-r402-activite-enseignement-regulee"),
}
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
        if part.kind in CARE:
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
    amm = facts.get("nature") == AMM
    resource = _service(one, part, active=is_open and _in_force(facts, today))
    category = _concept(AMM_MODALITIES if amm else MODALITIES, facts.get("modalite"), facts.get("libmodalite"))
    kind = _concept(AMM_ACTIVITIES if amm else ACTIVITIES, facts.get("activite"), facts.get("libactivite"))
    details = {name: _concept(system, facts.get(name), "") for name, system in AMM_DETAILS.items()} if amm else {}
    details |= {"forme": _concept(FORMS, facts.get("forme"), facts.get("libforme"))}
    characteristics = [detail for detail in details.values() if detail]
    if category:
        resource["category"] = [category]
    if kind:
        resource["type"] = [kind]
    if characteristics:
        resource["characteristic"] = characteristics
    said = [facts[name] for name in ("libactivite", "libmodalite", "libforme") if facts.get(name)]
    resource["name"] = " · ".join(said) or _codes(facts, ("activite", "modalite", *details)) or "Activité"
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
    nature = str(facts.get("nature") or "")  # said by FINESS+ alone
    kind = _concept(PLUS_DISCIPLINES.get(nature, DISCIPLINES), facts.get("de"), facts.get("libde"))
    client = _concept(CLIENTS, facts.get("client"), facts.get("libclient"))
    mode = _concept(PLUS_MODES if nature else MODES, facts.get("ta"), facts.get("libta"))
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
