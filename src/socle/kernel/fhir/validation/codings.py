"""Codes against their own code system, whatever the binding. Source: FHIR R4 terminologies.html."""

import re
from typing import Any, Final

from socle.kernel.fhir.core import core_value_set
from socle.kernel.fhir.knowledge import Cause, CodeQuestion
from socle.kernel.fhir.validation.bindings import unjudged
from socle.kernel.fhir.validation.findings import Finding, Findings, climb, error, quoted, warning
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.walk import Met, path

Json = dict[str, Any]
_RULE: Final = "FHIR R4 datatypes.html#Coding"
# The system lists one code for the national identifiers of all countries, whose last letters are those of the country.
_KINDS_OF_IDENTIFIER: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
_NATIONAL: Final = re.compile(r"NN[A-Z]{3}")
_ANY_NATION: Final = "NNxxx"
_LISTED: Final = "FHIR R4 valueset-definitions.html#ValueSet.compose.include.concept.code"


def codings(met: Met, run: Run) -> Findings:
    """What is wrong with the codings of one resource: unknown codes, displays that are not theirs, systems not held."""
    found: Findings = None
    for coding, trail in met.codings:
        one = _coding(coding, run)
        if one is not None:
            found = climb(found, path(trail), [one])
    return found


def listed(value_set: Json, run: Run) -> Findings:
    """Codes that a value set lists one by one (`concept`) and that their code system does not have: warnings, since the value
    set may know a release that is not the one held here. Those of a system that is not held are told once.
    """
    found: Findings = None
    compose = value_set.get("compose")
    for part in ("include", "exclude"):
        parts = compose.get(part) if type(compose) is dict else None
        for rank, one in enumerate(parts if type(parts) is list else ()):
            concepts = one.get("concept") if type(one) is dict else None
            if type(concepts) is list and type(one.get("system")) is str:
                held = _concepts(concepts, one["system"], one.get("version"), run)
                found = climb(found, f".compose.{part}[{rank}]", held)
    return found


def _concepts(concepts: list[Any], system: str, version: Any, run: Run) -> Findings:
    found: Findings = None
    for rank, concept in enumerate(concepts):
        code = concept.get("code") if type(concept) is dict else None
        if type(code) is not str:
            continue
        answer = run.judge(CodeQuestion(system, code, version=version if type(version) is str else ""))
        if answer.good is None:
            told = unjudged(answer, _LISTED, system, quoted(f"{system}#{code}", 120))
        elif answer.good or answer.cause is Cause.INACTIVE:
            continue
        else:
            shown = quoted(f"{system}#{code}", 120)
            fr, en = answer.text or (f"{shown} n'existe pas dans ce système", f"{shown} does not exist in this system")
            told = warning("code-invalid", _LISTED, fr.rstrip("."), en.rstrip("."))
        found = climb(found, f".concept[{rank}].code", [told])
    return found


def _is_value_set(url: str, run: Run) -> bool:
    return run.library.resource("ValueSet", url) is not None or core_value_set(url) is not None


def _coding(coding: Json, run: Run) -> Finding | None:
    system, code = coding.get("system"), coding.get("code")
    if type(code) is not str:
        return None
    if type(system) is not str:
        return Finding(
            "information",
            "informational",
            _RULE,
            f"le code « {quoted(code)} » n'a pas de système : personne ne peut savoir ce qu'il veut dire ; ajoutez system",
            f'the code "{quoted(code)}" has no system: nobody can tell what it means; add system',
        )
    display, version = coding.get("display"), coding.get("version")
    if system == _KINDS_OF_IDENTIFIER and _NATIONAL.fullmatch(code):
        code, display = _ANY_NATION, None
    question = CodeQuestion(
        system,
        code,
        version=version if type(version) is str else "",
        display=display if type(display) is str else "",
        language=run.language,
    )
    answer = run.judge(question)
    if answer.good is None:
        if answer.cause is Cause.UNKNOWN_SYSTEM and _is_value_set(system, run):
            fr = f"{quoted(system)} est un jeu de valeurs, pas un système ; écrivez dans system le système du code"
            en = f"{quoted(system)} is a value set, not a code system; write in system the code system of the code"
            return error("code-invalid", _RULE, fr, en, path=".system")
        return unjudged(answer, _RULE, system, quoted(f"{system}#{code}", 120))
    if answer.good and answer.cause is Cause.NONE:
        return None
    shown = quoted(f"{system}#{code}", 120)
    match answer.cause:
        case Cause.WRONG_DISPLAY:
            fr, en = answer.text or (
                f"le libellé « {quoted(display)} » n'est pas celui de {shown}",
                f'the display "{quoted(display)}" is not that of {shown}',
            )
            if answer.display:
                fr = f"{fr.rstrip('.')} ; écrivez « {answer.display} »"
                en = f'{en.rstrip(".")}; write "{answer.display}"'
            return Finding("warning", "code-invalid", _RULE, fr.rstrip("."), en.rstrip("."))
        case Cause.INACTIVE:
            fr, en = answer.text or (f"{shown} n'est plus en usage", f"{shown} is no longer in use")
            return Finding("warning", "code-invalid", _RULE, fr.rstrip("."), en.rstrip("."))
    fr, en = answer.text or (f"{shown} n'existe pas dans ce système", f"{shown} does not exist in this system")
    return Finding("error", "code-invalid", _RULE, fr.rstrip("."), en.rstrip("."))
