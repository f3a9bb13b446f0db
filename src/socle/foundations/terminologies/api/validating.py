"""$validate-code and $batch-validate-code. Source: FHIR R4 codesystem-operation-validate-code.html and
valueset-operation-validate-code.html.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from socle.foundations.terminologies import actions
from socle.foundations.terminologies.api import answers
from socle.foundations.terminologies.api.arguments import Arguments, missing
from socle.foundations.terminologies.api.reading import (
    BROUGHT,
    MOST_CODINGS,
    SETS,
    VERSIONS,
    languages_of,
    no_context,
    no_resource,
    over,
    rules_of,
    value_set_of,
)
from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.store import Held, Snapshot
from socle.kernel.outcome import Kind, Problem, operation_outcome
from socle.kernel.rest.endpoint import Call
from socle.kernel.rest.fields import language as speech_of
from socle.kernel.terminology.findings import Topic
from socle.kernel.terminology.judging import Asked, Verdict
from socle.kernel.terminology.versions import joined

# They send to $validate-code the parameters of their expansions too: nothing is listed, so that those of a list change nothing.
_LISTS: Final = ("excludeNested", "includeDefinition", "excludeNotForUI", "excludePostCoordinated")
_HOW: Final = (
    "date", "abstract", "displayLanguage", "lenient-display-validation", "mode", "activeOnly",
    "default-to-latest-version", "includeDesignations", "diagnostics", *VERSIONS, *SETS, *BROUGHT, *_LISTS,
)  # fmt: skip
VALIDATE_SYSTEM: Final = (
    "url", "codeSystem", "code", "system", "version", "display", "coding", "codeableConcept", *_HOW,
)  # fmt: skip
VALIDATE_SET: Final = (
    "url", "valueSet", "valueSetVersion", "code", "system", "systemVersion", "display", "coding", "codeableConcept",
    "inferSystem", "valueset-membership-only", "context", *_HOW,
)  # fmt: skip
VALIDATE: Final = tuple(dict.fromkeys((*VALIDATE_SYSTEM, *VALIDATE_SET)))
BATCH: Final = ("validation", *VALIDATE)
_MOST_BATCH: Final = 1_000


async def validate_code(call: Call) -> Json:
    """CodeSystem/$validate-code and ValueSet/$validate-code."""
    held = Held.at(call.repository)
    snapshot = held.fresh() or await held.snapshot()
    return await _validate(snapshot, call)


async def _validate(snapshot: Snapshot, call: Call) -> Json:
    if call.resource_type == "CodeSystem":
        return await _validate_in_system(snapshot, call)
    return await _validate_in_value_set(snapshot, call)


async def _validate_in_system(snapshot: Snapshot, call: Call) -> Json:
    given = Arguments(call, VALIDATE_SYSTEM)
    brought = given.resource("codeSystem", "CodeSystem")
    snapshot = over(snapshot, given, *([brought] if brought is not None else []))
    url = given.text("url") or (brought or {}).get("url", "")
    asked = _asked(given, call, "version", url)
    chosen = rules_of(snapshot, given)
    if call.resource_id:
        edition = snapshot.catalogue.edition_with(call.resource_id)
        if edition is None:
            raise no_resource(call)
        url = edition.url
        if edition.version:
            chosen = replace(chosen, force={**chosen.force, **dict.fromkeys(snapshot.names(url), edition.version)})
    places = [place for place, one in enumerate(asked) if not url or not one.system or snapshot.same(one.system, url)]
    if not places:
        raise Problem.of(
            Kind.INVALID,
            f"Le code est de {asked[0].system[:300]}, alors que « url » nomme {url[:300]}.",
            f"The code is of {asked[0].system[:300]}, whereas “url” names {url[:300]}.",
            expression="Parameters.parameter.where(name = 'url')",
            rule="FHIR R4 codesystem-operation-validate-code.html",
        )
    asked = [one if one.system or not url else replace(one, system=url) for one in (asked[place] for place in places)]
    if not asked[0].system and not given.has("coding") and not given.has("codeableConcept"):
        raise missing("url", "« url », l'adresse du système de codes", "“url”, the URL of the code system")

    async def judge(one: Asked) -> Verdict:
        return await actions.judge_in_system(snapshot, one, chosen)

    return await _answered(given, call, asked, judge, None, places)


async def _validate_in_value_set(snapshot: Snapshot, call: Call) -> Json:
    given = Arguments(call, VALIDATE_SET, alone="valueSet")
    no_context(given)
    snapshot = over(snapshot, given)
    asked = _asked(given, call, "systemVersion")
    chosen = rules_of(snapshot, given)
    value_set = value_set_of(snapshot, given, call)
    if not given.has("coding") and not given.has("codeableConcept") and not asked[0].system and not asked[0].alone:
        raise missing("system", "« system », ou « inferSystem » à true", "“system”, or “inferSystem” as true")
    name = value_set if isinstance(value_set, str) else joined(value_set.get("url", ""), value_set.get("version", ""))
    member = given.flag("valueset-membership-only", False)

    async def judge(one: Asked) -> Verdict:
        found = await actions.judge_in_value_set(snapshot, value_set, one, chosen)
        if member and found.findings:
            return replace(found, findings=tuple(told for told in found.findings if told.topic in _MEMBERSHIP))
        return found

    if member:
        asked = [replace(one, display="") for one in asked]
    return await _answered(given, call, asked, judge, name)


# What is told when only membership of the value set is asked about.
_MEMBERSHIP: Final = frozenset(
    {Topic.NOT_IN_SET, Topic.NOT_FOUND, Topic.SET_INVALID, Topic.VERSION, Topic.INVALID_DATA, Topic.CANNOT_INFER}
)


async def _answered(
    given: Arguments,
    call: Call,
    asked: list[Asked],
    judge: Callable[[Asked], Awaitable[Verdict]],
    name: str | None,
    places: Sequence[int] = (),
) -> Json:
    verdict, every = await actions.judge_concept(asked, judge)
    concept = given.structure("codeableConcept") if not given.has("coding") else None
    form = "CodeableConcept" if concept is not None else "Coding" if given.has("coding") else "code"
    judged = answers.Judged(
        asked,
        every,
        next(place for place, one in enumerate(every) if one is verdict),
        form,
        concept,
        name,
        places or range(len(every)),
        given.flag("includeDesignations", False),
        given.flag("diagnostics", False),
    )
    return answers.validated(judged, speech_of(call.spoken))


async def batch_validate_code(call: Call) -> Json:
    """$batch-validate-code: many validations in one request, each a Parameters as for $validate-code, answered in order.

    What stands beside them holds for each of those that do not say otherwise.
    """
    given = Arguments(call, BATCH)
    validations = given.structures("validation")
    if not validations:
        raise missing(
            "validation", "« validation », une ressource Parameters par code", "“validation”, one Parameters a code"
        )
    if len(validations) > _MOST_BATCH:
        raise Problem.of(Kind.TOO_COSTLY, f"{_MOST_BATCH} validations au plus.", f"At most {_MOST_BATCH} validations.")
    snapshot = over(await Held.at(call.repository).snapshot(), given)
    shared = [
        one for one in (call.body or {}).get("parameter", ()) if one.get("name") not in ("validation", "tx-resource")
    ]

    async def one(body: Any) -> Json:
        own = body.get("parameter", ()) if isinstance(body, dict) else ()
        named = {parameter.get("name") for parameter in own}
        both = [*own, *(parameter for parameter in shared if parameter.get("name") not in named)]
        inner = replace(call, body={**body, "parameter": both} if shared else body, parameters={})
        try:
            found = await _validate(snapshot, inner)
        except Problem as problem:
            found = operation_outcome(problem.issues, speech_of(call.spoken), kind=problem.kind)
        return {"name": "validation", "resource": found}

    return {"resourceType": "Parameters", "parameter": await asyncio.gather(*(one(body) for body in validations))}


def _asked(given: Arguments, call: Call, version: str, system: str = "") -> list[Asked]:
    """The codings to judge; `system` is that of a code given alone. Raises: Problem(INVALID) when there is none."""
    how = partial(
        Asked,
        languages=languages_of(given, call),
        abstract=given.flag("abstract", True),
        lenient=given.flag("lenient-display-validation", False) or _lenient(given),
        spoken=given.has("displayLanguage"),
        active=given.flag("activeOnly", False),
        alone=given.flag("inferSystem", False),
    )
    concept = given.structure("codeableConcept")
    codings = concept.get("coding", [])[:MOST_CODINGS] if concept is not None else []
    coding = given.structure("coding")
    if coding is not None:
        codings = [coding]
    if codings:
        return [
            how(one.get("system", ""), one.get("code", ""), one.get("version", ""), one.get("display", ""))
            for one in codings
        ]
    code = given.text("code")
    if not code:
        raise missing(
            "code",
            "« code », « coding » ou « codeableConcept » avec un coding",
            "“code”, “coding” or “codeableConcept” with a coding",
        )
    return [how(given.text("system") or system, code, given.text(version), given.text("display"))]


def _lenient(given: Arguments) -> bool:
    """Whether `mode` asks for it, as it was written before it had a parameter of its own."""
    if not given.has("mode"):
        return False
    modes = set(given.texts("mode"))
    if unknown := modes - {"lenient-display-validation"}:
        raise Problem.of(
            Kind.INVALID,
            f"« mode » vaut lenient-display-validation (reçu : {', '.join(sorted(unknown))[:100]}).",
            f"“mode” is lenient-display-validation (received: {', '.join(sorted(unknown))[:100]}).",
            expression="Parameters.parameter.where(name = 'mode')",
            rule="SOCLE-TERMINOLOGY-MODE",
            code="not-supported",
        )
    return bool(modes)
