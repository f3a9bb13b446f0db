"""Who sees what: six access profiles, three levels of confidentiality, sensitive units. A table, and what follows from it.

Source: mappings of the IG ROR 0.7.0 ("Profils ayant accès", element by element), ROR documentation (politique d'accès).
Where the guide leaves a choice, ours is the narrower: a contact without a level is very restricted; a place where one
sensitive unit is found is hidden with it, whatever else is done there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.capacity import StatutCapacite
from socle.foundations.care_offer.model.profil import Around, ChampActivite, NiveauConfidentialite, ProfilAcces

Json = dict[str, Any]
Capacities = Literal["all", "ordinary", "installed", "none"]
SUBSETTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}

# Codes of TRE_R227-ChampActivite; what is not listed is hospital care, the narrower reading for profiles 0 and 3.
FIELDS: Final[Mapping[str, ChampActivite]] = {
    "04": ChampActivite.MEDICO_SOCIAL,
    "05": ChampActivite.VILLE,
}


@dataclass(frozen=True, slots=True)
class Access:
    """One row of the table.

    sensitive   sees sensitive units, and what belongs to them
    contacts    highest level of confidentiality that it sees of contacts and addresses
    capacities  which measures of beds it sees: all, all but additional ones, installed beds only, none
    equipment   sees specific equipment
    orsan       sees landing zones and the ORSAN level
    people      fields of offers whose professionals it sees; None for all of them
    """

    sensitive: bool
    contacts: NiveauConfidentialite
    capacities: Capacities
    equipment: bool
    orsan: bool
    people: frozenset[ChampActivite] | None


_L: Final = NiveauConfidentialite
_MS: Final = frozenset({ChampActivite.MEDICO_SOCIAL})
_TOWN: Final = frozenset({ChampActivite.VILLE})
# fmt: off
TABLE: Final[Mapping[ProfilAcces, Access]] = {
    #                                          sensitive contacts          capacities   equip.  orsan   people
    ProfilAcces.LIBRE:               Access(False, _L.LIBRE,          "none",      False, False, _TOWN),
    ProfilAcces.TOUT:                Access(True,  _L.TRES_RESTREINT, "all",       True,  True,  None),
    ProfilAcces.HORS_TRES_RESTREINT: Access(False, _L.RESTREINT,      "ordinary",  True,  False, None),
    ProfilAcces.MEDICO_SOCIAL:       Access(False, _L.LIBRE,          "none",      False, False, _MS),
    ProfilAcces.HORS_CONTACT:        Access(True,  _L.LIBRE,          "all",       True,  True,  None),
    ProfilAcces.HORS_CAPACITE:       Access(False, _L.RESTREINT,      "installed", True,  False, None),
}
_ORDINARY: Final = frozenset(one.value for one in StatutCapacite) - {StatutCapacite.SUPPLEMENTAIRE.value}
# What profile 3 sees instead where the offer is medico-social.
WIDER: Final = Access(False, _L.RESTREINT, "ordinary", True, False, _MS)
# fmt: on


def access(profil: ProfilAcces, around: Around) -> Access:
    """The row that holds for a resource among these offers."""
    if profil is ProfilAcces.MEDICO_SOCIAL and ChampActivite.MEDICO_SOCIAL in around.fields:
        return WIDER
    return TABLE[profil]


def field_of(offer: Json) -> ChampActivite:
    """The field of an offer, from its `type`."""
    for concept in offer.get("type", ()):
        for coding in concept.get("coding", ()):
            if coding.get("system") == names.FIELD:
                return FIELDS.get(coding.get("code", ""), ChampActivite.SANITAIRE)
    return ChampActivite.SANITAIRE


def is_sensitive(offer: Json) -> bool:
    """Whether an offer is a sensitive unit: all that describes it is confidential."""
    return any(one.get("url") == names.SENSITIVE and one.get("valueBoolean") is True for one in _extensions(offer))


def is_visible(profil: ProfilAcces, resource_type: str, around: Around) -> bool:
    """Whether a resource exists at all for a profile. `around`: the offers it belongs to (itself, for an offer)."""
    row = TABLE[profil]
    if (
        resource_type in ("HealthcareService", "Location", "PractitionerRole")
        and around.sensitive
        and not row.sensitive
    ):
        return False
    if resource_type == "PractitionerRole" and row.people is not None:
        return bool(around.fields & row.people)
    if resource_type == "Practitioner":
        if row.people is not None:
            return bool(around.fields & row.people)
        return row.sensitive or bool(around.fields) or not around.offers
    return True


def shown(profil: ProfilAcces, resource: Json, around: Around) -> Json | None:
    """The resource as a profile sees it, tagged SUBSETTED when something was taken away; None when it is not seen."""
    if profil is ProfilAcces.TOUT:
        return resource
    of = resource["resourceType"]
    if not is_visible(profil, of, around):
        return None
    row = access(profil, around)
    kept = dict(resource)
    for strip in _STRIPS.get(of, ()):
        strip(kept, row)
    if kept == resource:
        return resource
    meta = dict(kept.get("meta", {}))
    meta["tag"] = [*meta.get("tag", ()), dict(SUBSETTED)]
    return {**kept, "meta": meta}


# -- what is taken away ------------------------------------------------------------------------------------------------


def _level(holder: Json, *urls: str) -> NiveauConfidentialite:
    """The level that a contact or an address carries; very restricted when it says none, or one that we do not know."""
    for one in _extensions(holder):
        if one.get("url") in urls:
            codings = one.get("valueCodeableConcept", {}).get("coding", ())
            for coding in codings:
                if coding.get("code") in ("1", "2", "3"):
                    return NiveauConfidentialite(int(coding["code"]))
    return NiveauConfidentialite.TRES_RESTREINT


def _telecoms(resource: Json, row: Access) -> None:
    _filter(resource, "telecom", lambda one: _level(one, names.TELECOM_LEVEL) <= row.contacts)


def _contacts_of_organization(resource: Json, row: Access) -> None:
    if row.contacts is NiveauConfidentialite.TRES_RESTREINT or "contact" not in resource:
        return
    contacts = []
    for contact in resource["contact"]:
        if _level(contact, names.CONTACT_LEVEL) <= row.contacts:
            kept = dict(contact)
            _telecoms(kept, row)
            contacts.append(kept)
    _put(resource, "contact", contacts)


def _contacts_of_offer(resource: Json, row: Access) -> None:
    if row.contacts is NiveauConfidentialite.TRES_RESTREINT:
        return
    kept = []
    for one in _extensions(resource):
        if one.get("url") != names.CONTACT:
            kept.append(one)
        elif _level(one, names.LEVEL) <= row.contacts:
            inner = [
                part
                for part in _extensions(one)
                if part.get("url") != names.CONTACT_TELECOM or _level(part, names.TELECOM_LEVEL) <= row.contacts
            ]
            kept.append({**one, "extension": inner})
    _put(resource, "extension", kept)


def _places(resource: Json, row: Access) -> None:
    _filter(resource, "extension", lambda one: _is_place_seen(one, row))


def _is_place_seen(one: Json, row: Access) -> bool:
    if one.get("url") == names.EQUIPMENT:
        return row.equipment
    if one.get("url") == names.CAPACITY:
        return sees_capacity(row.capacities, status_of(one))
    return True


def sees_capacity(capacities: Capacities, status: str) -> bool:
    """Whether a measure of that status is among those seen."""
    match capacities:
        case "all":
            return True
        case "ordinary":
            return status in _ORDINARY
        case "installed":
            return status == StatutCapacite.INSTALLE
    return False


def status_of(capacity: Json) -> str:
    """The code of the status in a capacity extension, "" when there is none."""
    for part in _extensions(capacity):
        if part.get("url") == "capacityStatus":
            codings = part.get("valueCodeableConcept", {}).get("coding", ())
            return next((str(coding["code"]) for coding in codings if coding.get("code")), "")
    return ""


def _rescue(resource: Json, row: Access) -> None:
    _filter(resource, "extension", lambda one: row.orsan or one.get("url") not in (names.DROP_ZONE, names.ORSAN))


Strip = Callable[[Json, Access], None]
_STRIPS: Final[Mapping[str, tuple[Strip, ...]]] = {
    "HealthcareService": (_telecoms, _contacts_of_offer),
    "Organization": (_telecoms, _contacts_of_organization, _rescue),
    "Location": (_telecoms, _places),
    "PractitionerRole": (_telecoms,),
    "Practitioner": (_telecoms,),
}


def _extensions(holder: Json) -> list[Json]:
    found: list[Json] = holder.get("extension", [])
    return found


def _filter(resource: Json, name: str, keep: Callable[[Json], bool]) -> None:
    if name in resource:
        _put(resource, name, [one for one in resource[name] if keep(one)])


def _put(resource: Json, name: str, kept: list[Json]) -> None:
    """An empty list is no list in FHIR: the element goes."""
    if kept:
        resource[name] = kept
    else:
        resource.pop(name, None)


# -- what one may search by --------------------------------------------------------------------------------------------

CAPACITY_PARAMETERS: Final = frozenset(
    {
        "capacity-status",
        "capacity-type",
        "temporality-capacity",
        "gender-capacity-available",
        "capacity-closing-type",
        "temporary-assignement",
        "nb-capacity",
        "capacity-update-date",
    }
)
ADDITIONAL_PARAMETERS: Final = frozenset({"additional-bed-type", "crisis-type"})  # only additional beds have them
_EQUIPMENT_PARAMETERS: Final = frozenset({"equipment-type", "equipment-feature", "limit-value"})
_CONTACT_PARAMETERS: Final = frozenset({"telecom", "phone", "email"})
_RESCUE_PARAMETERS: Final = frozenset({"drop-zone"})


@dataclass(frozen=True, slots=True)
class Asking:
    """How a profile may ask by a parameter.

    allowed   at all
    ordinary  of the measures of beds that are not additional: an index of them alone answers
    within    only of what belongs to a medico-social offer
    """

    allowed: bool = True
    ordinary: bool = False
    within: bool = False


def asking(profil: ProfilAcces, resource_type: str, name: str) -> Asking:
    """Whether, and how, a profile may search by a parameter: what it does not see must not be found through it."""
    if profil is ProfilAcces.TOUT:
        return Asking()
    row = TABLE[profil]
    social = profil is ProfilAcces.MEDICO_SOCIAL
    if resource_type == "Location":
        if name in ADDITIONAL_PARAMETERS:
            return Asking(row.capacities == "all")
        if name in CAPACITY_PARAMETERS:
            if social:
                return Asking(ordinary=True, within=True)
            return Asking(row.capacities in ("all", "ordinary"), ordinary=row.capacities == "ordinary")
        if name in _EQUIPMENT_PARAMETERS:
            return Asking(row.equipment or social, within=social)
    if resource_type == "Organization" and name in _RESCUE_PARAMETERS:
        return Asking(row.orsan)
    return Asking(name not in _CONTACT_PARAMETERS)
