"""The answer to a search of the SAS: slots in the shape of its form, and what goes with them."""

from collections.abc import Iterable, Sequence

from socle.foundations.care_offer.agenda.rules.forms import Form, Question
from socle.foundations.care_offer.agenda.store.agendas import Agendas, SlotRow
from socle.foundations.care_offer.agenda.store.reading import references
from socle.foundations.care_offer.agenda.store.sas import shaped
from socle.kernel.fhir import json
from socle.kernel.store import Stored


async def answer(agendas: Agendas, asked: Question, slots: Sequence[SlotRow]) -> list[Stored]:
    """The slots of an answer in the shape of its form, and what goes with them, each once."""
    schedules = await agendas.schedules(sorted({one.schedule for one in slots}))
    wanted = [("Slot", one.slot) for one in slots]
    beside: list[tuple[str, str]] = []
    if "Slot:schedule" in asked.includes or asked.form is Form.SOS:
        wanted += [("Schedule", id) for id in schedules]
        for row in schedules.values():
            beside += [("Location", row.location)] if row.location else []
            if asked.form is Form.SOS:
                wanted += [("Location", row.location)] if row.location else []
                wanted += [("Organization", row.organization)] if row.organization else []
            elif "Schedule:actor" in asked.includes:
                wanted += [("PractitionerRole", row.role)] if row.role else []
                wanted += [("Practitioner", row.practitioner)] if row.practitioner else []
    found = await agendas.resources([*wanted, *beside])
    places = {ref: json.parse(one.body) for ref, one in found.items() if one.type == "Location"}
    if asked.form is Form.CPTS:
        found |= await _services(
            agendas, asked, [found[f"Slot/{one.slot}"] for one in slots if f"Slot/{one.slot}" in found]
        )
        wanted += [(one.type, one.id) for one in found.values() if one.type in ("HealthcareService", "Organization")]
    ordered = dict.fromkeys(f"{kind}/{id}" for kind, id in wanted)
    return [shaped(found[reference], asked.form, places) for reference in ordered if reference in found]


async def _services(agendas: Agendas, asked: Question, slots: Iterable[Stored]) -> dict[str, Stored]:
    """The services by which slots name their CPTS, and the structures that provide them, as they are asked for."""
    if "Slot:service-type-reference" not in asked.includes:
        return {}
    named = {
        id
        for slot in slots
        for service in json.parse(slot.body).get("serviceType", ())
        for extension in service.get("extension", ())
        for id in references([extension.get("valueReference", {})], "HealthcareService")
    }
    services = await agendas.resources(("HealthcareService", id) for id in sorted(named))
    if "HealthcareService:organization" not in asked.includes:
        return services
    providers = [
        id
        for one in services.values()
        for id in references([json.parse(one.body).get("providedBy", {})], "Organization")
    ]
    return {**services, **await agendas.resources(("Organization", id) for id in providers)}
