"""Codes that a ConceptMap maps: known to their systems, members of the value sets that it says it maps. Source: FHIR R4
conceptmap-definitions.html (source[x], target[x], group.source, group.target).
"""

from collections.abc import Iterator
from typing import Any, Final

from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion
from socle.kernel.fhir.validation.bindings import judged, unjudged
from socle.kernel.fhir.validation.findings import Finding, Findings, climb, error, quoted, warning
from socle.kernel.fhir.validation.run import Run

Json = dict[str, Any]
_CODE: Final = "FHIR R4 conceptmap-definitions.html#ConceptMap.group.element.code"
_SET: Final = "FHIR R4 conceptmap-definitions.html#ConceptMap.source_x_"


def mapped(concept_map: Json, run: Run) -> Findings:
    """Errors where a code is in none of the codes that the map says it maps, warnings where its system does not have it: the
    map may know a release that is not the one held. What cannot be judged is told once.
    """
    found: Findings = None
    for side in ("source", "target"):
        value_set = concept_map.get(f"{side}Canonical", concept_map.get(f"{side}Uri"))
        wanted = value_set if type(value_set) is str else ""
        for group, rank in _each(concept_map.get("group")):
            system, version = group.get(side), group.get(f"{side}Version")
            if type(system) is not str:
                continue
            for code, place in _codes(group, side):
                question = CodeQuestion(system, code, version=version if type(version) is str else "")
                one = _judged(question, wanted, run)
                if one is not None:
                    found = climb(found, f".group[{rank}]{place}", [one])
    return found


def _codes(group: Json, side: str) -> Iterator[tuple[str, str]]:
    """(code, its place in the group)."""
    for element, rank in _each(group.get("element")):
        if side == "source":
            if type(element.get("code")) is str:
                yield element["code"], f".element[{rank}].code"
            continue
        for target, number in _each(element.get("target")):
            if type(target.get("code")) is str:
                yield target["code"], f".element[{rank}].target[{number}].code"


def _judged(question: CodeQuestion, value_set: str, run: Run) -> Finding | None:
    shown = quoted(f"{question.system}#{question.code}", 120)
    answer = run.judge(question)
    if answer.good is False and answer.cause not in (Cause.INACTIVE, Cause.WRONG_DISPLAY):
        fr, en = answer.text or (f"{shown} n'existe pas dans ce système", f"{shown} does not exist in this system")
        return warning("code-invalid", _CODE, fr.rstrip("."), en.rstrip("."))
    if not value_set:
        return _unknown(answer, question.system, shown)
    member = run.judge(CodeQuestion(question.system, question.code, question.version, value_set=value_set))
    good = judged(member)
    if good is None:
        return _unknown(answer, question.system, shown) or unjudged(member, _SET, value_set, shown)
    if good:
        return None
    fr = f"{shown} n'est pas dans {quoted(value_set, 200)}, dont la table dit partir ou auquel elle dit mener"
    en = f"{shown} is not in {quoted(value_set, 200)}, which the map says it maps from or to"
    return error("code-invalid", _SET, fr, en)


def _unknown(answer: CodeAnswer, system: str, shown: str) -> Finding | None:
    return unjudged(answer, _CODE, system, shown) if answer.good is None else None


def _each(value: Any) -> Iterator[tuple[Json, int]]:
    for rank, one in enumerate(value if type(value) is list else ()):
        if type(one) is dict:
            yield one, rank
