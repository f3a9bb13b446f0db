"""The operations of the desk: what one does to an identity instead of writing its status."""

import asyncio
import base64
import binascii
from typing import Final, TypeVar

from socle.foundations.ins import actions, datamatrix
from socle.foundations.ins.actions import Desk, Dossier, Proposition
from socle.foundations.ins.api.arguments import answer, argument, required, resource, version
from socle.foundations.ins.model import Accompagnement, Attribut, Piece, Situation, TypeDocument
from socle.foundations.ins.permissions import READ, WRITE
from socle.foundations.ins.store import declared
from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.rest.operations.matching import Candidate, Match, Wanted
from socle.kernel.store import Json

TYPE = "Patient"
_E = TypeVar("_E", Situation, Accompagnement, Attribut)


def desk_of(call: Call) -> Desk:
    """The desk of the register that the call came to; the FHIR pipeline traces refusals itself."""
    return Desk.at(call.repository, records_refusals=False)


async def _patient(call: Call, dossier: Dossier) -> Json:
    stored = await call.repository.read(TYPE, dossier.id)
    assert stored is not None
    found: Json = json.parse(stored.body)
    return found


async def insi(call: Call) -> Json:
    """$insi: retrieve the INS; with preview=true, only show what INSi would answer."""
    desk = desk_of(call)
    if argument(call, "preview") == "true":
        dossier, proposition = await actions.look_up(desk, call.resource_id, by=call.actor, trace=call.trace)
    else:
        dossier, proposition = await actions.retrieve(
            desk, call.resource_id, version=version(call), by=call.actor, trace=call.trace
        )
    return _proposed(await _patient(call, dossier), dossier, proposition)


def _proposed(patient: Json, dossier: Dossier, proposition: Proposition) -> Json:
    """The answer of $insi: INSi's code, the status, what differs; the values that INSi gave stay out of it."""
    differences = [
        {
            "part": [
                {"name": "trait", "valueString": ecart.trait},
                {"name": "gravity", "valueCode": ecart.gravite.value},
                {"name": "text", "valueString": ecart.text.fr},
            ]
        }
        for ecart in proposition.ecarts
    ]
    return answer(
        code=proposition.code.value,
        label=proposition.code.libelle,
        status=dossier.identite.statut.value,
        difference=differences,
        return_=patient,
    )


async def verify(call: Call) -> Json:
    """$verify: ask INSi whether the INS still holds; detach it when it does not."""
    dossier, holds = await actions.verify(
        desk_of(call), call.resource_id, version=version(call), by=call.actor, trace=call.trace
    )
    return answer(result=holds, status=dossier.identite.statut.value, return_=await _patient(call, dossier))


async def record_document(call: Call) -> Json:
    """$record-document: the document shown; situation and accompanying document in the special cases of the RNIV."""
    code = required(call, "document", "code de la pièce présentée (CN, PA…)", "code of the document shown (CN, PA…)")
    piece = Piece(
        TypeDocument.of_code(code),
        _one_of(Situation, argument(call, "situation"), "situation") or Situation.ORDINAIRE,
        _one_of(Accompagnement, argument(call, "accompanied-by"), "accompanied-by"),
    )
    dossier = await actions.record_document(
        desk_of(call), call.resource_id, piece, version=version(call), by=call.actor, trace=call.trace
    )
    return await _patient(call, dossier)


async def attribute(call: Call) -> Json:
    """$attribute: set (or, with action=lift, lift) HOMA, DOUT or FICT."""
    required(call, "attribute", "HOMA, DOUT ou FICT", "HOMA, DOUT or FICT")
    attribut = _one_of(Attribut, argument(call, "attribute"), "attribute")
    assert attribut is not None
    act = {"": actions.set_attribute, "set": actions.set_attribute, "lift": actions.lift_attribute}
    chosen = act.get(argument(call, "action"))
    if chosen is None:
        raise _unknown("action", "set, lift")
    dossier = await chosen(
        desk_of(call), call.resource_id, attribut, version=version(call), by=call.actor, trace=call.trace
    )
    return await _patient(call, dossier)


async def correct(call: Call) -> Json:
    """$correct: change strict traits; the identity goes back to provisional."""
    wanted = declared(resource(call, TYPE))
    dossier = await actions.correct(
        desk_of(call),
        call.resource_id,
        traits=wanted.traits,
        complementaires=wanted.complementaires,
        version=version(call),
        by=call.actor,
        trace=call.trace,
    )
    return await _patient(call, dossier)


async def detach(call: Call) -> Json:
    """$detach: detach the INS, saying why."""
    dossier = await actions.detach(
        desk_of(call),
        call.resource_id,
        argument(call, "reason"),
        version=version(call),
        by=call.actor,
        trace=call.trace,
    )
    return await _patient(call, dossier)


async def print_datamatrix(call: Call) -> Json:
    """$datamatrix: the INS datamatrix of a qualified identity, as a Binary (format=svg, png or text)."""
    text = await actions.datamatrix_of(desk_of(call), call.resource_id, by=call.actor, trace=call.trace)
    match argument(call, "format") or "svg":
        case "svg":
            content, data = "image/svg+xml", datamatrix.to_svg(text).encode()
        case "png":
            content, data = "image/png", datamatrix.to_png(text)
        case "text":
            content, data = "text/plain", text.encode()
        case _:
            raise _unknown("format", "svg, png, text")
    return {"resourceType": "Binary", "contentType": content, "data": base64.b64encode(data).decode()}


async def read_datamatrix(call: Call) -> Json:
    """$read-datamatrix: what a datamatrix says (Binary with a PNG, or its text). It proves nothing: it is not
    signed.
    """
    body = call.body or {}
    if body.get("resourceType") == "Binary":
        try:
            data = base64.b64decode(body.get("data", ""), validate=True)
        except (binascii.Error, ValueError):
            raise Problem.of(
                Kind.MALFORMED,
                "Binary.data n'est pas en base64.",
                "Binary.data is not base64.",
                expression="Binary.data",
                rule="FHIR R4 Binary",
            ) from None
        text = await asyncio.to_thread(datamatrix.read_png, data)  # up to a second of searching
    else:
        text = required(call, "text", "le texte du datamatrix", "the text of the datamatrix")
    seen = datamatrix.parse(text)
    traits = seen.traits
    return answer(
        matricule=seen.ins.matricule.value,
        oid=seen.ins.oid,
        birth_name=traits.nom_naissance,
        birth_given_names=traits.liste_prenoms,
        sex=traits.sexe.value,
        birth_date=str(traits.date_naissance),
        birth_place=traits.lieu_naissance if traits.is_birthplace_known else None,
        warning=list(seen.warnings),
    )


async def match(call: Call, wanted: Wanted) -> list[Candidate]:
    """$match: is this person here already?"""
    traits = declared(wanted.resource).traits
    found = await actions.candidates(desk_of(call), traits, count=wanted.count, by=call.actor, trace=call.trace)
    patients = await asyncio.gather(*(_patient(call, one.dossier) for one in found))
    return [Candidate(patient, one.grade, one.score) for patient, one in zip(patients, found, strict=True)]


def _one_of(values: type[_E], code: str, name: str) -> _E | None:
    if not code:
        return None
    for value in values:
        if value.value == code:
            return value
    raise _unknown(name, ", ".join(value.value for value in values))


def _unknown(name: str, accepted: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"Valeur inconnue pour « {name} » ; acceptées : {accepted}.",
        f"Unknown value for “{name}”; accepted: {accepted}.",
        expression=f"Parameters.parameter.where(name = '{name}')",
        rule="Paramètres de l'opération",
    )


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "insi",
        Text("Appeler INSi et rattacher l'INS trouvée", "Call INSi and attach the INS found"),
        WRITE,
        insi,
        level="instance",
        types=(TYPE,),
        parameters=("preview", "version"),
    ),
    Operation(
        "verify",
        Text("Faire vérifier l'INS par INSi", "Have the INS verified by INSi"),
        WRITE,
        verify,
        level="instance",
        types=(TYPE,),
        parameters=("version",),
    ),
    Operation(
        "record-document",
        Text("Enregistrer le contrôle d'une pièce d'identité", "Record the check of an identity document"),
        WRITE,
        record_document,
        level="instance",
        types=(TYPE,),
        parameters=("document", "situation", "accompanied-by", "version"),
    ),
    Operation(
        "attribute",
        Text("Poser ou lever un attribut d'identité", "Set or lift an identity attribute"),
        WRITE,
        attribute,
        level="instance",
        types=(TYPE,),
        parameters=("attribute", "action", "version"),
    ),
    Operation(
        "correct",
        Text("Corriger les traits ; l'identité redevient provisoire", "Correct traits; back to provisional"),
        WRITE,
        correct,
        level="instance",
        types=(TYPE,),
        parameters=("version",),
    ),
    Operation(
        "detach",
        Text("Détacher l'INS, en disant pourquoi", "Detach the INS, saying why"),
        WRITE,
        detach,
        level="instance",
        types=(TYPE,),
        parameters=("reason", "version"),
    ),
    Operation(
        "datamatrix",
        Text("Datamatrix INS d'une identité qualifiée", "INS datamatrix of a qualified identity"),
        READ,
        print_datamatrix,
        level="instance",
        types=(TYPE,),
        parameters=("format",),
        writes=False,
    ),
    Operation(
        "read-datamatrix",
        Text("Lire un datamatrix INS", "Read an INS datamatrix"),
        READ,
        read_datamatrix,
        level="type",
        types=(TYPE,),
        parameters=("text",),
    ),
)
MATCH: Final = Match(
    match, (TYPE,), READ, actions.MOST, Text("Cette personne est-elle déjà connue ?", "Is this person known already?")
)
