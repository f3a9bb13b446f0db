"""The offers of the synthetic country: structures, their units as offers, places with beds, professionals who work there.

A pure function of the country's ranks and of a moment. Codes are those of the published lists where we know them; the rest
stands in a code system of ours, which says so.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from socle.foundations.care_offer.model import names
from socle.foundations.country import Address, Country, Establishment, LegalEntity, Practitioner, Unit

Json = dict[str, Any]
OURS: Final = "https://socle-sante.example/fhir/synthetic-activity"
# By name of the unit: code of TRE_R227, activity (code system, code), function of the place (TRE_R343).
_UNITS: Final[dict[str, tuple[str, tuple[str, str], str]]] = {
    "Médecine": ("01", (names.ACTIVITY, "437"), "001"),
    "Chirurgie": ("01", (names.ACTIVITY, "025"), "001"),
    "Urgences": ("01", (OURS, "urgences"), "001"),
    "Réanimation": ("01", (OURS, "reanimation"), "001"),
    "Soins intensifs": ("01", (OURS, "soins-intensifs"), "001"),
    "Obstétrique": ("01", (OURS, "obstetrique"), "001"),
    "Pédiatrie": ("01", (OURS, "pediatrie"), "001"),
    "Soins médicaux et de réadaptation": ("02", (names.ACTIVITY, "233"), "004"),
    "Psychiatrie adulte": ("03", (OURS, "psychiatrie-adulte"), "002"),
    "Psychiatrie infanto-juvénile": ("03", (names.ACTIVITY, "227"), "002"),
}
_SOCIAL: Final = ("04", "medico-social", "003")
_CHILDREN: Final = frozenset({"Pédiatrie", "Psychiatrie infanto-juvénile"})
CRITICAL: Final = frozenset({"Réanimation", "Soins intensifs"})
_FIELDS: Final = {
    "01": "Médecine, Chirurgie, Obstétrique (MCO)",
    "02": "Soins Médicaux et de réadaptation (SMR)",
    "03": "Psychiatrie (PSY)",
    "04": "Médico-social (MS)",
    "05": "Ville",
}


def resources(country: Country, now: datetime, *, establishments: int, practitioners: int) -> Iterator[Json]:
    """The first establishments of a country with all that belongs to them, and town offices of some of its professionals.

    Beds were counted within the last hours, some of them too long ago: a board has something to say.
    """
    owners: set[int] = set()
    for establishment in country.establishments(0, establishments):
        if establishment.owner not in owners:
            owners.add(establishment.owner)
            yield legal_entity(country.entity(establishment.owner), now)
        yield structure(establishment, now)
        for n, unit in enumerate(establishment.units):
            yield place(establishment, n, unit, now)
            yield offer(establishment, n, unit, now)
    for ranks in country.spread(practitioners):
        for person in country.practitioners(ranks.start, ranks.stop):
            yield from people(person, establishments, now)


def legal_entity(entity: LegalEntity, now: datetime) -> Json:
    """An Organization for a legal entity."""
    return {
        "resourceType": "Organization",
        "id": f"ej-{entity.rank}",
        "meta": _meta("Organization", entity.address.commune.region),
        "extension": [_created(now)],
        "identifier": [_structure_id(f"1{entity.finess}"), _finess(entity.finess)],
        "name": entity.raison_sociale_longue,
        "address": [_address(entity.address)],
    }


def structure(establishment: Establishment, now: datetime) -> Json:
    """An Organization for a geographic establishment, with contacts of each level of confidentiality."""
    phone = establishment.telephone
    extension = [_created(now)]
    if establishment.categorie in ("101", "355"):
        extension.append({"url": names.DROP_ZONE, "valueBoolean": True})
    return {
        "resourceType": "Organization",
        "id": f"eg-{establishment.rank}",
        "meta": _meta("Organization", establishment.address.commune.region),
        "extension": extension,
        "identifier": [_structure_id(f"1{establishment.finess}"), _finess(establishment.finess)],
        "active": not establishment.closed,
        "type": [
            _concept(
                names.terminology("TRE_R66-CategorieEtablissement"),
                establishment.categorie,
                establishment.category.libelle,
            )
        ],
        "name": establishment.raison_sociale_longue,
        "address": [_address(establishment.address)],
        "partOf": {"reference": f"Organization/ej-{establishment.owner}"},
        "contact": [
            _contact("Standard", phone, 1),
            _contact("Cadre de garde", phone[:-2] + "11", 2),
            _contact("Direction, ligne directe", phone[:-2] + "12", 3),
        ],
    }


def place(establishment: Establishment, n: int, unit: Unit, now: datetime) -> Json:
    """A Location for a unit: where it is, its equipment, its beds."""
    address = establishment.address
    rank = establishment.rank
    function = _UNITS.get(unit.nom, ("", ("", ""), _SOCIAL[2]))[2]
    counted = now - timedelta(minutes=(rank * 97 + n * 211) % 1_500 + 5)  # some longer than a day ago
    kind = "01" if unit.kind == "lits" else "02"
    extension = [
        {"url": names.COMMUNE, "valueCodeableConcept": _concept(names.COG, address.commune.code, address.commune.nom)},
        _created(now),
    ]
    if unit.nom == "Chirurgie":
        extension.append(_equipment())
    extension += _beds(unit.capacite, kind, counted, rank + n, unit.nom in CRITICAL)
    return {
        "resourceType": "Location",
        "id": f"lieu-{rank}-{n}",
        "meta": _meta("Location", address.commune.region),
        "extension": extension,
        "identifier": [
            {"type": _concept(names.LOCATION_IDENTIFIER, "25"), "value": f"{address.commune.region}/{rank}{n:02}"},
            {"type": _concept(names.LOCATION_IDENTIFIER, "26"), "value": f"1{establishment.finess}/U{n:02}"},
        ],
        "status": "active",
        "name": f"{unit.nom}, {establishment.raison_sociale}",
        "type": [_concept(names.LOCATION_FUNCTION, function)],
        "telecom": [_telecom("phone", establishment.telephone[:-2] + f"{20 + n:02}", 2)],
        "address": _address(address),
        "position": _position(address),
        "managingOrganization": {"reference": f"Organization/eg-{rank}"},
    }


def offer(establishment: Establishment, n: int, unit: Unit, now: datetime) -> Json:
    """A HealthcareService for a unit. One psychiatric unit of each hospital is sensitive."""
    field, activity, _ = _UNITS.get(unit.nom, (_SOCIAL[0], (OURS, _SOCIAL[1]), _SOCIAL[2]))
    low, high = (0, 18) if unit.nom in _CHILDREN else (60, 120) if field == "04" else (18, 120)
    return {
        "resourceType": "HealthcareService",
        "id": f"offre-{establishment.rank}-{n}",
        "meta": _meta("HealthcareService", establishment.address.commune.region),
        "extension": [
            {"url": names.SENSITIVE, "valueBoolean": unit.nom == "Psychiatrie adulte"},
            {
                "url": names.PATIENTS,
                "extension": [{"url": "ageRange", "valueRange": {"low": _years(low), "high": _years(high)}}],
            },
            _offer_contact("Prise de rendez-vous", establishment.telephone[:-2] + f"{40 + n:02}", 1),
            _offer_contact("Médecin d'astreinte", establishment.telephone[:-2] + f"{60 + n:02}", 3),
            _created(now),
        ],
        "identifier": [{"system": names.IG + "/identifier-offre", "value": f"{establishment.finess}-{n:02}"}],
        "active": not establishment.closed,
        "providedBy": {"reference": f"Organization/eg-{establishment.rank}"},
        "type": [_concept(names.FIELD, field, _FIELDS[field])],
        "specialty": [_concept(activity[0], activity[1], unit.nom)],
        "location": [{"reference": f"Location/lieu-{establishment.rank}-{n}"}],
        "name": f"{unit.nom}, {establishment.raison_sociale}",
        "characteristic": [_concept(names.CARE_MODE, "28", "Hospitalisation complète (HC)")],
    }


def people(person: Practitioner, establishments: int, now: datetime) -> Iterator[Json]:
    """A professional and their roles in the offers of these establishments, and in their own office in town."""
    roles: list[Json] = []
    for n, situation in enumerate(person.situations):
        structure_ = situation.structure
        if isinstance(structure_, Establishment):
            if structure_.rank < establishments and structure_.units:
                roles.append(_role(person, n, f"offre-{structure_.rank}-{person.rank % len(structure_.units)}", now))
        elif person.rank % 4 == 0:
            yield from _office(person, n, structure_.raison_sociale, structure_.address, structure_.telephone, now)
            roles.append(_role(person, n, f"cabinet-{person.rank}-{n}", now))
    if roles:
        yield {
            "resourceType": "Practitioner",
            "id": f"ps-{person.rank}",
            "meta": _meta("Practitioner", ""),
            "extension": [_created(now)],
            "identifier": [{"system": names.RPPS, "value": person.id_national}],
            "name": [{"family": person.nom, "given": [person.prenom]}],
            **({"telecom": [_telecom("email", person.courriel, 1)]} if person.courriel and not person.red_list else {}),
        }
        yield from roles


def _office(person: Practitioner, n: int, name: str, address: Address, phone: str, now: datetime) -> Iterator[Json]:
    region = address.commune.region
    place_ = f"lieu-cabinet-{person.rank}-{n}"
    yield {
        "resourceType": "Location",
        "id": place_,
        "meta": _meta("Location", region),
        "extension": [
            {
                "url": names.COMMUNE,
                "valueCodeableConcept": _concept(names.COG, address.commune.code, address.commune.nom),
            },
            _created(now),
        ],
        "status": "active",
        "name": name,
        "type": [_concept(names.LOCATION_FUNCTION, "005", "Adresse")],
        "address": _address(address),
        "position": _position(address),
    }
    yield {
        "resourceType": "HealthcareService",
        "id": f"cabinet-{person.rank}-{n}",
        "meta": _meta("HealthcareService", region),
        "extension": [
            {"url": names.SENSITIVE, "valueBoolean": False},
            {
                "url": names.PATIENTS,
                "extension": [{"url": "ageRange", "valueRange": {"low": _years(0), "high": _years(120)}}],
            },
            _offer_contact("Secrétariat", phone, 1),
            _created(now),
        ],
        "identifier": [{"system": names.IG + "/identifier-offre", "value": f"cabinet-{person.rank}-{n}"}],
        "active": True,
        "type": [_concept(names.FIELD, "05", _FIELDS["05"])],
        "specialty": [_concept(OURS, f"profession-{person.profession.code}", person.profession.libelle)],
        "location": [{"reference": f"Location/{place_}"}],
        "name": f"{person.profession.libelle}, {name}",
        "characteristic": [_concept(names.CARE_MODE, "05", "Consultation")],
    }


def _role(person: Practitioner, n: int, offer_: str, now: datetime) -> Json:
    return {
        "resourceType": "PractitionerRole",
        "id": f"role-{person.rank}-{n}",
        "meta": _meta("PractitionerRole", ""),
        "extension": [
            {
                "url": names.EXERCISE_MODE,
                "valueCodeableConcept": _concept(names.terminology("TRE_R23-ModeExercice"), person.situations[n].mode),
            },
            _created(now),
        ],
        "practitioner": {"reference": f"Practitioner/ps-{person.rank}"},
        "code": [
            _concept(names.terminology("TRE_G15-ProfessionSante"), person.profession.code, person.profession.libelle)
        ],
        "healthcareService": [{"reference": f"HealthcareService/{offer_}"}],
        "telecom": [_telecom("phone", person.telephone, 2)],
    }


def capacity(
    status: str,
    number: int,
    updated: datetime,
    *,
    kind: str = "01",
    temporality: str = "01",
    source: str = "02",
    **details: str,
) -> Json:
    """A capacity extension. `details`: gender, closing, additional, crisis."""
    more = {
        "gender": ("genderCapacityAvailable", names.GENDER),
        "closing": ("capacityClosingType", names.CLOSING_TYPE),
        "additional": ("additionalBedType", names.ADDITIONAL),
        "crisis": ("crisisType", names.CRISIS),
    }
    return {
        "url": names.CAPACITY,
        "extension": [
            _part("capacityType", names.CAPACITY_TYPE, kind),
            _part("capacityStatus", names.CAPACITY_STATUS, status),
            _part("temporalityCapacity", names.TEMPORALITY, temporality),
            {"url": "nbCapacity", "valueInteger": number},
            _part("capacitySourceType", names.CAPACITY_SOURCE, source),
            {"url": "capacityUpdateDate", "valueDateTime": updated.isoformat(timespec="seconds")},
            _part("temporaryAssignement", names.ASSIGNMENT, "01"),
            *(_part(more[name][0], more[name][1], code) for name, code in details.items()),
        ],
    }


def _beds(installed: int, kind: str, counted: datetime, seed: int, critical: bool) -> Iterator[Json]:
    closed = installed // 20
    free = (seed * 7) % max(1, installed // 6) + (0 if critical else 1)
    taken = max(0, installed - closed - free)
    yield capacity("01", installed, counted, kind=kind)
    yield capacity("02", min(free, installed), counted, kind=kind, gender="04")
    yield capacity("03", taken, counted, kind=kind)
    if closed:
        yield capacity("05", closed, counted, kind=kind, closing="01")
    if critical:
        yield capacity("06", installed // 4, counted, kind=kind, additional="02", crisis="02")


def _equipment() -> Json:
    limit = {
        "url": names.EQUIPMENT_LIMIT,
        "extension": [
            _part("equipmentFeature", names.terminology("TRE_R340-TypeCaracteristiqueEquipement"), "001"),
            {
                "url": "limitValue",
                "valueQuantity": {"value": 250, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
            },
        ],
    }
    return {
        "url": names.EQUIPMENT,
        "extension": [
            _part("equipmentType", names.terminology("TRE_R212-Equipement"), "088"),
            {"url": "nbInService", "valueInteger": 2},
            limit,
        ],
    }


def _part(url: str, system: str, code: str) -> Json:
    return {"url": url, "valueCodeableConcept": _concept(system, code)}


def _concept(system: str, code: str, display: str = "") -> Json:
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}


def _meta(of: str, region: str) -> Json:
    meta: Json = {"profile": [names.PROFILES[of]]}
    if region:
        meta["tag"] = [{"system": names.REGION, "code": region}]
    return meta


def _created(now: datetime) -> Json:
    return {"url": names.CREATED, "valueDateTime": now.isoformat(timespec="seconds")}


def _structure_id(value: str) -> Json:
    return {"type": _concept(names.STRUCTURE_IDENTIFIER, "40"), "system": names.STRUCTURE_ID, "value": value}


def _finess(value: str) -> Json:
    return {"type": _concept(names.STRUCTURE_IDENTIFIER, "1"), "system": names.FINESS, "value": value}


def _address(address: Address) -> Json:
    return {
        "line": [address.ligne],
        "city": address.commune.nom,
        "postalCode": address.commune.code_postal,
        "country": "FR",
    }


def _level(url: str, level: int) -> Json:
    return {"url": url, "valueCodeableConcept": _concept(names.CONFIDENTIALITY, str(level))}


def _telecom(system: str, value: str, level: int) -> Json:
    channel = {"phone": "2", "email": "1"}[system]
    return {
        "extension": [
            {
                "url": names.TELECOM_CHANNEL,
                "valueCodeableConcept": _concept(names.terminology("TRE_R200-CanalCommunication"), channel),
            },
            _level(names.TELECOM_LEVEL, level),
        ],
        "system": system,
        "value": value,
    }


def _contact(name: str, phone: str, level: int) -> Json:
    return {
        "extension": [_level(names.CONTACT_LEVEL, level)],
        "name": {"text": name},
        "telecom": [_telecom("phone", phone, level)],
    }


def _offer_contact(name: str, phone: str, level: int) -> Json:
    telecom = _telecom("phone", phone, level)
    return {
        "url": names.CONTACT,
        "extension": [
            {"url": "name", "valueHumanName": {"text": name}},
            _level(names.LEVEL, level),
            {
                "url": names.CONTACT_TELECOM,
                "extension": [*telecom["extension"], {"url": "telecomAddress", "valueString": phone}],
            },
        ],
    }


def _position(address: Address) -> Json:
    return {"longitude": Decimal(f"{address.longitude:.6f}"), "latitude": Decimal(f"{address.latitude:.6f}")}


def _years(value: int) -> Json:
    return {"value": value, "unit": "an", "system": "http://unitsofmeasure.org", "code": "a"}
