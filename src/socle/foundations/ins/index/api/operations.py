"""$match and $ihe-pix: parse, call one action, answer. Sources: IHE PDQm ITI-119, IHE PIXm ITI-83, FHIR R4."""

from collections.abc import Sequence
from typing import Final

from socle.foundations.ins.api.arguments import argument, resource
from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import Candidate, MasterIndex
from socle.foundations.ins.index.model import Identifier
from socle.foundations.ins.index.permissions import READ
from socle.foundations.ins.index.rules import blocks
from socle.foundations.ins.index.store import TYPE, linked, portrait_of
from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.store import Json

BASE: Final = "/ins/index/fhir"
MATCH_GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"


def index_of(call: Call) -> MasterIndex:
    """The index of the register that the call came to; the FHIR pipeline traces by itself."""
    return MasterIndex(call.repository, traces=False)


async def match(call: Call) -> Json:
    """$match: a Bundle of candidates, the surest first, each with its grade and its probability."""
    _only(call, "resource", "count", "onlyCertainMatches")
    portrait = portrait_of(resource(call, TYPE))
    if not (portrait.ins or portrait.family or portrait.usual_family or portrait.given):
        raise Problem.of(
            Kind.INVALID,
            "Donnez au moins un nom, un prénom ou une INS qualifiée : sans eux, tout le monde ressemble à tout le monde.",
            "Give at least a family name, a given name or a qualified INS: without them, everybody resembles everybody.",
            expression="Patient.name",
            rule="IHE PDQm ITI-119",
        )
    if not blocks(portrait):
        raise Problem.of(
            Kind.INVALID,
            "Un nom seul ne désigne personne : ajoutez la date de naissance (ou l'année), le lieu de naissance, le code "
            "postal, un téléphone ou une INS qualifiée. Pour parcourir les homonymes : GET Patient?family=…",
            "A name alone points to nobody: add the birth date (or its year), the birthplace, the postcode, a telephone "
            "number or a qualified INS. To browse homonyms: GET Patient?family=…",
            expression="Patient.birthDate",
            rule="IHE PDQm ITI-119",
        )
    found = await actions.match(
        index_of(call),
        portrait,
        count=_count(call),
        only_certain=_flag(call, "onlyCertainMatches"),
        by=call.actor,
        trace=call.trace,
    )
    stored = await call.repository.store.read_many([(TYPE, one.record.id) for one in found])
    bodies = {one.id: json.parse(one.body) for one in stored}
    shown = [one for one in found if one.record.id in bodies]
    entries = [_entry(call, one, _linked(bodies[one.record.id], one, shown)) for one in shown]
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return {**bundle, "entry": entries} if entries else bundle


def _linked(body: Json, one: Candidate, shown: Sequence[Candidate]) -> Json:
    """The Patient, with a link to those of the same answer that are the same person."""
    others = [each.record.id for each in shown if each.record.person == one.record.person and each is not one]
    return linked({**body, "active": True}, others) if others else body


def _entry(call: Call, one: Candidate, body: Json) -> Json:
    return {
        "fullUrl": f"{call.origin}{BASE}/{TYPE}/{one.record.id}",
        "resource": body,
        "search": {
            "extension": [{"url": MATCH_GRADE, "valueCode": one.grade}],
            "mode": "match",
            "score": one.score,
        },
    }


async def ihe_pix(call: Call) -> Answer:
    """$ihe-pix: the identifiers of the same person in other domains."""
    _only(call, "sourceIdentifier", "targetSystem")
    source = _identifier(call, "sourceIdentifier")
    targets = _all(call, "targetSystem")
    identifiers, records = await actions.cross_reference(
        index_of(call), source, targets, by=call.actor, trace=call.trace
    )
    parameters: list[Json] = [
        {"name": "targetIdentifier", "valueIdentifier": {"system": one.system, "value": one.value}}
        for one in identifiers
    ]
    parameters += [{"name": "targetId", "valueReference": {"reference": f"{TYPE}/{record.id}"}} for record in records]
    answer: Json = {"resourceType": "Parameters", **({"parameter": parameters} if parameters else {})}
    touched = [f"{TYPE}/{record.id}" for record in records]
    return Answer(200, json.serialise(answer), entities=touched, concerns=list(touched))


def _identifier(call: Call, name: str) -> Identifier:
    """A token "system|value" or, in a Parameters, an Identifier."""
    for parameter in (call.body or {}).get("parameter", ()):
        given = parameter.get("valueIdentifier", {})
        if parameter.get("name") == name and given.get("system") and given.get("value"):
            return Identifier(given["system"], given["value"])
    system, bar, value = argument(call, name).partition("|")
    if not (system and bar and value):
        raise Problem.of(
            Kind.INVALID,
            f"« {name} » s'écrit système|valeur, par exemple urn:oid:1.2.250.1.213.1.4.8|255069910000…",
            f"“{name}” is written system|value, e.g. urn:oid:1.2.250.1.213.1.4.8|255069910000…",
            expression=f"Parameters.parameter.where(name = '{name}')",
            rule="IHE PIXm ITI-83",
        )
    return Identifier(system, value)


def _all(call: Call, name: str) -> list[str]:
    given = [value for one in call.parameters.get(name, ()) for value in one.split(",") if value]
    for parameter in (call.body or {}).get("parameter", ()):
        if parameter.get("name") == name:
            given += [value for key, value in parameter.items() if key in ("valueUri", "valueString", "valueUrl")]
    return list(dict.fromkeys(given))


def _only(call: Call, *names: str) -> None:
    """Raises: Problem(INVALID) for a parameter of the body that the operation has not; those of the URL were judged."""
    body = call.body or {}
    given = [one.get("name", "") for one in body.get("parameter", ())] if body.get("resourceType") != TYPE else []
    for name in given:
        if name not in names:
            raise Problem.of(
                Kind.INVALID,
                f"Le paramètre « {str(name)[:80]} » n'existe pas ici ; paramètres possibles : {', '.join(names)}.",
                f"There is no parameter “{str(name)[:80]}” here; those that there are: {', '.join(names)}.",
                expression=f"Parameters.parameter[{given.index(name)}].name",
                rule="Paramètres de l'opération",
            )


def _count(call: Call) -> int:
    text = argument(call, "count") or "10"
    if not (text.isascii() and text.isdigit() and 0 < int(text[:4]) <= actions.MOST):
        raise _unknown("count", f"1 … {actions.MOST}")
    return int(text)


def _flag(call: Call, name: str) -> bool:
    text = argument(call, name) or "false"
    if text not in ("true", "false"):
        raise _unknown(name, "true, false")
    return text == "true"


def _unknown(name: str, accepted: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"Valeur inconnue pour « {name} » ; acceptées : {accepted}.",
        f"Unknown value for “{name}”; accepted: {accepted}.",
        expression=f"Parameters.parameter.where(name = '{name}')",
        rule="Paramètres de l'opération",
    )


OPERATIONS: Final = (
    Operation(
        "match",
        Text("Qui est-ce ? Candidats, avec leur probabilité", "Who is this? Candidates, with their probability"),
        READ,
        match,
        level="type",
        types=(TYPE,),
        parameters=("count", "onlyCertainMatches"),
        writes=False,
        definition="https://profiles.ihe.net/ITI/PDQm/OperationDefinition/PDQmMatch",
    ),
    Operation(
        "ihe-pix",
        Text("Sous quels autres identifiants ce patient est-il connu ?", "Which other identifiers has this patient?"),
        READ,
        ihe_pix,
        level="type",
        types=(TYPE,),
        parameters=("sourceIdentifier", "targetSystem"),
        writes=False,
        definition="https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix",
    ),
)
