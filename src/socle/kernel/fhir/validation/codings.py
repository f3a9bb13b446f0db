"""Codes against their own code system, whatever the binding. Source: FHIR R4 terminologies.html."""

from typing import Any, Final

from socle.kernel.fhir.knowledge import Cause, CodeQuestion
from socle.kernel.fhir.validation.bindings import unjudged
from socle.kernel.fhir.validation.findings import Finding, Findings, climb, quoted
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.walk import Met, path

Json = dict[str, Any]
_RULE: Final = "FHIR R4 datatypes.html#Coding"


def codings(met: Met, run: Run) -> Findings:
    """What is wrong with the codings of one resource: unknown codes, displays that are not theirs, systems not held."""
    found: Findings = None
    for coding, trail in met.codings:
        one = _coding(coding, run)
        if one is not None:
            found = climb(found, path(trail), [one])
    return found


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
    question = CodeQuestion(
        system,
        code,
        version=version if type(version) is str else "",
        display=display if type(display) is str else "",
        language=run.language,
    )
    answer = run.judge(question)
    if answer.good is None:
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
