"""A slot as the aggregator shows it, whoever offers it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from socle.foundations.care_offer.agenda.model.codes import (
    ACT_CODE,
    APPOINTMENT_REASON,
    IDNPS,
    IDNST,
    TYPE_CRENEAU,
)

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """A free slot of a publisher.

    number     of the professional, or of the association, with its prefix
    slot       its id at its publisher
    link       where it is booked
    """

    publisher: str
    slot: str
    start: datetime
    end: datetime
    number: str
    name: str
    specialty: str
    place: str
    line: str
    postal: str
    city: str
    phone: str
    access: frozenset[str]
    consultations: frozenset[str]
    walk_in: bool
    link: str


def offers(publisher: str, resources: Iterable[Resource]) -> Iterator[Offer]:
    """The slots among `resources` (of a Bundle of the SAS), each with whoever offers it. What is not whole is left out."""
    known = {f"{one.get('resourceType')}/{one.get('id')}": one for one in resources}
    for reference, slot in known.items():
        if reference.startswith("Slot/") and slot.get("status") == "free":
            try:
                yield _offer(publisher, slot, known)
            except (KeyError, TypeError, ValueError, AttributeError, IndexError):
                continue


def _offer(publisher: str, slot: Resource, known: Mapping[str, Resource]) -> Offer:
    schedule = known[_local(slot["schedule"]["reference"])]
    actors = [known[name] for each in schedule["actor"] if (name := _local(each["reference"])) in known]
    by_type = {one["resourceType"]: one for one in actors}
    practitioner, role = by_type.get("Practitioner", {}), by_type.get("PractitionerRole", {})
    place = by_type.get("Location") or next(iter(role.get("contained", ())), {})
    structure = known.get(_local(place.get("managingOrganization", {}).get("reference", "")), {})
    address = place.get("address", {})
    start, end = datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        raise ValueError("a slot without a time")
    return Offer(
        publisher=publisher,
        slot=str(slot["id"]),
        start=start,
        end=end,
        number=_number(practitioner, IDNPS) or _number(structure, IDNST),
        name=_name(practitioner) or str(place.get("name", "")),
        specialty=_specialty(slot),
        place=str(structure.get("name") or place.get("name", "")),
        line=", ".join(address.get("line", ())),
        postal=str(address.get("postalCode", "")),
        city=str(address.get("city", "")),
        phone=next((str(t.get("value", "")) for t in (*role.get("telecom", ()), *place.get("telecom", ()))), ""),
        access=frozenset(_codes(slot.get("meta", {}).get("security", ()), TYPE_CRENEAU)),
        consultations=frozenset(
            c for each in slot.get("serviceType", ()) for c in _codes(each.get("coding", ()), ACT_CODE)
        ),
        walk_in="WALKIN" in _codes(slot.get("appointmentType", {}).get("coding", ()), APPOINTMENT_REASON),
        link=str(slot.get("comment", "")),
    )


def _local(reference: str) -> str:
    return "/".join(reference.split("/")[-2:])


def _number(resource: Resource, system: str) -> str:
    return next((str(i.get("value", "")) for i in resource.get("identifier", ()) if i.get("system") == system), "")


def _name(practitioner: Resource) -> str:
    for name in practitioner.get("name", ()):
        return str(name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")]).strip())
    return ""


def _specialty(slot: Resource) -> str:
    for each in slot.get("specialty", ()):
        for coding in each.get("coding", ()):
            return str(coding.get("display") or coding.get("code") or "")
        return str(each.get("text", ""))
    return ""


def _codes(codings: Iterable[Resource], system: str) -> list[str]:
    return [str(one.get("code", "")) for one in codings if one.get("system") == system]
