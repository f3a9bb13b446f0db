"""What a CodeSystem and a ValueSet say of themselves and must not contradict. Source: FHIR R4 codesystem-definitions.html,
valueset-definitions.html#ValueSet.compose.include.system.
"""

import re
from typing import Any, Final, cast

from socle.kernel.fhir.validation.findings import Findings, add, error, quoted, warning
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.values import objects

Json = dict[str, Any]
_SYSTEM: Final = "FHIR R4 valueset-definitions.html#ValueSet.compose.include.system"
_CONTENT: Final = "FHIR R4 codesystem-definitions.html#CodeSystem.content"
_COUNT: Final = "FHIR R4 codesystem-definitions.html#CodeSystem.count"
_PROPERTY: Final = "FHIR R4 codesystem-definitions.html#CodeSystem.property.code"
_VALUE: Final = "FHIR R4 codesystem-definitions.html#CodeSystem.concept.property.value_x_"
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")


def terminology_rules(resource: Json, run: Run) -> Findings:
    """What is wrong with a CodeSystem or a ValueSet beyond its elements and their rules."""
    return _systems(resource) if resource["resourceType"] == "ValueSet" else _code_system(resource)


def _systems(value_set: Json) -> Findings:
    """The systems of its parts are named by absolute addresses."""
    found: Findings = None
    compose = value_set.get("compose")
    for part in ("include", "exclude"):
        parts = compose.get(part) if type(compose) is dict else None
        for rank, one in enumerate(parts if type(parts) is list else ()):
            system = one.get("system") if type(one) is dict else None
            if type(system) is str and _ABSOLUTE.fullmatch(system) is None:
                shown = quoted(system)
                fr = f"« {shown} » ne désigne pas un système de codes : écrivez son adresse absolue (son url)"
                en = f'"{shown}" names no code system: write its absolute address (its url)'
                place = f".compose.{part}[{rank}].system"
                told = warning if system[:1] == "#" else error  # R4 itself publishes one that names a contained system
                found = add(found, told("value", _SYSTEM, fr, en, path=place))
    return found


def _code_system(system: Json) -> Findings:
    content, count = system.get("content"), system.get("count")
    number, found = _concepts(system)
    if content == "not-present" and number:
        fr = "content dit que les codes ne sont pas ici (not-present), et il y en a ; retirez-les ou changez content"
        en = "content says that the codes are not here (not-present), and some are; leave them out or change content"
        found = add(found, error("value", _CONTENT, fr, en, path=".content"))
    if content == "complete" and type(count) is int and number != count and system.get("compositional") is not True:
        fr = f"count dit {count} codes, il y en a {number} alors que tous sont ici (complete) ; corrigez count"
        en = f"count says {count} codes, there are {number} though all are here (complete); correct count"
        found = add(found, error("value", _COUNT, fr, en, path=".count"))
    if "supplements" in system and content in ("not-present", "example", "fragment", "complete"):
        fr = f"un système qui en complète un autre (supplements) a le content supplement, pas {content} ; changez-le"
        en = f"a system that supplements another (supplements) has the content supplement, not {content}; change it"
        found = add(found, error("value", _CONTENT, fr, en, path=".content"))
    seen: set[str] = set()
    properties = system.get("property")
    for rank, one in enumerate(properties if type(properties) is list else ()):
        code = one.get("code") if type(one) is dict else None
        if type(code) is str and code in seen:
            fr = f"la propriété « {quoted(code)} » est déjà définie ; changez l'un des deux codes"
            en = f'the property "{quoted(code)}" is defined already; change one of the two codes'
            found = add(found, warning("value", _PROPERTY, fr, en, path=f".property[{rank}].code"))
        seen.add(str(code))
    return found


def _concepts(system: Json) -> tuple[int, Findings]:
    """How many concepts there are, at any depth; their properties are those that the system defines, of their types."""
    defined = {one["code"]: one.get("type") for one in objects(system.get("property")) if type(one.get("code")) is str}
    ahead: list[tuple[Any, str]] = [(system.get("concept"), "")]
    number, found, unknown = 0, cast(Findings, None), dict[str, str]()
    while ahead:
        concepts, place = ahead.pop()
        for rank, concept in enumerate(concepts if type(concepts) is list else ()):
            if type(concept) is not dict:
                continue
            number += 1
            here = f"{place}.concept[{rank}]"
            ahead.append((concept.get("concept"), here))
            for order, held in enumerate(objects(concept.get("property"))):
                code = held.get("code")
                given = next((name[5:] for name in held if name.startswith("value")), "")
                if type(code) is not str or not given:
                    continue  # told by the structural check
                if code not in defined:
                    unknown.setdefault(code, f"{here}.property[{order}].code")
                elif type(wanted := defined[code]) is str and wanted.lower() != given.lower():
                    fr = f"la propriété « {quoted(code)} » est de type {quoted(wanted)}, pas {given} ; accordez-les"
                    en = f'the property "{quoted(code)}" is of type {quoted(wanted)}, not {given}; make them agree'
                    found = add(found, error("value", _VALUE, fr, en, path=f"{here}.property[{order}].value"))
    for code, where in unknown.items():
        fr = f"la propriété « {quoted(code)} » n'est pas définie par le système (property) ; définissez-la"
        en = f'the property "{quoted(code)}" is not defined by the system (property); define it'
        found = add(found, warning("value", _PROPERTY, fr, en, path=where))
    return number, found
