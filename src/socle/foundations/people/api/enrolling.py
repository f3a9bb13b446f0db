"""Enrolments by FHIR operations, ours: `Practitioner/$enrol` and `PractitionerRole/[id]/$depart`, with Parameters both ways."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from socle.foundations.people.actions import enrolling
from socle.foundations.people.model.enrolement import Enrolement
from socle.foundations.people.permissions import ENROL
from socle.foundations.people.rules.enrolement import RULE
from socle.kernel.outcome import Issue, Kind, Problem, Text, operation_outcome
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.rest.fields import language
from socle.kernel.store import Json

_ENROL: Final = ("family", "given", "birthDate", "role", "organization", "start")
_DEPART: Final = ("end",)


async def enrol(call: Call) -> Json | Answer:
    """Issue a number and publish the situation; Parameters with the number and both references."""
    said = _values(call, _ENROL)
    missing = [name for name in _ENROL if name != "start" and not said.get(name)]
    if missing:
        raise Problem.of(
            Kind.INVALID,
            f"Il manque : {', '.join(missing)}.",
            f"Missing: {', '.join(missing)}.",
            expression=tuple(missing),
            rule=RULE,
        )
    demande = Enrolement(
        said["family"].strip(),
        said["given"].strip(),
        _date(said, "birthDate"),
        said["role"],
        said["organization"].removeprefix("Organization/"),
        _date(said, "start") if said.get("start") else call.now.date(),
    )
    done = await enrolling.enrol(call.repository, demande, by=call.actor, trace=call.trace)
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "rpps", "valueString": done.numero_rpps},
            {"name": "practitioner", "valueReference": {"reference": f"Practitioner/{done.praticien}"}},
            {"name": "situation", "valueReference": {"reference": f"PractitionerRole/{done.role}"}},
        ],
    }


async def depart(call: Call) -> Json | Answer:
    """Close the situation; an OperationOutcome that says so."""
    said = _values(call, _DEPART)
    le = _date(said, "end") if said.get("end") else call.now.date()
    await enrolling.depart(call.repository, call.resource_id, le, by=call.actor, trace=call.trace)
    text = Text(
        "Départ enregistré : la situation est close, le numéro reste à la personne.",
        "Departure recorded: the situation is closed, the number stays the person's.",
    )
    return operation_outcome([Issue(text, severity="information")], language(call.spoken))


def _values(call: Call, names: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for parameter in (call.body or {}).get("parameter", ()):
        name = parameter.get("name", "")
        if name not in names or name in found:
            raise Problem.of(
                Kind.INVALID,
                f"Le paramètre « {name[:40]} » n'existe pas ici, ou est donné deux fois ; paramètres : {', '.join(names)}.",
                f"The parameter “{name[:40]}” does not exist here, or is given twice; parameters: {', '.join(names)}.",
                expression="Parameters.parameter",
            )
        value: Any = next((one for key, one in parameter.items() if key.startswith("value")), "")
        found[name] = str(value.get("reference") or value.get("code") or "") if isinstance(value, dict) else str(value)
    return found


def _date(said: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(said[name])
    except ValueError:
        raise Problem.of(
            Kind.INVALID,
            f"« {name} » attend une date entière, AAAA-MM-JJ.",
            f"“{name}” takes a whole date, YYYY-MM-DD.",
            expression=name,
            rule=RULE,
        ) from None


OPERATIONS: Final = (
    Operation(
        "enrol",
        Text("Enrôle un professionnel à rôle (RPPS+).", "Enrols a professional known by a role (RPPS+)."),
        ENROL,
        enrol,
        "type",
        ("Practitioner",),
    ),
    Operation(
        "depart",
        Text("Déclare le départ d'un professionnel enrôlé.", "Declares that an enrolled professional has left."),
        ENROL,
        depart,
        "instance",
        ("PractitionerRole",),
    ),
)
