"""What REST may write: offers by those who answer for them and see them whole, entry models by the same, whatever they see;
reports of anomalies by everyone.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from socle.foundations.care_offer.actions import anomalies as reports
from socle.foundations.care_offer.actions import places
from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.permissions import OWN
from socle.foundations.care_offer.rules import capacities, entry_models
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.policy import decide
from socle.kernel.rest.endpoint import Call
from socle.kernel.search.repository import Repository
from socle.kernel.store import Change, Delete, Json, Put, Stored

RULE: Final = "SOCLE-ROR-WRITE"


async def admit(change: Change, current: Stored | None, call: Call) -> Change:
    """The change as the register takes it. Raises: Problem."""
    if change.type == "Task":
        return await _report(change, current, call)
    decide(call.actor, OWN).or_raise(Kind.FORBIDDEN)
    if change.type == "Questionnaire":
        if isinstance(change, Put) and (wrong := list(entry_models.faults(change.resource))):
            raise Problem(Kind.INVALID, *wrong)
        return change
    if call.sight is not None and not call.sight.whole:
        raise Problem(
            Kind.FORBIDDEN,
            Issue(
                Text(
                    "On n'écrit l'offre qu'en la voyant tout entière (profil 1) : ce que votre profil ne voit pas serait "
                    "effacé.",
                    "The offer is only written by who sees all of it (profile 1): what your profile does not see would be "
                    "erased.",
                ),
                rule=RULE,
            ),
        )
    if isinstance(change, Delete):
        return replace(change, rows=[*change.rows, *places.removed(change.id)]) if change.type == "Location" else change
    _check(change.resource, call.now)
    if change.type == "Location":
        return replace(change, rows=[*change.rows, *places.kept({**change.resource, "id": change.id})])
    return change


async def _report(change: Change, current: Stored | None, call: Call) -> Change:
    if isinstance(change, Delete):
        raise Problem.of(
            Kind.NOT_ALLOWED,
            "Une anomalie ne se supprime pas : annulez-la (businessStatus 03).",
            "A report is not deleted: cancel it (businessStatus 03).",
            rule=RULE,
        )
    before = None if current is None else parse(current.body)
    resource = await reports.admitted(change.resource, before, call.repository, call.sight, by=call.actor, at=call.now)
    return _put(call.repository, change, resource)


def _put(repository: Repository, change: Put, resource: Json) -> Put:
    return repository.put(resource, id=change.id, expect=change.expect, fresh=change.fresh)


def _check(resource: Json, now: datetime) -> None:
    """What must be right of an offer, a place, a structure, whoever writes it. Raises: Problem(INVALID)."""
    if resource["resourceType"] == "Location":
        capacities.checked(capacities.capacities_of(resource), now)
    if resource["resourceType"] == "HealthcareService":
        flags = [one for one in resource.get("extension", ()) if one.get("url") == names.SENSITIVE]
        if len(flags) != 1 or not isinstance(flags[0].get("valueBoolean"), bool):
            raise Problem.of(
                Kind.INVALID,
                "Dites si l'offre est une unité sensible (ror-healthcareservice-sensitive-unit, valueBoolean) : une fois, "
                "true ou false.",
                "Say whether the offer is a sensitive unit (ror-healthcareservice-sensitive-unit, valueBoolean): once, "
                "true or false.",
                expression=f"HealthcareService.extension('{names.SENSITIVE}')",
                rule="ROR ror-healthcareservice (uniteSensible 1..1)",
                code="required",
            )
