"""Answers as FHIR writes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from socle.foundations.terminologies.actions import Found, Translation
from socle.foundations.terminologies.actions.closing import Closed
from socle.foundations.terminologies.model import Json
from socle.kernel.fhir.knowledge import Cause
from socle.kernel.outcome import Issue, Kind, Language, operation_outcome
from socle.kernel.terminology import displays, findings
from socle.kernel.terminology.entries import Edition, Entry, Name, Value
from socle.kernel.terminology.expansion import Member, nested
from socle.kernel.terminology.filters import meant
from socle.kernel.terminology.findings import Finding, Topic
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
_NAMED = frozenset({Cause.NONE, Cause.WRONG_DISPLAY, Cause.INACTIVE})  # the code is good, whatever else there is to say


@dataclass(frozen=True, slots=True)
class Judged:
    """What is answered of: codings as they were asked, with their verdicts, and the one that counts.

    form     how the question names them: "code", "Coding", "CodeableConcept"
    concept  the CodeableConcept, when there was one
    set      canonical of the value set; None for a question about a code system
    places   where each coding stands in the concept
    """

    asked: Sequence[Asked]
    verdicts: Sequence[Verdict]
    chosen: int
    form: str
    concept: Json | None
    set: str | None
    places: Sequence[int]
    designations: bool = False
    diagnostics: bool = False

    @property
    def good(self) -> bool:
        """The result. A code that a part of its system does not have is not called wrong."""
        return bool(self.verdicts[self.chosen].good) or self.verdicts[self.chosen].in_part


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
        out += _designations(entry, edition)
    if asked("inactive"):
        out.append(_property_part("inactive", {"valueBoolean": entry.inactive}))
    above = [name for name in properties if meant(edition, name) == "parent"] or ["parent"] * asked("parent")
    out += [_property_part(name, {"valueCode": code}) for name in above for code in entry.parents]
    below = [name for name in properties if meant(edition, name) == "child"]
    out += [_property_part(name, {"valueCode": code}) for name in below for code in found.children]
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


def validated(judged: Judged, language: Language) -> Json:
    """The answer of $validate-code: result, why, the display, what was used; `issues` as an OperationOutcome."""
    verdict, asked = judged.verdicts[judged.chosen], judged.asked[judged.chosen]
    entry, edition = verdict.entry, verdict.edition
    out: list[Json] = [{"name": "result", "valueBoolean": judged.good}]
    if judged.concept is None or judged.good or verdict.cause in _NAMED:
        if asked.code:
            out.append({"name": "code", "valueCode": asked.code})
        system = asked.system or (edition.url if edition is not None else "")
        if system:
            out.append({"name": "system", "valueUri": system})
        version = edition.version if edition is not None else asked.version
        if version:
            out.append({"name": "version", "valueString": version})
        if verdict.display:
            out.append({"name": "display", "valueString": verdict.display})
    if judged.concept is not None:
        out.append({"name": "codeableConcept", "valueCodeableConcept": judged.concept})
    if entry is not None and entry.code != asked.code:
        out.append({"name": "normalized-code", "valueCode": entry.code})
    status = entry.status if entry is not None else ""
    if entry is not None and entry.inactive:
        out.append({"name": "inactive", "valueBoolean": True})
    if entry is not None and status and (entry.inactive or status == "deprecated"):
        out.append({"name": "status", "valueCode": status})
    if judged.designations and entry is not None and edition is not None:
        out += _designations(entry, edition)
    lacking = {(one.outside, one.lacking): None for one in judged.verdicts if one.lacking}
    for outside, system in lacking:
        out.append({"name": "x-unknown-system" if outside else "x-caused-by-unknown-system", "valueCanonical": system})
    issues = _issues(judged) if any(one.findings for one in judged.verdicts) else []
    serious = "warning" if judged.good else "error"
    told = dict.fromkeys(one.text.to(language) for one in issues if one.severity == serious)
    if told:
        semicolon = "; " if language == "en" else " ; "
        out.append({"name": "message", "valueString": f"{semicolon.join(one.rstrip('.') for one in told)}."})
    if issues:
        out.append({"name": "issues", "resource": operation_outcome(issues, language, kind=Kind.INVALID)})
    if judged.diagnostics:
        used = [one.edition.canonical for one in judged.verdicts if one.edition is not None]
        used += [judged.set] if judged.set else []
        out.append({"name": "diagnostics", "valueString": ", ".join(dict.fromkeys(used)) or "—"})
    return {"resourceType": "Parameters", "parameter": out}


def _issues(judged: Judged) -> list[Issue]:
    """All that is said, each where it is. Of several codings, those that are wrong beside a good one are no errors."""
    concept, set = judged.concept is not None, judged.set
    chosen = judged.verdicts[judged.chosen]
    found: list[Issue] = []
    if concept and set is not None and not judged.good and chosen.cause in (Cause.UNKNOWN_CODE, Cause.NOT_IN_VALUE_SET):
        found.append(_issue(findings.none_in_set(set), ""))
    for place, verdict in zip(judged.places, judged.verdicts, strict=True):
        base = f"{judged.form}.coding[{place}]" if concept else judged.form
        for one in verdict.findings:
            if concept and one.topic is Topic.NOT_IN_SET:
                one = replace(one, topic=Topic.THIS_NOT_IN_SET, severity="information")
            elif judged.good and one.severity == "error":
                one = replace(one, severity="warning")
            found.append(_issue(one, base))
    return list(dict.fromkeys(found))


def _issue(one: Finding, base: str) -> Issue:
    place: tuple[str, ...] = ()
    if one.about == "itself":
        place = (base,)
    elif one.about and base:
        place = (one.about if base == "code" else f"{base}.{one.about}",)
    return Issue(one.text, place, code=one.code, severity=one.severity, topic=one.topic)


def _designations(entry: Entry, edition: Edition) -> list[Json]:
    """Every name of a concept, as $lookup tells them."""
    own = [Name(entry.display, edition.language)] if entry.display and edition.language else []
    return [_designation_part(name) for name in (*own, *entry.names)]


def contained(
    members: Sequence[Member],
    *,
    languages: Sequence[str],
    only: bool = False,
    designations: Sequence[str] | None,
    properties: Sequence[str],
    definitions: bool,
    nest: bool,
    versioned: frozenset[str] = frozenset(),
) -> list[Json]:
    """ValueSet.expansion.contains.

    only          a display in none of the languages will not do
    designations  None for none, () for all, else the languages and uses wanted
    versioned     URLs of the systems of which several versions are drawn on: each code says its own
    """
    made = [_contains(member, languages, designations, properties, definitions) for member in members]
    for one, member in zip(made, members, strict=True):
        if member.edition.url in versioned and member.edition.version:
            one["version"] = member.edition.version
    if only:
        for one, member in zip(made, members, strict=True):
            if not displays.has_name_in(member.entry, member.edition.language, languages):
                one.pop("display", None)
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
    chosen = member.chosen
    if chosen is not None and chosen.names:
        entry = replace(entry, names=tuple(dict.fromkeys((*chosen.names, *entry.names))))
    own = chosen.display if chosen is not None else ""
    display = own if own and not languages else displays.display(entry, edition.language, languages) or own
    if display:
        out["display"] = display
    if designations is not None:
        shown = [_designation(name) for name in _all_names(entry, edition, display) if _wanted(name, designations)]
        if shown:
            out["designation"] = shown
    if chosen is not None and chosen.extensions:
        out["extension"] = list(chosen.extensions)
    if properties or definitions:
        extensions = [
            _property_extension(value.code, typed(value)) for value in entry.values if value.code in properties
        ]
        if "parent" in properties:
            extensions += [_property_extension("parent", {"valueCode": code}) for code in entry.parents]
        if (definitions or "definition" in properties) and entry.definition:
            extensions.append(_property_extension("definition", {"valueString": entry.definition}))
        if extensions:
            out["extension"] = [*out.get("extension", ()), *extensions]
    return out


def _all_names(entry: Entry, edition: Edition, shown: str) -> tuple[Name, ...]:
    """The names of a concept; its own display among them when another is shown."""
    if not entry.display or entry.display == shown:
        return entry.names
    return (Name(entry.display, edition.language, _DISPLAY), *entry.names)


_DISPLAY = "http://terminology.hl7.org/CodeSystem/designation-usage|display"
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
