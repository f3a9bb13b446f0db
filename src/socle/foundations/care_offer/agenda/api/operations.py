"""`$aggregate` on the SAS: what all publishers answer, in one Bundle. Of ours: the guide has no such operation."""

from typing import Final

from socle.foundations.care_offer.agenda.actions.aggregating import Said, aggregate
from socle.foundations.care_offer.agenda.api.view import kept
from socle.foundations.care_offer.agenda.permissions import SAS_SEARCH
from socle.foundations.care_offer.agenda.rules.forms import Form, Pairs, question
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.outcome.operation_outcome import operation_outcome
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.store import Json

_TYPES: Final = {"individual": Form.INDIVIDUAL, "cpts": Form.CPTS, "sos": Form.SOS}


async def _aggregate(call: Call) -> Json:
    given = {name: values for name, values in call.parameters.items() if name != "form"}
    forms = call.parameters.get("form", ["individual"])
    if len(forms) != 1 or forms[0] not in _TYPES:
        raise Problem.of(
            Kind.INVALID,
            f"Paramètre « form » : {', '.join(_TYPES)}, une fois.",
            f"Parameter “form”: {', '.join(_TYPES)}, once.",
            expression="http.form",
            rule="SAS-RECHERCHE",
        )
    form = _TYPES[forms[0]]
    asked = question("Schedule" if form is Form.SOS else "Slot", _pairs(form, given))
    found = await aggregate(Agendas(kept(call.repository)), asked, trace=call.trace)
    entries: list[Json] = [
        {"fullUrl": f"urn:socle:{rank}", "resource": resource, "search": {"mode": _mode(resource, form)}}
        for rank, resource in enumerate(found.resources)
    ]
    silent = [_issue(one) for one in found.said if one.reason or one.left]
    if silent:
        entries.append({"resource": operation_outcome(silent, "fr"), "search": {"mode": "outcome"}})
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found.offers),
        "link": [{"relation": "self", "url": call.url}],
        "entry": entries,
    }


def _pairs(form: Form, given: dict[str, list[str]]) -> Pairs:
    """The parameters of a search of the guide; its includes are always asked for."""
    includes = {
        Form.INDIVIDUAL: [("_include", "Slot:schedule"), ("_include:iterate", "Schedule:actor")],
        Form.CPTS: [
            ("_include", "Slot:schedule"),
            ("_include:iterate", "Schedule:actor"),
            ("_include", "Slot:service-type-reference"),
            ("_include:iterate", "HealthcareService:organization"),
        ],
        Form.SOS: [
            ("_revinclude", "Slot:schedule"),
            ("_include", "Schedule:actor:Location"),
            ("_include:iterate", "Location:organization"),
        ],
    }
    return [*includes[form], *((name, value) for name, values in given.items() for value in values)]


def _mode(resource: Json, form: Form) -> str:
    return "match" if resource.get("resourceType") == ("Schedule" if form is Form.SOS else "Slot") else "include"


def _issue(said: Said) -> Issue:
    name = said.publisher.name
    if said.reason:
        return Issue(
            Text(
                f"{name} n'a pas répondu ({said.reason}) : ses créneaux manquent.",
                f"{name} did not answer ({said.reason}): its slots are missing.",
            ),
            (),
            "SAS-PARTIEL",
            "incomplete",
            "warning",
        )
    return Issue(
        Text(
            f"{name} : {said.left} créneau(x) hors de la question ou incomplet(s), non compté(s).",
            f"{name}: {said.left} slot(s) beside the question or not whole, not counted.",
        ),
        (),
        "SAS-PARTIEL",
        "incomplete",
        "warning",
    )


AGGREGATE: Final = Operation(
    "aggregate",
    Text("Créneaux de tous les éditeurs", "Slots of all publishers"),
    SAS_SEARCH,
    _aggregate,
    level="system",
    parameters=(
        "form",
        "start",
        "status",
        "schedule.actor:Practitioner.identifier",
        "_has:Slot:schedule:start",
        "_has:Slot:schedule:status",
        "actor:Location.organization.identifier",
    ),
    writes=False,
)
