"""The operations of the terminology service. Source: FHIR R4 terminology-service.html."""

import asyncio
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from socle.foundations.terminologies import actions
from socle.foundations.terminologies.actions import Wanted
from socle.foundations.terminologies.api import answers
from socle.foundations.terminologies.api.arguments import Arguments, missing
from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.store import Held, Snapshot
from socle.kernel.outcome import Kind, Problem, operation_outcome
from socle.kernel.rest.endpoint import Call
from socle.kernel.rest.fields import language as speech_of
from socle.kernel.terminology.displays import languages as read_languages
from socle.kernel.terminology.judging import Asked, Verdict
from socle.kernel.terminology.translation import Sought
from socle.kernel.terminology.versions import VersionRules, joined, rules, split

_VERSIONS: Final = ("system-version", "check-system-version", "force-system-version")
LOOKUP: Final = ("code", "system", "version", "coding", "date", "displayLanguage", "property")
SUBSUMES: Final = ("codeA", "codeB", "system", "version", "codingA", "codingB")
VALIDATE_SYSTEM: Final = (
    "url", "codeSystem", "code", "version", "display", "coding", "codeableConcept", "date", "abstract",
    "displayLanguage", "lenient-display-validation", *_VERSIONS,
)  # fmt: skip
VALIDATE_SET: Final = (
    "url", "valueSet", "valueSetVersion", "code", "system", "systemVersion", "display", "coding", "codeableConcept",
    "date", "abstract", "displayLanguage", "inferSystem", "lenient-display-validation", "activeOnly", "context",
    *_VERSIONS,
)  # fmt: skip
VALIDATE: Final = tuple(dict.fromkeys((*VALIDATE_SYSTEM, *VALIDATE_SET)))
EXPAND: Final = (
    "url", "valueSet", "valueSetVersion", "filter", "offset", "count", "includeDesignations", "designation",
    "includeDefinition", "activeOnly", "excludeNested", "excludeNotForUI", "excludePostCoordinated", "displayLanguage",
    "exclude-system", "property", "date", "context", "contextDirection", *_VERSIONS,
)  # fmt: skip
TRANSLATE: Final = (
    "url", "conceptMap", "conceptMapVersion", "code", "system", "version", "source", "coding", "codeableConcept",
    "target", "targetsystem", "dependency", "reverse",
)  # fmt: skip
CLOSURE: Final = ("name", "concept", "version")
BATCH: Final = ("validation",)
_MOST_CODINGS: Final = 100
_MOST_BATCH: Final = 1_000


async def lookup(call: Call) -> Json:
    """CodeSystem/$lookup."""
    given = Arguments(call, LOOKUP)
    held = Held.at(call.repository)
    snapshot = held.fresh() or await held.snapshot()
    system, code, version = _coding(given, "coding")
    if not code:
        raise missing("code", "« code » avec « system », ou « coding »", "“code” with “system”, or “coding”")
    if call.resource_id:
        system, version = _instance(snapshot, call, system, version)
    if not system:
        raise missing("system", "« system », l'adresse du système de codes", "“system”, the URL of the code system")
    properties = given.texts("property")
    found = await actions.look_up(
        snapshot, system, code, version, languages=_languages(given, call), properties=properties
    )
    return answers.looked_up(found, properties)


async def subsumes(call: Call) -> Json:
    """CodeSystem/$subsumes."""
    given = Arguments(call, SUBSUMES)
    snapshot = await Held.at(call.repository).snapshot()
    a, b = given.structure("codingA"), given.structure("codingB")
    system, version = given.text("system"), given.text("version")
    code_a, code_b = given.text("codeA"), given.text("codeB")
    if a is not None and b is not None:
        system = system or a.get("system", "")
        if b.get("system", "") != system:
            raise Problem.of(
                Kind.INVALID,
                "Les deux codes doivent être du même système.",
                "Both codes must be of the same system.",
                expression="Parameters.parameter.where(name = 'codingB')",
                rule="FHIR R4 codesystem-operation-subsumes.html",
            )
        code_a, code_b, version = a.get("code", ""), b.get("code", ""), version or a.get("version", "")
    if not code_a or not code_b:
        raise missing(
            "codeA", "« codeA » et « codeB », ou « codingA » et « codingB »", "“codeA” and “codeB”, or codings"
        )
    if call.resource_id:
        system, version = _instance(snapshot, call, system, version)
    if not system:
        raise missing("system", "« system », l'adresse du système de codes", "“system”, the URL of the code system")
    outcome = await actions.subsumes(snapshot, system, code_a, code_b, version)
    return answers.parameters({"name": "outcome", "valueCode": outcome})


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
    asked = _asked(given, call, "version")
    chosen = _rules(given)
    if given.has("codeSystem"):
        raise _not_given("codeSystem", "CodeSystem")
    url = given.text("url")
    if call.resource_id:
        edition = snapshot.catalogue.edition_with(call.resource_id)
        if edition is None:
            raise _no_resource(call)
        url = edition.url
        chosen = replace(chosen, force={**chosen.force, url: edition.version} if edition.version else chosen.force)
    of_url = [one for one in asked if not url or not one.system or one.system == url]
    if url and not of_url:
        raise Problem.of(
            Kind.INVALID,
            f"Le code est de {asked[0].system[:300]}, alors que « url » nomme {url[:300]}.",
            f"The code is of {asked[0].system[:300]}, whereas “url” names {url[:300]}.",
            expression="Parameters.parameter.where(name = 'url')",
            rule="FHIR R4 codesystem-operation-validate-code.html",
        )
    asked = [replace(one, system=url or one.system) for one in of_url]
    if not asked[0].system:
        raise missing("url", "« url », l'adresse du système de codes", "“url”, the URL of the code system")

    async def judge(one: Asked) -> Verdict:
        return await actions.judge_in_system(snapshot, one, chosen)

    verdict, every = await actions.judge_concept(asked, judge)
    return answers.validated(verdict, asked[every.index(verdict)], speech_of(call.spoken), every)


async def _validate_in_value_set(snapshot: Snapshot, call: Call) -> Json:
    given = Arguments(call, VALIDATE_SET, alone="valueSet")
    _no_context(given)
    asked = _asked(given, call, "systemVersion")
    chosen = _rules(given)
    value_set = _value_set(snapshot, given, call)
    if not given.has("coding") and not given.has("codeableConcept"):
        infer = given.flag("inferSystem", False)
        if not asked[0].system and not infer:
            raise missing("system", "« system », ou « inferSystem » à true", "“system”, or “inferSystem” as true")
    active = given.flag("activeOnly", False)

    async def judge(one: Asked) -> Verdict:
        found = await actions.judge_in_value_set(snapshot, value_set, one, chosen)
        if active and found.good and found.entry is not None and found.entry.inactive:
            return replace(found, good=False)
        return found

    verdict, every = await actions.judge_concept(asked, judge)
    return answers.validated(verdict, asked[every.index(verdict)], speech_of(call.spoken), every)


async def batch_validate_code(call: Call) -> Json:
    """$batch-validate-code: many validations in one request, each a Parameters as for $validate-code, answered in order."""
    given = Arguments(call, BATCH)
    validations = given.every("validation")
    if not validations:
        raise missing(
            "validation", "« validation », une ressource Parameters par code", "“validation”, one Parameters a code"
        )
    if len(validations) > _MOST_BATCH:
        raise Problem.of(Kind.TOO_COSTLY, f"{_MOST_BATCH} validations au plus.", f"At most {_MOST_BATCH} validations.")
    snapshot = await Held.at(call.repository).snapshot()

    async def one(body: Any) -> Json:
        inner = replace(call, body=body, parameters={})
        try:
            found = await _validate(snapshot, inner)
        except Problem as problem:
            found = operation_outcome(problem.issues, speech_of(call.spoken), kind=problem.kind)
        return {"name": "validation", "resource": found}

    return {"resourceType": "Parameters", "parameter": await asyncio.gather(*(one(body) for body in validations))}


async def expand(call: Call) -> Json:
    """ValueSet/$expand."""
    given = Arguments(call, EXPAND, alone="valueSet")
    _no_context(given)
    snapshot = await Held.at(call.repository).snapshot()
    value_set = _value_set(snapshot, given, call)
    languages = _languages(given, call)
    wanted = Wanted(
        text=given.text("filter"),
        offset=given.number("offset") or 0,
        count=given.number("count"),
        active=given.flag("activeOnly", False),
        for_ui=given.flag("excludeNotForUI", False),
        excluded=tuple(given.texts("exclude-system")),
        rules=_rules(given),
    )
    plan, found = await actions.expand(snapshot, value_set, wanted)
    designations = given.texts("designation")
    with_designations = given.flag("includeDesignations", bool(designations))
    nest = not given.flag("excludeNested", True) and wanted.count is None and not wanted.text
    contains = answers.contained(
        found.members,
        languages=languages,
        designations=designations if with_designations else None,
        properties=given.texts("property"),
        definitions=given.flag("includeDefinition", False),
        nest=nest,
    )
    said: list[Json] = []
    for name in EXPAND:
        if name in ("url", "valueSet", "valueSetVersion"):
            continue
        said += [{"name": name, **_said(value)} for value in given.every(name)]
    if languages and not given.has("displayLanguage"):
        said.append({"name": "displayLanguage", "valueCode": languages[0]})
    said += [{"name": "used-codesystem", "valueUri": edition.canonical} for edition in plan.editions()]
    said += [{"name": "version", "valueUri": edition.canonical} for edition in plan.editions() if edition.version]
    said += [
        {"name": "used-valueset", "valueUri": inner.canonical}
        for inner in plan.plans()
        if inner is not plan and inner.canonical
    ]
    resource: Json = {
        name: plan.resource[name]
        for name in (
            "url", "identifier", "version", "name", "title", "status", "experimental", "date", "publisher",
            "copyright", "language",
        )
        if name in plan.resource
    }  # fmt: skip
    expansion: Json = {"identifier": f"urn:uuid:{uuid4()}", "timestamp": call.now.isoformat(timespec="milliseconds")}
    if found.total is not None:
        expansion["total"] = found.total
    if wanted.offset or wanted.count is not None:
        expansion["offset"] = wanted.offset
    if said:
        expansion["parameter"] = said
    if contains:
        expansion["contains"] = contains
    out: Json = {"resourceType": "ValueSet", "status": "active", **resource, "expansion": expansion}
    return {**out, "id": call.resource_id} if call.resource_id else out


async def translate(call: Call) -> Json:
    """ConceptMap/$translate."""
    given = Arguments(call, TRANSLATE)
    snapshot = await Held.at(call.repository).snapshot()
    backwards = given.flag("reverse", False)
    dependencies: dict[str, str] = {}
    for one in given.every("dependency"):
        parts = {part["name"]: part for part in one.get("part", ())} if isinstance(one, dict) else {}
        element = parts.get("element", {}).get("valueUri", "")
        concept = parts.get("concept", {})
        codings = concept.get("valueCodeableConcept", {}).get("coding", [concept.get("valueCoding", {})])
        dependencies[element] = f"{codings[0].get('system', '')}|{codings[0].get('code', '')}" if codings else ""
    target = given.text("targetsystem")
    concept = given.structure("codeableConcept")
    if concept is not None:
        codings = [(one.get("system", ""), one.get("code", "")) for one in concept.get("coding", ())[:_MOST_CODINGS]]
    else:
        system, code, _ = _coding(given, "coding")
        codings = [(system, code)]
    if not any(code for _, code in codings):
        raise missing(
            "code",
            "« code » et « system », « coding » ou « codeableConcept »",
            "“code” and “system”, “coding” or “codeableConcept”",
        )
    url = given.text("url")
    if call.resource_id:
        headline = snapshot.catalogue.by_id.get(("ConceptMap", call.resource_id))
        if headline is None:
            raise _no_resource(call)
        url = joined(headline.url, headline.version)
    found = await actions.translate(
        snapshot,
        [Sought(system, code, target, dependencies, backwards) for system, code in codings if code],
        url=url,
        version=given.text("conceptMapVersion"),
        given=given.resource("conceptMap", "ConceptMap"),
        source=given.text("source"),
        target=given.text("target"),
    )
    return answers.translated(found, speech_of(call.spoken))


async def closure(call: Call) -> Json:
    """$closure."""
    given = Arguments(call, CLOSURE)
    name = given.text("name")
    if not name:
        raise missing("name", "« name », le nom de la fermeture", "“name”, the name of the closure")
    told = []
    for one in given.every("concept"):
        if not isinstance(one, dict) or not one.get("system") or not one.get("code"):
            raise missing(
                "concept",
                "chaque « concept » est un Coding avec system et code",
                "each “concept” is a Coding with system and code",
            )
        told.append((one["system"], one["code"]))
    held, since = Held.at(call.repository), given.number("version")
    done = await actions.close(held, name, told, since, by=call.actor, trace=call.trace)
    return answers.closed(done, call.now.isoformat(timespec="seconds"))


# -- what operations share ---------------------------------------------------------------------------------------------


def _coding(given: Arguments, name: str) -> tuple[str, str, str]:
    """(system, code, version) from a Coding or from the parameters beside it."""
    coding = given.structure(name)
    if coding is not None:
        return coding.get("system", ""), coding.get("code", ""), coding.get("version", "") or given.text("version")
    return given.text("system"), given.text("code"), given.text("version")


def _asked(given: Arguments, call: Call, version: str) -> list[Asked]:
    """The codings to judge. Raises: Problem(INVALID) when there is none."""
    how = Asked(
        "",
        "",
        languages=_languages(given, call),
        abstract=given.flag("abstract", True),
        lenient=given.flag("lenient-display-validation", False),
    )
    concept = given.structure("codeableConcept")
    codings = concept.get("coding", [])[:_MOST_CODINGS] if concept is not None else []
    coding = given.structure("coding")
    if coding is not None:
        codings = [coding]
    if codings:
        return [
            replace(
                how,
                system=one.get("system", ""),
                code=one.get("code", ""),
                version=one.get("version", ""),
                display=one.get("display", ""),
            )
            for one in codings
        ]
    code = given.text("code")
    if not code:
        raise missing(
            "code",
            "« code », « coding » ou « codeableConcept » avec un coding",
            "“code”, “coding” or “codeableConcept” with a coding",
        )
    system = given.text("system") if version == "systemVersion" else ""
    return [replace(how, system=system, code=code, version=given.text(version), display=given.text("display"))]


def _value_set(snapshot: Snapshot, given: Arguments, call: Call) -> str | Json:
    """The value set: by its URL, given whole, or the one of the address."""
    resource = given.resource("valueSet", "ValueSet")
    if resource is not None:
        return resource
    if call.resource_id:
        headline = snapshot.catalogue.by_id.get(("ValueSet", call.resource_id))
        if headline is None:
            raise _no_resource(call)
        return joined(headline.url, headline.version)
    url = given.text("url")
    if not url:
        raise missing(
            "url",
            "« url », l'adresse du jeu de valeurs, ou « valueSet »",
            "“url”, the URL of the value set, or “valueSet”",
        )
    bare, version = split(url)
    return joined(bare, given.text("valueSetVersion") or version)


def _instance(snapshot: Snapshot, call: Call, system: str, version: str) -> tuple[str, str]:
    """(system, version) of the CodeSystem of the address; another system said beside it is refused."""
    edition = snapshot.catalogue.edition_with(call.resource_id)
    if edition is None:
        raise _no_resource(call)
    if system and system != edition.url:
        raise Problem.of(
            Kind.INVALID,
            f"CodeSystem/{call.resource_id} est {edition.url}, et non {system[:300]}.",
            f"CodeSystem/{call.resource_id} is {edition.url}, not {system[:300]}.",
            expression="Parameters.parameter.where(name = 'system')",
            rule="FHIR R4 codesystem-operation-lookup.html",
        )
    return edition.url, version or edition.version


def _rules(given: Arguments) -> VersionRules:
    default, check, force = (given.texts(name) for name in _VERSIONS)
    return rules(default, check, force) if default or check or force else _NO_RULES


_NO_RULES: Final = VersionRules()


def _languages(given: Arguments, call: Call) -> tuple[str, ...]:
    said = given.text("displayLanguage")
    return read_languages(said or call.spoken) if said or call.spoken else ()


def _no_context(given: Arguments) -> None:
    if given.has("context") or given.has("contextDirection"):
        raise Problem.of(
            Kind.INVALID,
            "« context » n'est pas offert : nommez le jeu de valeurs par « url ».",
            "“context” is not offered: name the value set by “url”.",
            expression="Parameters.parameter.where(name = 'context')",
            rule="SOCLE-TERMINOLOGY-CONTEXT",
            code="not-supported",
        )


def _not_given(name: str, kind: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"« {name} » : un {kind} ne se donne pas dans la question ; chargez-le, puis nommez-le par « url ».",
        f"“{name}”: a {kind} is not given within the question; load it, then name it by “url”.",
        expression=f"Parameters.parameter.where(name = '{name}')",
        rule="SOCLE-TERMINOLOGY-GIVEN",
        code="not-supported",
    )


def _no_resource(call: Call) -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        f"La ressource {call.resource_type}/{call.resource_id} n'existe pas.",
        f"The resource {call.resource_type}/{call.resource_id} does not exist.",
        rule="FHIR R4 http.html#read",
    )


def _said(value: Any) -> Json:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    return {"valueString": str(value)}
