"""What may be written: each change that comes by REST is judged, and brings its slots with it."""

from socle.foundations.care_offer.agenda.actions.accounts import admit_account, admit_declared
from socle.foundations.care_offer.agenda.actions.booking import admit_appointment
from socle.foundations.care_offer.agenda.actions.facts import asker_of
from socle.foundations.care_offer.agenda.actions.schedules import admit_deletion, admit_schedule
from socle.foundations.care_offer.agenda.api.view import kept
from socle.foundations.care_offer.agenda.model import SAS
from socle.foundations.care_offer.agenda.rules import may_administer
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.endpoint import Call
from socle.kernel.store import Change, Delete, Stored


async def admit_to_agenda(change: Change, current: Stored | None, call: Call) -> Change:
    """A change at `/agenda/fhir`. Raises: Problem(RULE_VIOLATED | CONFLICT)."""
    agendas = Agendas(kept(call.repository))
    if change.type == "Schedule":
        if isinstance(change, Delete):
            return await admit_deletion(agendas, change, now=call.now, by=call.actor)
        return await admit_schedule(agendas, change, now=call.now, by=call.actor)
    if change.type != "Appointment":
        # people and places are declared by the software of an agenda, whose they are not
        may_administer(await asker_of(agendas, call.actor, frozenset())).or_raise()
    if isinstance(change, Delete):
        return change
    if change.type == "Appointment":
        before = json.parse(current.body) if current is not None else None
        return (await admit_appointment(agendas, change, before, now=call.now, by=call.actor)).put
    if change.resource.get("meta", {}).get("source") == SAS:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Un compte de régulateur se tient à /sas/fhir : ici sont les professionnels des agendas.",
            "A regulator's account is kept at /sas/fhir: here are the professionals of agendas.",
            expression="Practitioner.meta.source",
            rule="SAS-COMPTE",
        )
    return change


async def admit_to_sas(change: Change, current: Stored | None, call: Call) -> Change:
    """A change at `/sas/fhir`: an appointment sent to the SAS, a regulator's account. Raises: Problem."""
    agendas = Agendas(kept(call.repository))
    assert not isinstance(change, Delete)  # not offered
    before = json.parse(current.body) if current is not None else None
    if change.type == "Appointment":
        return (await admit_declared(agendas, change, before, now=call.now, by=call.actor)).put
    if before is not None and before.get("meta", {}).get("source") != SAS:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Ce professionnel n'est pas un compte de régulateur : son agenda le tient.",
            "This professional is no regulator's account: their agenda keeps them.",
            expression="Practitioner.identifier",
            rule="SAS-COMPTE",
        )
    return await admit_account(agendas, change)
