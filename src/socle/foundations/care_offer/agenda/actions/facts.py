"""Who asks, and what an agenda is: the facts that rules need."""

from datetime import datetime
from typing import Any, Final

from socle.foundations.care_offer.agenda.model import IDNPS, IDNST, SPECIALITE
from socle.foundations.care_offer.agenda.permissions import HOLDER, PLATFORM, REGULATOR, SOFTWARE
from socle.foundations.care_offer.agenda.rules import Asker
from socle.foundations.care_offer.agenda.store.agendas import Agendas, ScheduleRow
from socle.foundations.care_offer.agenda.store.reading import references
from socle.kernel.fhir import json
from socle.kernel.policy import Actor, Means
from socle.kernel.store import Json

_NOBODY: Final[Json] = {}


async def asker_of(agendas: Agendas, by: Actor, numbers: frozenset[str]) -> Asker:
    """On what account `by` asks something of the agendas of the professionals `numbers`.

    The house itself and publishers act as the software of an agenda; a professional holds their own and no other.
    """
    if by.means is Means.SYSTEM or SOFTWARE in by.roles or PLATFORM in by.roles:
        return Asker.SOFTWARE
    if HOLDER in by.roles and await agendas.number_of(by.id) in numbers:
        return Asker.HOLDER
    return Asker.REGULATOR if REGULATOR in by.roles else Asker.OTHER


async def row_of(agendas: Agendas, schedule: Json, derived: datetime) -> ScheduleRow:
    """What searches must know of a Schedule, read from its actors and theirs."""
    actors = schedule.get("actor", [])
    first = {kind: (references(actors, kind) or [""])[0] for kind in ("Practitioner", "PractitionerRole", "Location")}
    known = await _read(agendas, [(kind, id) for kind, id in first.items() if id])
    role = known.get(f"PractitionerRole/{first['PractitionerRole']}", _NOBODY)
    near = {
        "Practitioner": first["Practitioner"] or _one(role.get("practitioner"), "Practitioner"),
        "Location": first["Location"] or next(iter(references(role.get("location", ()), "Location")), ""),
        "Organization": _one(role.get("organization"), "Organization"),
    }
    known |= await _read(agendas, [(kind, id) for kind, id in near.items() if id and f"{kind}/{id}" not in known])
    practitioner = known.get(f"Practitioner/{near['Practitioner']}", _NOBODY)
    place = known.get(f"Location/{near['Location']}", _NOBODY)
    if not near["Organization"]:
        near["Organization"] = _one(place.get("managingOrganization"), "Organization")
        known |= await _read(agendas, [("Organization", near["Organization"])])
    organization = known.get(f"Organization/{near['Organization']}", _NOBODY)
    number = _national(practitioner, IDNPS) or _logical(actors, IDNPS)
    structure = _national(organization, IDNST) or role.get("organization", {}).get("identifier", {}).get("value", "")
    kind = "PS" if number else "SOS" if structure.startswith("3") else "OTHER"
    specialty = _specialty(schedule) or _specialty(role)
    address = place.get("address", {})
    phone = next((t.get("value", "") for t in (*role.get("telecom", ()), *place.get("telecom", ()))), "")
    return ScheduleRow(
        schedule=schedule["id"],
        kind=kind,
        number=number if kind == "PS" else structure if kind == "SOS" else "",
        name=_name(practitioner) or place.get("name") or organization.get("name") or schedule["id"],
        specialty=specialty.get("code", ""),
        specialty_label=str(specialty.get("display") or specialty.get("code") or ""),
        structure=structure,
        place=place.get("name", "") or organization.get("name", ""),
        line=", ".join(address.get("line", ())),
        postal=address.get("postalCode", ""),
        city=address.get("city", ""),
        phone=phone,
        active=schedule.get("active", True) is True,
        practitioner=near["Practitioner"],
        role=first["PractitionerRole"],
        location=near["Location"],
        organization=near["Organization"],
        derived=derived,
    )


async def _read(agendas: Agendas, wanted: list[tuple[str, str]]) -> dict[str, Json]:
    wanted = [one for one in wanted if one[1]]
    found = await agendas.resources(wanted) if wanted else {}
    return {reference: json.parse(stored.body) for reference, stored in found.items()}


def _one(reference: Any, kind: str) -> str:
    return next(iter(references([reference], kind)), "") if reference else ""


def _national(resource: Json, system: str) -> str:
    return next((str(i.get("value", "")) for i in resource.get("identifier", ()) if i.get("system") == system), "")


def _logical(actors: list[Json], system: str) -> str:
    named = [actor["identifier"] for actor in actors if actor.get("identifier")]
    return next((str(i.get("value", "")) for i in named if i.get("system") == system), "")


def _specialty(resource: Json) -> Json:
    for concept in resource.get("specialty", ()):
        for coding in concept.get("coding", ()):
            if coding.get("system") == SPECIALITE:
                return dict(coding)
    return {}


def _name(practitioner: Json) -> str:
    name: Json = next(iter(practitioner.get("name", ())), {})
    parts = [*name.get("prefix", ()), *name.get("given", ()), name.get("family", "")]
    return str(name.get("text") or " ".join(part for part in parts if part))
