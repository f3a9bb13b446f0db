"""ClaML 2.0.0 and 3.0.0, in which the CIM-10 and other classifications are published.

Classes one by one, with their superclasses, rubrics in several languages and metadata; the codes that modifiers make
(fourth and fifth characters) are built where the file does not write them. Chapters and blocks group, they are not chosen.
Source: ISO 13120 (ClaML), EN 14463.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.source import Place
from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.loaders.xml import Node, elements
from socle.foundations.terminologies.model import Concept, Designation, Head, Json, Loaded, Property
from socle.kernel.outcome import Kind, Problem

_GROUPS: Final = frozenset({"chapter", "block"})
_NAMES: Final = frozenset({"preferred", "preferredLong", "inclusion"})  # rubrics by which a class is looked for
_MOST_MADE: Final = 5_000
_ICD_10: Final = ("http://hl7.org/fhir/sid/icd-10", "2.16.840.1.113883.6.3")
_IS_ICD_10: Final = re.compile(r"\b(?:icd|cim)[-_ ]?10\b", re.IGNORECASE)


@dataclass(slots=True)
class _Plan:
    """What must be known of the whole file before its classes are given.

    modifiers   for each modifier, its classes in order
    modified    for each class that says so, its modifiers; `excluded` likewise
    above       for each class, its superclass: kept only when the file has modifiers
    """

    title: str = ""
    version: str = ""
    date: str = ""
    language: str = ""
    uid: str = ""
    kinds: list[str] = field(default_factory=list)
    total: int = 0
    modifiers: dict[str, list[Node]] = field(default_factory=dict)
    modified: dict[str, list[Node]] = field(default_factory=dict)
    excluded: dict[str, set[str]] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)


def load(place: Place, names: list[str], options: Options, watch: Watch) -> Iterator[Item]:
    """One code system a file. Raises: Problem(INVALID) when no URL is known for it (give it with --system)."""
    for name in names:
        plan = _plan(place, name)
        watch.expect(place.size(name))
        url, oid = _identity(name, plan, options)
        version = options.version or plan.version
        resource: Json = {
            "resourceType": "CodeSystem",
            "url": url,
            "version": version,
            "name": re.sub(r"\W+", "_", plan.title or name),
            "title": plan.title,
            "status": "active",
            "language": _language(plan, options),
            "caseSensitive": True,
            "hierarchyMeaning": "is-a",
            "content": "complete",
            "property": [
                {"code": "kind", "type": "code", "description": "ClaML: " + ", ".join(plan.kinds)},
                {"code": "usage", "type": "code", "description": "ClaML: UsageKind"},
            ],
        }
        if oid:
            resource["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{oid}"}]
        if plan.date:
            resource["date"] = plan.date
        yield Loaded(
            Head(url, version, resource, (oid,) if oid else ()),
            _concepts(place, name, plan, options, watch),
            plan.total,
            told={"file": name},
        )


def _plan(place: Place, name: str) -> _Plan:
    """A first reading; what is wrong in classes is told by the second."""
    plan = _Plan()
    kept = ("Title", "Meta", "Identifier", "ClassKind", "Modifier", "ModifierClass", "Class")
    for node in elements(place, name, kept, Watch(keep_going=True), doctype=True):
        match node.name:
            case "Title":
                plan.title = node.text() or node.get("name")
                plan.version = node.get("version") or node.get("date")
                plan.date = date if re.fullmatch(r"\d{4}(-\d\d){0,2}", date := node.get("date")) else ""
            case "Meta" if node.get("name").lower() in ("lang", "language"):
                plan.language = node.get("value")
            case "Identifier":
                plan.uid = plan.uid or node.get("uid")
            case "ClassKind":
                plan.kinds.append(node.get("name"))
            case "ModifierClass":
                plan.modifiers.setdefault(node.get("modifier"), []).append(node)
            case "Class":
                plan.total += 1
                code = node.get("code")
                if plan.modifiers:
                    plan.above[code] = next((each.get("code") for each in node.children("SuperClass")), "")
                if modified := list(node.children("ModifiedBy")):
                    plan.modified[code] = modified
                if excluded := {each.get("code") for each in node.children("ExcludeModifier")}:
                    plan.excluded[code] = excluded
            case _:
                pass
    if not plan.total:
        raise Problem.of(
            Kind.INVALID,
            f"{name} : aucun élément Class. Un fichier ClaML a une racine ClaML et des Class.",
            f"{name}: no Class element. A ClaML file has a ClaML root and Class elements.",
            rule="claml-class",
        )
    return plan


def _identity(name: str, plan: _Plan, options: Options) -> tuple[str, str]:
    if options.system:
        return options.system, ""
    for said in (plan.title, plan.uid, name):
        if _IS_ICD_10.search(said.replace("_", " ")):
            return _ICD_10
    if re.fullmatch(r"[0-2](\.(0|[1-9]\d*)){3,}", plan.uid):
        return f"urn:oid:{plan.uid}", plan.uid
    raise Problem.of(
        Kind.INVALID,
        f"{name} : « {plan.title} » ne dit pas son URL canonique. Donnez-la : --system URL.",
        f"{name}: “{plan.title}” does not tell its canonical URL. Give it: --system URL.",
        rule="claml-url",
    )


def _language(plan: _Plan, options: Options) -> str:
    return plan.language or options.language


def _concepts(place: Place, name: str, plan: _Plan, options: Options, watch: Watch) -> Iterator[Concept]:
    for node in elements(place, name, ("Class",), watch, doctype=True):
        concept = _concept(node, name, plan, options, watch)
        if concept is None:
            continue
        yield concept
        if plan.modifiers and not any(True for _ in node.children("SubClass")):
            yield from _made(concept, node, name, plan, options, watch)


def _concept(node: Node, name: str, plan: _Plan, options: Options, watch: Watch) -> Concept | None:
    code, kind = node.get("code"), node.get("kind")
    if not code or code != " ".join(code.split()):
        watch.reject(
            name,
            node.line,
            node.column,
            "claml-code",
            f"code « {code} » : une Class a un code, sans espace au bord.",
            f"code “{code}”: a Class has a code, without space at its edges.",
        )
        return None
    display, designations, properties = _rubrics(node, _language(plan, options), options.language)
    if not display:
        watch.reject(
            name,
            node.line,
            node.column,
            "claml-preferred",
            f"la classe {code} n'a pas de libellé (Rubric kind=preferred, Label).",
            f"class {code} has no name (Rubric kind=preferred, Label).",
        )
        return None
    if kind:
        properties.insert(0, Property("kind", kind, "code"))
    if usage := node.get("usage"):
        properties.append(Property("usage", usage, "code"))
    properties += [
        Property(re.sub(r"\s+", "-", each.get("name").strip()), each.get("value"))
        for each in node.children("Meta")
        if each.get("name").strip() and each.get("value")
    ]
    return Concept(
        code=code,
        display=display,
        definition=next((text for kind, text in _texts(node) if kind == "definition"), ""),
        parents=tuple(each.get("code") for each in node.children("SuperClass") if each.get("code")),
        designations=tuple(designations),
        properties=tuple(properties),
        abstract=kind in _GROUPS,
        line=node.line,
    )


def _texts(node: Node) -> Iterator[tuple[str, str]]:
    for rubric in node.children("Rubric"):
        for label in rubric.children("Label"):
            if text := label.text():
                yield rubric.get("kind"), text


def _rubrics(node: Node, native: str, wanted: str) -> tuple[str, list[Designation], list[Property]]:
    """(display, other names, notes). A label without language is in that of the file."""
    names: list[tuple[str, str, str]] = []
    notes: list[Property] = []
    for rubric in node.children("Rubric"):
        kind = rubric.get("kind")
        for label in rubric.children("Label"):
            text = label.text()
            if not text:
                continue
            if kind in _NAMES:
                names.append((kind, label.get("lang") or native, text))
            elif kind != "definition" and kind:
                notes.append(Property(re.sub(r"\s+", "-", kind), text))
    preferred = [(language, text) for kind, language, text in names if kind == "preferred"]
    chosen = next(
        (pair for asked in (wanted, native) for pair in preferred if pair[0].split("-")[0] == asked.split("-")[0]),
        preferred[0] if preferred else ("", ""),
    )
    designations = [
        Designation(text, language, kind)
        for kind, language, text in names
        if (kind, language, text) != ("preferred", *chosen)
    ]
    return chosen[1], designations, notes


def _made(concept: Concept, node: Node, name: str, plan: _Plan, options: Options, watch: Watch) -> Iterator[Concept]:
    """The codes that modifiers make below a class that has none: each modifier adds its characters to the codes so far."""
    stages = list(_modifiers(concept.code, plan))
    level = [concept]
    count = 0
    for modifier, valid in stages:
        following = []
        for base in level:
            for each in plan.modifiers.get(modifier, ()):
                suffix = each.get("code")
                if valid and suffix not in valid:
                    continue
                if suffix.startswith(".") and "." in base.code:
                    continue
                code = base.code + suffix
                if code in plan.above:
                    continue
                display, designations, notes = _rubrics(each, _language(plan, options), options.language)
                following.append(
                    Concept(
                        code=code,
                        display=f"{base.display}, {display}" if display else base.display,
                        parents=(base.code,),
                        designations=tuple(designations),
                        properties=(
                            *(each for each in base.properties if each.code in ("kind", "usage")),
                            Property("modifier", f"{modifier}{suffix}"),
                            *notes,
                        ),
                        line=node.line,
                    )
                )
        count += len(following)
        if count > _MOST_MADE:
            watch.reject(
                name,
                node.line,
                node.column,
                "claml-modifiers",
                f"les modificateurs de la classe {concept.code} feraient plus de {_MOST_MADE} codes.",
                f"the modifiers of class {concept.code} would make more than {_MOST_MADE} codes.",
            )
            return
        yield from following
        level = following or level


def _modifiers(code: str, plan: _Plan) -> Iterator[tuple[str, frozenset[str]]]:
    """(modifier, its valid codes: all when empty) of a class and of those above it, the farthest first."""
    line = []
    seen: set[str] = set()
    while code and code not in seen:
        seen.add(code)
        line.append(code)
        code = plan.above.get(code, "")
    excluded = set(chain.from_iterable(plan.excluded.get(each, ()) for each in line))
    told: set[str] = set()
    for each in reversed(line):
        for node in plan.modified.get(each, ()):
            modifier = node.get("code")
            if modifier in excluded or modifier in told:
                continue
            told.add(modifier)
            valid = (
                frozenset(valid.get("code") for valid in node.children("ValidModifierClass"))
                if node.get("all") == "false"
                else frozenset()
            )
            yield modifier, valid
