"""Answers as FHIR writes them."""

from collections.abc import Sequence
from typing import Any

from socle.foundations.terminologies.actions import Found, Translation
from socle.foundations.terminologies.actions.closing import Closed
from socle.foundations.terminologies.model import Json
from socle.kernel.fhir.knowledge import Cause
from socle.kernel.outcome import Issue, Kind, Language, operation_outcome
from socle.kernel.terminology import displays
from socle.kernel.terminology.entries import Name, Value
from socle.kernel.terminology.expansion import Member, nested
from socle.kernel.terminology.judging import Asked, Verdict

_TYPES = {
    "code": "valueCode",
    "string": "valueString",
    "integer": "valueInteger",
    "boolean": "valueBoolean",
    "dateTime": "valueDateTime",
    "decimal": "valueDecimal",
    "Coding": "valueCoding",
}
_CODES = {
    Cause.UNKNOWN_SYSTEM: "not-found",
    Cause.UNKNOWN_VALUE_SET: "not-found",
    Cause.UNKNOWN_CODE: "code-invalid",
    Cause.NOT_IN_VALUE_SET: "code-invalid",
    Cause.WRONG_DISPLAY: "invalid",
    Cause.INACTIVE: "business-rule",
}


def parameters(*parts: Json | None) -> Json:
    """A Parameters resource."""
    return {"resourceType": "Parameters", "parameter": [part for part in parts if part is not None]}


def looked_up(found: Found, properties: Sequence[str]) -> Json:
    """The answer of $lookup. properties: those asked for, () for the usual ones."""
    edition, entry = found.edition, found.entry
    wanted = frozenset(properties)

    def asked(name: str) -> bool:
        return not wanted or name in wanted or "*" in wanted

    out: list[Json] = [{"name": "name", "valueString": edition.title or edition.name or edition.url}]
    if edition.version:
        out.append({"name": "version", "valueString": edition.version})
    out.append({"name": "display", "valueString": found.display or entry.code})
    if entry.definition and asked("definition"):
        out.append({"name": "definition", "valueString": entry.definition})
    out.append({"name": "abstract", "valueBoolean": entry.abstract})
    if asked("designation"):
        if entry.display and edition.language:
            out.append(_designation_part(Name(entry.display, edition.language)))
        out += [_designation_part(name) for name in entry.names]
    if asked("inactive"):
        out.append(_property_part("inactive", {"valueBoolean": entry.inactive}))
    if asked("parent"):
        out += [_property_part("parent", {"valueCode": code}) for code in entry.parents]
    out += [_property_part("child", {"valueCode": code}) for code in found.children]
    out += [
        _property_part(value.code, typed(value))
        for value in found.values
        if asked(value.code) and value.code != "inactive"
    ]
    return {"resourceType": "Parameters", "parameter": out}


def typed(value: Value) -> Json:
    """The value of a property as value[x]."""
    member = _TYPES.get(value.type, "valueString")
    if value.type == "Coding":
        system, _, code = value.value.rpartition("|")
        return {member: {"system": system, "code": code} if system else {"code": code}}
    if value.type == "boolean":
        return {member: value.value == "true"}
    if value.type == "integer":
        return {member: int(value.value)} if value.value.lstrip("-").isdigit() else {"valueString": value.value}
    return {member: value.value} if value.type != "decimal" else {"valueString": value.value}


def _property_part(code: str, value: Json) -> Json:
    return {"name": "property", "part": [{"name": "code", "valueCode": code}, {"name": "value", **value}]}


def _designation_part(name: Name) -> Json:
    parts: list[Json] = []
    if name.language:
        parts.append({"name": "language", "valueCode": name.language})
    if name.use:
        parts.append({"name": "use", "valueCoding": _use(name)})
    parts.append({"name": "value", "valueString": name.value})
    return {"name": "designation", "part": parts}


def _use(name: Name) -> Json:
    system, _, code = name.use.rpartition("|")
    use: Json = {"system": system, "code": code} if system else {"code": code}
    return use | ({"display": name.use_display} if name.use_display else {})


def validated(verdict: Verdict, asked: Asked, language: Language, more: Sequence[Verdict] = ()) -> Json:
    """The answer of $validate-code: result, why, the display, what was used; `issues` as an OperationOutcome."""
    out: list[Json] = [{"name": "result", "valueBoolean": bool(verdict.good)}]
    entry, edition = verdict.entry, verdict.edition
    if entry is not None:
        out.append({"name": "code", "valueCode": entry.code})
    elif asked.code:
        out.append({"name": "code", "valueCode": asked.code})
    system = asked.system or (edition.url if edition is not None else "")
    if system:
        out.append({"name": "system", "valueUri": system})
    if edition is not None and edition.version:
        out.append({"name": "version", "valueString": edition.version})
    if verdict.display:
        out.append({"name": "display", "valueString": verdict.display})
    if entry is not None and entry.inactive:
        out.append({"name": "inactive", "valueBoolean": True})
    told = [one for one in (verdict, *(other for other in more if other is not verdict and not other.good)) if one.text]
    if verdict.text is not None:
        out.append({"name": "message", "valueString": verdict.text.to(language)})
    if told:
        issues = [
            Issue(
                one.text,
                code=_CODES.get(one.cause, "invalid"),
                severity="error" if not one.good and one is verdict else "warning",
            )
            for one in told
            if one.text is not None
        ]
        out.append({"name": "issues", "resource": operation_outcome(issues, language, kind=Kind.INVALID)})
    return {"resourceType": "Parameters", "parameter": out}


def contained(
    members: Sequence[Member],
    *,
    languages: Sequence[str],
    designations: Sequence[str] | None,
    properties: Sequence[str],
    definitions: bool,
    nest: bool,
) -> list[Json]:
    """ValueSet.expansion.contains. designations: None for none, () for all, else the languages and uses wanted."""
    made = [_contains(member, languages, designations, properties, definitions) for member in members]
    if not nest:
        return made
    below = [inner for _, inner in nested(members)]
    children = {place for inner in below for place in inner}
    for one, inner in zip(made, below, strict=True):
        if inner:
            one["contains"] = [made[place] for place in inner]
    return [one for place, one in enumerate(made) if place not in children]


def _contains(
    member: Member,
    languages: Sequence[str],
    designations: Sequence[str] | None,
    properties: Sequence[str],
    definitions: bool,
) -> Json:
    edition, entry = member.edition, member.entry
    out: Json = {"system": edition.url}
    if entry.abstract:
        out["abstract"] = True
    if entry.inactive:
        out["inactive"] = True
    out["code"] = entry.code
    own = member.display
    display = own if own and not languages else displays.display(entry, edition.language, languages) or own
    if display:
        out["display"] = display
    if designations is not None and entry.names:
        shown = [_designation(name) for name in entry.names if _wanted(name, designations)]
        if shown:
            out["designation"] = shown
    if properties or definitions:
        extensions = [
            _property_extension(value.code, typed(value)) for value in entry.values if value.code in properties
        ]
        if "parent" in properties:
            extensions += [_property_extension("parent", {"valueCode": code}) for code in entry.parents]
        if (definitions or "definition" in properties) and entry.definition:
            extensions.append(_property_extension("definition", {"valueString": entry.definition}))
        if extensions:
            out["extension"] = extensions
    return out


_PROPERTY = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property"


def _property_extension(code: str, value: Json) -> Json:
    """A property of an expansion, as R5 has it, in the extension that says so in R4."""
    return {"url": _PROPERTY, "extension": [{"url": "code", "valueCode": code}, {"url": "value", **value}]}


def _wanted(name: Name, designations: Sequence[str]) -> bool:
    if not designations:
        return True
    for one in designations:
        system, _, code = one.rpartition("|")
        if system == "urn:ietf:bcp:47" or not system:
            if displays.speaks(name.language, code):
                return True
        elif name.use == one:
            return True
    return False


def _designation(name: Name) -> Json:
    out: Json = {}
    if name.language:
        out["language"] = name.language
    if name.use:
        out["use"] = _use(name)
    out["value"] = name.value
    return out


def translated(translation: Translation, language: Language) -> Json:
    """The answer of $translate."""
    out: list[Json] = [{"name": "result", "valueBoolean": translation.good}]
    if not translation.matches:
        message = (
            "No map of this house translates this code."
            if language == "en"
            else ("Aucune table de correspondance de cette maison ne traduit ce code.")
        )
        out.append({"name": "message", "valueString": message})
    for match in translation.matches:
        parts: list[Json] = [{"name": "equivalence", "valueCode": match.equivalence}]
        if match.code:
            coding: dict[str, Any] = {"system": match.system} if match.system else {}
            if match.version:
                coding["version"] = match.version
            coding["code"] = match.code
            if match.display:
                coding["display"] = match.display
            parts.append({"name": "concept", "valueCoding": coding})
        for product in match.products:
            coding = {"system": product["system"]} if "system" in product else {}
            coding["code"] = product.get("value", "")
            if "display" in product:
                coding["display"] = product["display"]
            parts.append(
                {
                    "name": "product",
                    "part": [
                        {"name": "element", "valueUri": product.get("property", "")},
                        {"name": "concept", "valueCoding": coding},
                    ],
                }
            )
        if match.comment:
            parts.append({"name": "comment", "valueString": match.comment})
        if match.source:
            parts.append({"name": "source", "valueUri": match.source})
        out.append({"name": "match", "part": parts})
    return {"resourceType": "Parameters", "parameter": out}


def closed(done: Closed, moment: str) -> Json:
    """The answer of $closure: a ConceptMap whose elements are the narrower codes."""
    groups: dict[str, dict[str, list[Json]]] = {}
    for system, broader, narrower in done.pairs:
        groups.setdefault(system, {}).setdefault(narrower, []).append({"code": broader, "equivalence": "subsumes"})
    out: Json = {
        "resourceType": "ConceptMap",
        "name": "Closure",
        "title": done.name,
        "version": str(done.version),
        "status": "active",
        "experimental": True,
        "date": moment,
    }
    if groups:
        out["group"] = [
            {
                "source": system,
                "target": system,
                "element": [{"code": code, "target": targets} for code, targets in elements.items()],
            }
            for system, elements in groups.items()
        ]
    return out
