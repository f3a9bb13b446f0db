"""Can a profile be used? Its snapshot can be made from its differential, its values are of the types of their elements, the
profiles that it names are made for the types that it gives them. Source: FHIR R4 profiling.html,
elementdefinition-definitions.html (fixed[x], pattern[x], type.profile).
"""

from collections.abc import Hashable
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.snapshot import LOOSE, Found, Generator, places
from socle.kernel.fhir.validation.definitions import types_at
from socle.kernel.fhir.validation.differentials import shown
from socle.kernel.fhir.validation.findings import R4, Finding, Findings, add, climb, error, quoted, warning
from socle.kernel.fhir.validation.run import Run
from socle.kernel.outcome import Kind, Problem

Json = dict[str, Any]
_MOST: Final = 20  # faults that are told of one differential
_MADE: Final = "FHIR R4 profiling.html#snapshot"
_STEMS: Final = ("fixed", "pattern", "minValue", "maxValue")
_VALUE: Final = "FHIR R4 elementdefinition-definitions.html#ElementDefinition.fixed_x_"
_SLICING: Final = "elementdefinition.html#slicing"  # the rule of slices that nothing tells apart
# Told of each path (`definitions`), or a lack of the house and not of the profile.
_ELSEWHERE: Final = frozenset({"sdf-8", "SOCLE-SNAPSHOT", "SOCLE-SNAPSHOT-TYPE"})
_ABSENT: Final = "FHIR R4 elementdefinition.html#interpretation"
_TARGET: Final = "FHIR R4 elementdefinition-definitions.html#ElementDefinition.type.targetProfile"
_URL: Final = "FHIR R4 defining-extensions.html#definition"
_PROFILE: Final = "FHIR R4 elementdefinition-definitions.html#ElementDefinition.type.profile"


def profiling_rules(definition: Json, run: Run) -> Findings:
    """What is wrong with the differential of a StructureDefinition of R4, as far as what it mentions is held here."""
    differential = definition.get("differential")
    elements = differential.get("element") if type(differential) is dict else None
    if definition.get("derivation") != "constraint" or type(elements) is not list:
        return None
    if not all(type(one) is dict and type(one.get("path")) is str for one in elements):
        return None  # told by the structural check
    found: Findings = None
    for rank, element in enumerate(elements):
        below = add(add(_value(element), _profiles(element, run)), _missing(element))
        found = climb(found, f".differential.element[{rank}]", below)
    found = add(found, _own_url(definition, elements))
    return add(found, _snapshot(definition, elements, run))


def _value(element: Json) -> Findings:
    """fixed[x], pattern[x] and limits: the value is of a type of the element, as the profile says or else R4."""
    types = {str(one.get("code")) for one in element.get("type") or () if type(one) is dict}
    if not types and any(name.startswith(_STEMS) for name in element):
        types = set(types_at(element["path"]))
    if not types or not all(r4().kind(code) in ("primitive", "complex") for code in types):
        return None
    for stem in _STEMS:
        for name in element:
            held = name[len(stem) :]
            if not name.startswith(stem) or not held[:1].isupper():
                continue
            if stem in ("minValue", "maxValue") and held == "Quantity":
                continue  # a delay, for dates
            if not {held, held[0].lower() + held[1:]} & types:
                fr = (
                    f"{name} ne convient pas à un élément de type {' | '.join(sorted(types))} ; changez l'un ou l'autre"
                )
                en = f"{name} does not suit an element of type {' | '.join(sorted(types))}; change one or the other"
                return [error("value", _VALUE, fr, en, path=f".{stem}")]
    return None


def _missing(element: Json) -> Findings:
    """A profile does not say what an absent element means."""
    for name in element:
        if name == "meaningWhenMissing" or (name.startswith("defaultValue") and name[12:13].isupper()):
            fr = f"un profil ne dit pas ce que vaut un élément absent ; retirez {name}"
            en = f"a profile does not say what an absent element stands for; leave {name} out"
            return [warning("value", _ABSENT, fr, en, path=f".{name if name[0] == 'm' else 'defaultValue'}")]
    return None


def _profiles(element: Json, run: Run) -> Findings:
    """The profiles of a type are made for that type; those of extensions are modifiers or not, as the element is."""
    found: Findings = None
    for rank, one in enumerate(element.get("type") or ()):
        code = one.get("code") if type(one) is dict else None
        if type(code) is not str or r4().kind(code) is None:
            continue
        for number, url in enumerate(one.get("targetProfile") or ()):
            _, type_ = _held(url, run)
            if r4().kind(type_) not in (None, "resource", "abstract"):
                fr = f"une référence mène à une ressource, et {quoted(url, 200)} décrit {type_} ; changez l'adresse"
                en = f"a reference leads to a resource, and {quoted(url, 200)} describes {type_}; change the address"
                found = add(found, error("value", _TARGET, fr, en, path=f".type[{rank}].targetProfile[{number}]"))
        for number, url in enumerate(one.get("profile") or ()):
            structure, type_ = _held(url, run)
            place = f".type[{rank}].profile[{number}]"
            if structure is None or r4().kind(type_) is None:
                continue
            if type_ != code and not (r4().is_resource(type_) and r4().is_a(type_, code)):
                fr = f"le profil {quoted(url, 200)} est fait pour {type_}, pas pour {code} ; changez l'un ou l'autre"
                en = f"the profile {quoted(url, 200)} is made for {type_}, not for {code}; change one or the other"
                found = add(found, error("value", _PROFILE, fr, en, path=place))
            elif code == "Extension":
                modifier = bool(structure.get("snapshot", {}).get("element", [{}])[0].get("isModifier"))
                name = element["path"].rpartition(".")[2]
                if name in ("extension", "modifierExtension") and modifier is not (name == "modifierExtension"):
                    right = "modifierExtension" if modifier else "extension"
                    fr = f"l'extension {quoted(url, 200)} se met dans {right}, pas dans {name}"
                    en = f"the extension {quoted(url, 200)} goes in {right}, not in {name}"
                    found = add(found, error("value", _PROFILE, fr, en, path=place))
    return found


def _held(url: Any, run: Run) -> tuple[Json | None, str]:
    """The profile at an address, when it is held, and its type; "" when it says none."""
    structure = run.library.structure(url) if type(url) is str and url[:1] != "#" else None
    type_ = structure.get("type") if structure is not None else None
    return structure, type_ if type(type_) is str else ""


def _own_url(definition: Json, elements: list[Json]) -> Findings:
    """An extension is written with the address of its definition."""
    own = definition.get("url")
    if definition.get("type") != "Extension" or type(own) is not str:
        return None
    for rank, element in enumerate(elements):
        fixed = element.get("fixedUri")
        if element["path"] == "Extension.url" and type(fixed) is str and fixed != own:
            fr = f"l'url d'une extension est l'adresse de sa définition ({quoted(own, 200)}), pas {quoted(fixed, 200)} ; corrigez"
            en = f"the url of an extension is the address of its definition ({quoted(own, 200)}), not {quoted(fixed, 200)}; "
            en += "correct it"
            return [error("value", _URL, fr, en, path=f".differential.element[{rank}].fixed")]
    return None


def _snapshot(definition: Json, elements: list[Json], run: Run) -> Findings:
    """What stands in the way of making the snapshot, and what would loosen what it is based on; that it could not be told when
    this is not held here. Once it is made, what only it shows (`differentials`).
    """
    base = definition.get("baseDefinition")
    if type(base) is not str:
        return None
    if run.library.structure(base) is None:
        if (problem := run.library.problem(base)) is not None:
            why = problem.issues[0].text
            return [error("value", _MADE, why.fr.rstrip("."), why.en.rstrip("."), path=".baseDefinition")]
        fr = f"{quoted(base, 200)}, sur quoi ce profil se fonde, n'est pas ici : ce qu'il resserre n'a pas été vérifié"
        en = f"{quoted(base, 200)}, which this profile is based on, is not here: what it narrows was not checked"
        return [Finding("information", "not-found", _MADE, fr, en, path=".baseDefinition", subject=base)]

    def find(canonical: str, scope: Hashable) -> Found | None:
        structure = run.library.structure(canonical)
        if structure is None and canonical.startswith(R4):
            structure = run.library.structure(canonical.partition("|")[0])
        return Found(structure) if structure is not None else None

    try:
        made = Generator(find).generate(Found(definition))
    except Problem as problem:
        if problem.kind is not Kind.RULE_VIOLATED or len(problem.issues) < 2:
            return None  # circles and missing bases are told where the profile is used
        return _told(problem, places(elements))
    return shown(definition, elements, made, run)


def _told(problem: Problem, stated: list[str]) -> Findings:
    """The faults of a differential, each at the element that has it."""
    found: Findings = None
    for issue in [one for one in problem.issues[1:] if one.rule not in _ELSEWHERE][:_MOST]:
        fr, en = issue.text.fr.rstrip("."), issue.text.en.rstrip(".")
        if issue.rule not in LOOSE:
            fr, en = f"le snapshot ne peut pas être fait : {fr}", f"the snapshot cannot be made: {en}"
        told = warning if issue.rule == _SLICING else error  # R4 itself publishes two such profiles
        at = "".join(issue.expression)
        place = f".element[{stated.index(at)}]" if at in stated else ""
        found = add(found, told("value", _MADE, fr, en, path=f".differential{place}"))
    return found
