"""The operations of the terminology service. Source: FHIR R4 terminology-service.html."""

from collections import Counter
from typing import Any, Final
from uuid import uuid4

from socle.foundations.terminologies import actions
from socle.foundations.terminologies.actions import Wanted
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
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.endpoint import Call
from socle.kernel.rest.fields import language as speech_of
from socle.kernel.terminology.compose import standings
from socle.kernel.terminology.displays import only_these
from socle.kernel.terminology.entries import WHOLE
from socle.kernel.terminology.translation import Sought
from socle.kernel.terminology.versions import joined, matches

LOOKUP: Final = ("code", "system", "version", "coding", "date", "displayLanguage", "property", *BROUGHT)
SUBSUMES: Final = ("codeA", "codeB", "system", "version", "codingA", "codingB", *BROUGHT)
EXPAND: Final = (
    "url", "valueSet", "valueSetVersion", "filter", "offset", "count", "includeDesignations", "designation",
    "includeDefinition", "activeOnly", "excludeNested", "excludeNotForUI", "excludePostCoordinated", "displayLanguage",
    "exclude-system", "property", "date", "context", "contextDirection", "default-to-latest-version", *VERSIONS, *SETS,
    *BROUGHT,
)  # fmt: skip
TRANSLATE: Final = (
    "url", "conceptMap", "conceptMapVersion", "code", "system", "version", "source", "coding", "codeableConcept",
    "target", "targetsystem", "dependency", "reverse",
)  # fmt: skip
_FLAGS: Final = frozenset(
    {"includeDesignations", "includeDefinition", "activeOnly", "excludeNested", "excludeNotForUI"}
    | {"default-to-latest-version"}
)
# Of what an expansion was asked with, what says which value set it is, and what came along with the question.
_NOT_TOLD: Final = frozenset({"url", "valueSet", "valueSetVersion", *BROUGHT} - {"useSupplement"})
_UNCLOSED: Final = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed"  # there are more codes than are listed
CLOSURE: Final = ("name", "concept", "version")


async def lookup(call: Call) -> Json:
    """CodeSystem/$lookup."""
    given = Arguments(call, LOOKUP)
    held = Held.at(call.repository)
    snapshot = over(held.fresh() or await held.snapshot(), given)
    system, code, version = _coding(given, "coding")
    if not code:
        raise missing("code", "« code » avec « system », ou « coding »", "“code” with “system”, or “coding”")
    if call.resource_id:
        system, version = _instance(snapshot, call, system, version)
    if not system:
        raise missing("system", "« system », l'adresse du système de codes", "“system”, the URL of the code system")
    properties = given.texts("property")
    found = await actions.look_up(
        snapshot, system, code, version, languages=languages_of(given, call), properties=properties
    )
    return answers.looked_up(found, properties)


async def subsumes(call: Call) -> Json:
    """CodeSystem/$subsumes."""
    given = Arguments(call, SUBSUMES)
    snapshot = over(await Held.at(call.repository).snapshot(), given)
    a, b = given.structure("codingA"), given.structure("codingB")
    system, version = given.text("system"), given.text("version")
    code_a, code_b = given.text("codeA"), given.text("codeB")
    if a is not None and b is not None:
        system = system or a.get("system", "")
        if not snapshot.same(b.get("system", ""), system):
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
    names = ("codingA", "codingB") if a is not None and b is not None else ("codeA", "codeB")
    outcome = await actions.subsumes(snapshot, system, code_a, code_b, version, names=names)
    return answers.parameters({"name": "outcome", "valueCode": outcome})


async def expand(call: Call) -> Json:
    """ValueSet/$expand."""
    given = Arguments(call, EXPAND, alone="valueSet")
    no_context(given)
    snapshot = over(await Held.at(call.repository).snapshot(), given)
    value_set = value_set_of(snapshot, given, call)
    languages = languages_of(given, call)
    wanted = Wanted(
        text=given.text("filter"),
        offset=given.number("offset") or 0,
        count=given.number("count"),
        active=given.flag("activeOnly", False),
        for_ui=given.flag("excludeNotForUI", False),
        excluded=tuple(given.texts("exclude-system")),
        rules=rules_of(snapshot, given),
    )
    plan, found = await actions.expand(snapshot, value_set, wanted)
    designations = given.texts("designation")
    with_designations = given.flag("includeDesignations", bool(designations))
    nest = not given.flag("excludeNested", True) and wanted.count is None and not wanted.text
    contains = answers.contained(
        found.members,
        languages=languages,
        only=bool(languages) and only_these(given.text("displayLanguage") or call.spoken),
        designations=designations if with_designations else None,
        properties=given.texts("property"),
        definitions=given.flag("includeDefinition", False),
        nest=nest,
        versioned=frozenset(url for url, many in Counter(one.url for one in plan.editions()).items() if many > 1),
    )
    said: list[Json] = []
    for name in EXPAND:
        if name in _NOT_TOLD:
            continue
        said += [{"name": name, **_said(name, value)} for value in given.every(name)]
    if languages and not given.has("displayLanguage"):
        said.append({"name": "displayLanguage", "valueCode": languages[0]})
    editions = plan.editions()
    said += [{"name": "used-codesystem", "valueUri": edition.canonical} for edition in editions]
    said += [{"name": "version", "valueUri": edition.canonical} for edition in editions if edition.version]
    said += [
        {"name": "used-supplement", "valueUri": one.canonical}
        for edition in editions
        for one in snapshot.supplements(edition)
    ]
    said += [
        {"name": "used-valueset", "valueUri": inner.canonical}
        for inner in plan.plans()
        if inner is not plan and inner.canonical
    ]
    said += [
        {"name": f"warning-{what}", "valueUri": canonical}
        for what, canonical, _ in standings(plan, editions)
        if canonical
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
    if any(
        part.listed is None and part.edition is not None and part.edition.content not in WHOLE for part in plan.parts()
    ):
        expansion["extension"] = [{"url": _UNCLOSED, "valueBoolean": True}]
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
        parts = {part.get("name", ""): part for part in one.get("part", ())} if isinstance(one, dict) else {}
        element = parts.get("element", {}).get("valueUri", "")
        concept = parts.get("concept", {})
        codings = concept.get("valueCodeableConcept", {}).get("coding", [concept.get("valueCoding", {})])
        dependencies[element] = f"{codings[0].get('system', '')}|{codings[0].get('code', '')}" if codings else ""
    target = given.text("targetsystem")
    concept = given.structure("codeableConcept")
    if concept is not None:
        codings = [(one.get("system", ""), one.get("code", "")) for one in concept.get("coding", ())[:MOST_CODINGS]]
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
            raise no_resource(call)
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


def _instance(snapshot: Snapshot, call: Call, system: str, version: str) -> tuple[str, str]:
    """(system, version) of the CodeSystem of the address; another system said beside it is refused."""
    edition = snapshot.catalogue.edition_with(call.resource_id)
    if edition is None:
        raise no_resource(call)
    if system and not snapshot.same(system, edition.url):
        raise Problem.of(
            Kind.INVALID,
            f"CodeSystem/{call.resource_id} est {edition.url}, et non {system[:300]}.",
            f"CodeSystem/{call.resource_id} is {edition.url}, not {system[:300]}.",
            expression="Parameters.parameter.where(name = 'system')",
            rule="FHIR R4 codesystem-operation-lookup.html",
        )
    if version and not matches(version, edition.version):
        raise Problem.of(
            Kind.INVALID,
            f"CodeSystem/{call.resource_id} est {edition.canonical}, et non sa version {version[:100]}.",
            f"CodeSystem/{call.resource_id} is {edition.canonical}, not its version {version[:100]}.",
            expression="Parameters.parameter.where(name = 'version')",
            rule="FHIR R4 codesystem-operation-lookup.html",
        )
    return edition.url, edition.version


def _said(name: str, value: Any) -> Json:
    """A parameter of an expansion, of its own type also where the URL said it as a text."""
    if isinstance(value, bool) or name in _FLAGS:
        return {"valueBoolean": value in (True, "true")}
    if isinstance(value, int) or name in ("offset", "count"):
        return {"valueInteger": int(value)}
    return {"valueString": str(value)}
