"""`$validate`: does a resource conform? Source: FHIR R4 resource-operation-validate.html.

The answer is 200 with an OperationOutcome whatever the verdict; a request that makes no sense is refused.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import quote, urlencode

from socle.kernel.fhir import json
from socle.kernel.fhir.validation import Judged, Source, with_places
from socle.kernel.fhir.validation.reports import as_outcome
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.rest.endpoint import Call, Endpoint, Operation
from socle.kernel.rest.fields import language
from socle.kernel.rest.referred import Referred
from socle.kernel.store import Json
from socle.kernel.store.validator import Validator

_RULE: Final = "FHIR R4 resource-operation-validate.html"
_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
_MODES: Final = ("create", "update", "delete", "profile")
_TITLE: Final = Text(
    "Dit si une ressource est conforme à R4 et à des profils.",
    "Tells whether a resource conforms to R4 and to profiles.",
)


def with_validation(endpoint: Endpoint, validator: Validator) -> Endpoint:
    """The same server with `[type]/$validate` and `[type]/[id]/$validate`, for those who may read there."""
    if any(one.name == "validate" for one in endpoint.operations):
        return endpoint

    async def of_type(call: Call) -> Json:
        """The verdict on the resource that is sent."""
        return await _judged(call, validator, None)

    async def of_instance(call: Call) -> Json:
        """The verdict on the resource that is sent, or on the one that is stored when none is."""
        stored = None
        if call.body is None or (call.body.get("resourceType") == "Parameters" and call.resource_type != "Parameters"):
            found = await call.repository.read(call.resource_type, call.resource_id)
            if found is not None and call.sight is not None:
                [found] = await call.sight.seen(call.repository, [found])
            if found is None or found.deleted:
                raise Problem.of(
                    Kind.NOT_FOUND,
                    f"{call.resource_type}/{call.resource_id} n'existe pas ici.",
                    f"{call.resource_type}/{call.resource_id} does not exist here.",
                    rule=_RULE,
                )
            stored = found.body
        return await _judged(call, validator, stored)

    def operation(level: str) -> Operation:
        return Operation(
            "validate",
            _TITLE,
            endpoint.read,
            of_type if level == "type" else of_instance,
            "type" if level == "type" else "instance",
            parameters=("profile", "mode"),
            writes=False,
            definition=_DEFINITION,
            unchecked=True,
        )

    return replace(endpoint, operations=(*endpoint.operations, operation("type"), operation("instance")))


async def _judged(call: Call, validator: Validator, stored: bytes | None) -> Json:
    """The OperationOutcome. Raises: Problem(INVALID) for a request that makes no sense."""
    resource, mode, profiles, within = _asked(call)
    source = call.source
    if resource is None and stored is not None:
        resource, source, within = json.parse(stored), stored, ""
    if mode not in ("", *_MODES):
        raise _wrong(
            f"mode « {mode[:40]} » n'existe pas ; écrivez {', '.join(_MODES)}.",
            f'there is no mode "{mode[:40]}"; write {", ".join(_MODES)}.',
        )
    if resource is None:
        raise _wrong(
            "Envoyez la ressource à vérifier, seule ou dans Parameters (resource).",
            "Send the resource to check, alone or in Parameters (resource).",
        )
    if resource.get("resourceType") != call.resource_type:
        raise _wrong(
            f"La ressource est de type « {str(resource.get('resourceType'))[:64]} », l'adresse dit {call.resource_type}.",
            f'The resource is of type "{str(resource.get("resourceType"))[:64]}", the URL says {call.resource_type}.',
        )
    spoken = language(call.spoken)
    asked = await _questionnaire(call, resource)
    beside = () if asked is None else (asked,)
    report = await validator.judge(
        resource, profiles=profiles, now=call.now, language=spoken, beside=beside, targets=Referred(call, resource)
    )
    if source:
        report = replace(report, issues=with_places(report.issues, source, within=within))
    return as_outcome(Judged(Source("", b""), report), spoken)


async def _questionnaire(call: Call, response: Json) -> Json | None:
    """The Questionnaire of the register that a response names, by its canonical URL or its address here, if the caller may
    read it; None when there is none.
    """
    named = response.get("questionnaire")
    if response.get("resourceType") != "QuestionnaireResponse" or type(named) is not str or call.ask is None:
        return None
    url, _, version = named.partition("|")
    here, _, id_ = url.rpartition("/Questionnaire/")
    try:
        if here and here == call.base and id_:
            found: Json = json.parse((await call.ask(f"Questionnaire/{quote(id_, safe='')}")).body)
            return {**found, "url": url}
        sought = {"url": url, "_sort": "-_lastUpdated", "_count": "1"} | ({"version": version} if version else {})
        entries = json.parse((await call.ask(f"Questionnaire?{urlencode(sought)}")).body).get("entry", ())
    except Problem:  # no such type here, or not for this caller
        return None
    return next((one["resource"] for one in entries if one["resource"]["resourceType"] == "Questionnaire"), None)


def _asked(call: Call) -> tuple[Json | None, str, list[str], str]:
    """(resource, mode, profiles, where in the body the resource is when that is a Parameters), of the body and the URL.

    Raises: Problem(INVALID).
    """
    mode = (call.parameters.get("mode") or [""])[-1]
    profiles = list(call.parameters.get("profile", ()))
    body = call.body
    if body is None or body.get("resourceType") != "Parameters" or call.resource_type == "Parameters":
        return body, mode, profiles, ""
    resource: Json | None = None
    within = ""
    parameters = body.get("parameter")
    for rank, one in enumerate(parameters if isinstance(parameters, list) else ()):
        place = f"Parameters.parameter[{rank}]"
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str):
            raise _wrong("Chaque paramètre a un nom (name).", "Each parameter has a name.", f"{place}.name")
        if name == "resource":
            if not isinstance(one.get("resource"), dict):
                raise _wrong("« resource » demande une ressource.", "“resource” takes a resource.", place)
            resource, within = one["resource"], f"{place}.resource"
        elif name == "mode":
            mode = str(one.get("valueCode") or one.get("valueString") or "")
        elif name == "profile":
            profiles.append(str(one.get("valueUri") or one.get("valueCanonical") or one.get("valueString") or ""))
        else:
            raise _wrong(
                f"« {name[:64]} » n'est pas un paramètre de $validate ; paramètres : resource, mode, profile.",
                f"“{name[:64]}” is no parameter of $validate; parameters: resource, mode, profile.",
                place,
            )
    return resource, mode, [one for one in profiles if one], within


def _wrong(fr: str, en: str, expression: str = "") -> Problem:
    return Problem.of(Kind.INVALID, fr, en, expression=expression, rule=_RULE)
