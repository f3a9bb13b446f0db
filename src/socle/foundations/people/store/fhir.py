"""From the lines of a person to the resources that the Annuaire serves, in the shapes as-dp-*.

Source: IG Annuaire Santé 1.2.0-snapshot-2 and FR Core 2.2.0. Values that the extraction leaves blank are absent.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from socle.foundations.people.model import BAL, ID_NAT_PS, TypeBAL
from socle.foundations.people.model.colonnes import ACTIVITE, DIPLOME, SAVOIR_FAIRE, STRUCTURE_FROM, Sorte
from socle.foundations.people.model.nomenclatures import AUTORITE, MESSAGERIE, TYPE_BAL, system_of
from socle.kernel.store import Json

VERSION: Final = "1.2.0-snapshot-2"
IG: Final = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition"
CORE: Final = "https://hl7.fr/ig/fhir/core"
SOURCE: Final = "https://annuaire.esante.gouv.fr"
RPPS: Final = "https://rpps.esante.gouv.fr"
FINESS: Final = "https://finess.esante.gouv.fr"
SIRENE: Final = "https://sirene.fr"
ID_NAT_ST: Final = "urn:oid:1.2.250.1.71.4.2.2"
ARHGOS: Final = "https://arhgos.ars.sante.fr"
TRACE: Final = f"{IG}/as-ext-data-trace"
MAILBOX: Final = f"{IG}/as-ext-mailbox-mss-metadata"
EMAIL_TYPE: Final = f"{CORE}/StructureDefinition/fr-core-contact-point-email-type"
ORGANIZATION_TYPES: Final = f"{IG}/as-ext-organization-types"
INSEE_CODE: Final = f"{CORE}/StructureDefinition/fr-core-address-insee-code"
AUTHORIZATION: Final = f"{IG}/as-ext-practitioner-authorization"
_V2_0203: Final = f"{CORE}/CodeSystem/fr-core-cs-v2-0203"
_V2_3307: Final = f"{CORE}/CodeSystem/fr-core-cs-v2-3307"
_FR: Final = {
    "Practitioner": "fr-core-practitioner",
    "PractitionerRole": "fr-core-practitioner-role",
    "Organization": "fr-core-organization",  # the slice that the profile asks for has this one
}
_DP: Final = {
    "Practitioner": "as-dp-practitioner",
    "PractitionerRole": "as-dp-practitionerrole",
    "Organization": "as-dp-organization",
    "Device": "as-dp-device",
    "HealthcareService": "as-dp-healthcareservice-healthcare-activity",
}
_NOT_ID: Final = re.compile(r"[^A-Za-z0-9.-]")
_A: Final[Mapping[str, int]] = {name: place for place, name in enumerate(ACTIVITE.values())}
_D: Final[Mapping[str, int]] = {name: place for place, name in enumerate(DIPLOME.values())}
_S: Final[Mapping[str, int]] = {name: place for place, name in enumerate(SAVOIR_FAIRE.values())}
_T: Final[Mapping[str, int]] = {name: place - STRUCTURE_FROM for name, place in _A.items() if place >= STRUCTURE_FROM}

Lines = Sequence[tuple[str, Sequence[str]]]  # (kind, values)


# -- ids ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def practitioner_id(id_nat: str) -> str:
    """The id of a person's Practitioner. The national directory's ids are technical too, and begin the same."""
    return f"003-{_NOT_ID.sub('.', id_nat)}"[:64]


def structure_key(values: Sequence[str]) -> str:
    """What names a structure, from its columns: technical id, else FINESS, else SIRET, else name and place; "" for none."""
    technique, siret, finess = values[_T["technique"]], values[_T["siret"]], values[_T["finess"]]
    if technique:
        return technique
    if finess:
        return f"F{finess}"
    if siret:
        return f"S{siret}"
    name = values[_T["raison_sociale"]] or values[_T["enseigne"]]
    return f"N{_digits(name, values[_T['code_postal']], values[_T['voie']], values[_T['numero_voie']])}" if name else ""


@lru_cache(maxsize=256)
def organization_id(key: str) -> str:
    """The id of the Organization of a structure."""
    return f"001-{_NOT_ID.sub('.', key)}"[:64]


def role_id(id_nat: str, structure: str, values: Sequence[str]) -> str:
    """The id of a situation: the same from one day to the next as long as who, where and as what do not change."""
    parts = (values[_A[name]] for name in ("profession", "categorie", "mode", "role", "genre", "section"))
    return f"005-{_digits(id_nat, structure, *parts)}"


def _digits(*parts: str) -> str:
    return str(int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=7).digest(), "big"))


# -- pieces ------------------------------------------------------------------------------------------------------------


def meta(kind: str, autorite: str = "", systeme: str = "RPPS", dp: str = "") -> Json:
    """The meta of a resource: its profiles, who registered it, the information system that tells of it."""
    profiles = [f"{IG}/{dp or _DP[kind]}|{VERSION}"]
    if kind in _FR:
        profiles.append(f"{CORE}/StructureDefinition/{_FR[kind]}|2.2.0")
    trace: list[Json] = [_autorite(autorite)] if autorite else []
    trace.append({"url": "systeme-information", "valueCode": systeme})
    return {
        "versionId": "1",
        "lastUpdated": "",
        "extension": [{"url": TRACE, "extension": trace}],
        "source": SOURCE,
        "profile": profiles,
    }


@lru_cache(maxsize=1024)
def _autorite(code: str) -> Json:
    return {
        "url": "autorite-enregistrement",
        "valueCodeableConcept": {"coding": [{"system": AUTORITE, "code": code.split("/")[0]}]},
    }


@lru_cache(maxsize=256)
def _identifier_type(code: str) -> Json:
    return {"coding": [{"system": _V2_0203, "code": code}]}


def _identifier(system: str, value: str, kind: str, use: str = "official") -> Json:
    return {"use": use, "type": _identifier_type(kind), "system": system, "value": value}


@lru_cache(maxsize=8192)
def _coding(nomenclature: str, code: str) -> Json:
    return {"system": system_of(nomenclature, code), "code": code}


def concept(*codings: tuple[str, str]) -> Json | None:
    """A concept from (nomenclature, code) pairs, blank codes left out; None when none is left."""
    found = [_coding(nomenclature, code) for nomenclature, code in codings if code]
    return {"coding": found} if found else None


def mailbox(bal: BAL) -> Json:
    """A mailbox as a ContactPoint."""
    metadata: list[Json] = [
        {"url": "type", "valueCodeableConcept": {"coding": [{"system": TYPE_BAL, "code": bal.type.value}]}}
    ]
    if bal.description:
        metadata.append({"url": "description", "valueString": bal.description})
    if bal.service:
        metadata.append({"url": "service", "valueString": bal.service})
    if bal.liste_rouge:
        metadata.append({"url": "listeRouge", "valueBoolean": True})
    point: Json = {
        "extension": [
            {"url": EMAIL_TYPE, "valueCoding": {"system": MESSAGERIE, "code": "MSSANTE"}},
            {"url": MAILBOX, "extension": metadata},
        ],
        "system": "email",
        "value": bal.adresse,
    }
    if bal.rang:
        point["rank"] = bal.rang
    return point


def bal_of(point: Json) -> BAL | None:
    """The mailbox that a ContactPoint is, None when it is none. Raises: ValueError for an unknown kind of mailbox."""
    extensions = {one.get("url"): one for one in point.get("extension", ())}
    if MAILBOX not in extensions and EMAIL_TYPE not in extensions:
        return None
    parts = {one.get("url"): one for one in extensions.get(MAILBOX, {}).get("extension", ())}
    kind = parts.get("type", {})
    coded = kind.get("valueCode") or next(
        (coding.get("code", "") for coding in kind.get("valueCodeableConcept", {}).get("coding", ())), ""
    )
    return BAL(
        point.get("value", ""),
        TypeBAL(coded),
        parts.get("description", {}).get("valueString", ""),
        parts.get("service", {}).get("valueString", ""),
        int(point.get("rank", 0)),
        bool(parts.get("listeRouge", {}).get("valueBoolean", False)),
    )


def _telecom(bals: Iterable[BAL]) -> list[Json]:
    return [mailbox(bal) for bal in bals if not bal.liste_rouge]


def _put(resource: Json, **members: Any) -> Json:
    for name, value in members.items():
        if value:
            resource[name] = value
    return resource


# -- Practitioner ------------------------------------------------------------------------------------------------------


def _identifiers(id_nat: str) -> list[Json]:
    found = [_identifier(ID_NAT_PS, id_nat, "IDNPS")]
    if id_nat[:1] == "8":
        found.append(_identifier(RPPS, id_nat[1:], "RPPS"))
    return found


def practitioner(id_nat: str, lines: Lines, bals: Sequence[BAL] = ()) -> Json:
    """The person of these lines."""
    family = given = prefix = suffix = autorite = ""
    exercises: dict[tuple[str, str], None] = {}
    know_how: dict[tuple[str, str], None] = {}
    degrees: dict[tuple[str, str], None] = {}
    authorised: dict[tuple[str, str], None] = {}
    for kind, values in lines:
        if kind == Sorte.DIPLOME:
            if values[_D["diplome"]]:
                degrees[values[_D["type_diplome"]], values[_D["diplome"]]] = None
            if values[_D["type_autorisation"]]:
                authorised[values[_D["type_autorisation"]], values[_D["discipline"]]] = None
            family, given = family or values[0], given or values[1]
            continue
        places = _A if kind == Sorte.ACTIVITE else _S
        if values[places["profession"]]:
            exercises[values[places["categorie"]], values[places["profession"]]] = None
        if values[places["savoir_faire"]]:
            know_how[values[places["type_savoir_faire"]], values[places["savoir_faire"]]] = None
        family, given = family or values[places["nom"]], given or values[places["prenom"]]
        if kind == Sorte.ACTIVITE:
            prefix, suffix = prefix or values[_A["civilite"]], suffix or values[_A["civilite_exercice"]]
            autorite = autorite or values[_A["autorite"]]
    qualification = [
        {"code": code}
        for code in (
            *(concept(("type_diplome", kind), ("diplome", code)) for kind, code in sorted(degrees)),
            *(concept(("categorie", kind), ("profession", code)) for kind, code in sorted(exercises)),
            *(concept(("type_savoir_faire", kind), ("savoir_faire", code)) for kind, code in sorted(know_how)),
        )
        if code
    ]
    name: Json = {"use": "usual"}
    _put(name, family=family, given=given.split("'") if given and "'" in given else [given] if given else None)
    _put(name, prefix=[prefix] if prefix else None, suffix=[suffix] if suffix else None)
    resource: Json = {
        "resourceType": "Practitioner",
        "id": practitioner_id(id_nat),
        "meta": meta("Practitioner", autorite),
    }
    _put(resource, extension=[_authorization(*one) for one in sorted(authorised)])
    resource.update({"identifier": _identifiers(id_nat), "active": True, "name": [name]})
    return _put(resource, telecom=_telecom(bals), qualification=qualification)


def _authorization(kind: str, field: str) -> Json:
    parts: list[Json] = [{"url": "type", "valueCodeableConcept": {"coding": [{"code": kind}]}}]
    if field:
        parts.append({"url": "field", "valueCodeableConcept": {"coding": [{"code": field}]}})
    return {"url": AUTHORIZATION, "extension": parts}


def situations(id_nat: str, lines: Lines) -> dict[str, tuple[str, Sequence[str]]]:
    """(structure, columns) of each situation of these lines, by the id of its role: one for each place, way and function. The
    first exercise without activity is there too, under "".
    """
    found: dict[str, tuple[str, Sequence[str]]] = {}
    for kind, values in lines:
        if kind == Sorte.ACTIVITE:
            structure = structure_key(values[STRUCTURE_FROM:])
            practises = structure or values[_A["genre"]] or values[_A["role"]]
            found.setdefault(role_id(id_nat, structure, values) if practises else "", (structure, values))
    return found


def roles(id_nat: str, lines: Lines, bals: Callable[[str], Sequence[BAL]] = lambda id: ()) -> list[Json]:
    """The situations of these lines; `bals`: mailboxes by id of the role."""
    return roles_of(id_nat, situations(id_nat, lines), bals)


def roles_of(
    id_nat: str, found: Mapping[str, tuple[str, Sequence[str]]], bals: Callable[[str], Sequence[BAL]]
) -> list[Json]:
    """The roles of these `situations`."""
    made: list[Json] = []
    for id, (structure, values) in found.items():
        if not id:
            continue
        codes = (concept((name, values[_A[name]])) for name in ("genre", "mode", "role", "section"))
        role: Json = {
            "resourceType": "PractitionerRole",
            "id": id,
            "meta": meta("PractitionerRole", values[_A["autorite"]]),
            "identifier": [{"system": RPPS, "value": id[4:]}],
            "active": True,
            "practitioner": {"reference": f"Practitioner/{practitioner_id(id_nat)}"},
        }
        if structure:
            role["organization"] = {"reference": f"Organization/{organization_id(structure)}"}
        made.append(_put(role, code=[code for code in codes if code], telecom=_telecom(bals(id))))
    return made


# -- Organization ------------------------------------------------------------------------------------------------------


def organization(values: Sequence[str], bals: Sequence[BAL] = (), communes: Mapping[str, str] | None = None) -> Json:
    """The structure of these columns."""
    value = {name: values[place] for name, place in _T.items()}
    key = structure_key(values)
    identifiers = [_identifier(ID_NAT_ST, id_nat_st(value), "IDNST")] if id_nat_st(value) else []
    if value["finess"]:
        identifiers.append(_identifier(FINESS, value["finess"], "FINEG"))
    if value["siret"]:
        identifiers.append(_identifier(SIRENE, value["siret"], "SIRET"))
    elif value["siren"]:
        identifiers.append(_identifier(SIRENE, value["siren"], "SIREN"))
    if value["technique"]:
        identifiers.append(_identifier("https://rppsrang.esante.gouv.fr", value["technique"], "RPPSRG"))
    kinds = [_kind("organizationType", _V2_3307, "GEOGRAPHICAL-ENTITY")]
    if value["secteur"]:
        kinds.append(_kind("secteurActiviteRASS", system_of("secteur", value["secteur"]), value["secteur"]))
    name, sign = value["raison_sociale"] or value["enseigne"], value["enseigne"]
    resource: Json = {
        "resourceType": "Organization",
        "id": organization_id(key),
        "meta": meta("Organization", systeme="FINESS" if value["finess"] else "RPPS"),
    }
    _put(resource, identifier=identifiers)
    resource["active"] = True
    resource["type"] = kinds
    _put(resource, name=name, alias=[sign] if sign and sign != name else None)
    points = [
        {"system": system, "value": value[column]}
        for column, system in (
            ("telephone", "phone"),
            ("telephone_2", "phone"),
            ("telecopie", "fax"),
            ("courriel", "email"),
        )
        if value[column]
    ]
    _put(resource, telecom=[*points, *_telecom(bals)])
    where = address(value, communes or {})
    if where:
        resource["address"] = [where]
    if value["finess_ej"]:
        resource["partOf"] = {"identifier": _identifier(FINESS, value["finess_ej"], "FINEJ")}
    return resource


def id_nat_st(value: Mapping[str, str]) -> str:
    """The national identification of a structure: as the file tells it, else by FINESS (1), SIRET (3) or rank (4)."""
    for number, prefix in (("ancien", ""), ("finess", "1"), ("siret", "3"), ("technique", "4")):
        if value[number]:
            return prefix + value[number]
    return ""


@lru_cache(maxsize=4096)
def _kind(which: str, system: str, code: str) -> Json:
    return {
        "extension": [{"url": ORGANIZATION_TYPES, "valueCode": which}],
        "coding": [{"system": system, "code": code}],
    }


def address(value: Mapping[str, str], communes: Mapping[str, str]) -> Json:
    """The postal address of a structure, {} when the file tells none."""
    street = " ".join(
        part
        for part in (
            value["numero_voie"],
            value["indice"],
            value["nom_type_voie"] or value["type_voie"],
            value["voie"],
        )
        if part
    )
    lines = [part for part in (value["destinataire"], value["point"], street, value["mention"]) if part]
    city = value["commune"] or communes.get(value["code_commune"], "") or without_code(value["cedex"])
    found: Json = {}
    if value["code_commune"]:
        found["extension"] = [{"url": INSEE_CODE, "valueCoding": {"system": _COMMUNE, "code": value["code_commune"]}}]
    return _put(
        found,
        line=lines,
        city=city,
        district=value["departement"],
        postalCode=value["code_postal"],
        country=value["pays"],
    )


_COMMUNE: Final = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"


def without_code(cedex: str) -> str:
    """The town of a "bureau distributeur": "75013 PARIS" gives PARIS."""
    return re.sub(r"^\s*[0-9]{5}\s+", "", re.sub(r"\s+CEDEX.*$", "", cedex, flags=re.IGNORECASE))


# -- what has left -----------------------------------------------------------------------------------------------------


def closed(resource: Json) -> Json:
    """A resource that has left the register: identifiers, `active` false. A role still says whose it was: its profile asks."""
    kept: Json = {"resourceType": resource["resourceType"], "id": resource["id"], "meta": dict(resource["meta"])}
    for name in ("identifier",):
        if name in resource:
            kept[name] = resource[name]
    kept["active"] = False
    if "practitioner" in resource:
        kept["practitioner"] = resource["practitioner"]
    return kept


def same(one: Json, other: Json) -> bool:
    """Whether two versions say the same, whenever they were written."""
    return _plain(one) == _plain(other)


def _plain(resource: Json) -> Json:
    meta = {name: value for name, value in resource["meta"].items() if name not in ("versionId", "lastUpdated")}
    return {**resource, "meta": meta}
