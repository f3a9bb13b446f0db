"""Codes against the value set that a definition binds them to, by the strength of the binding.

required    a code outside is an error
extensible  a code outside is a warning: it is allowed only where the value set has none that fits
preferred   a code outside is an information
example     nothing is asked

A code that cannot be judged is said to be so. Source: FHIR R4 terminologies.html#strength.
"""

from collections.abc import Callable
from typing import Any, Final

from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion
from socle.kernel.fhir.validation.findings import Finding, Findings, add, quoted
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.tree import Node
from socle.kernel.outcome import Severity

Json = dict[str, Any]
BindingCheck = Callable[[Any, Run], Findings]

_SEVERITY: Final[dict[str, Severity]] = {"required": "error", "extensible": "warning", "preferred": "information"}
_MAXIMUM: Final = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
# R4 names the media types by the document that defines them (Expression.language).
_BY_DOCUMENT: Final = {"http://www.rfc-editor.org/bcp/bcp13.txt": "http://hl7.org/fhir/ValueSet/mimetypes"}
_SYSTEM_TYPES: Final = "http://hl7.org/fhirpath/System."  # of ElementDefinition.type.code: no value set lists them
_PLAIN: Final = frozenset({"code", "string", "uri", "url", "canonical", "id", "markdown", "oid"})


def binding_checks(node: Node, code: str, told: str) -> list[BindingCheck]:
    """What the binding of an element asks of a value of type `code`.

    told  the value set that the structural check has already judged ("" for none)
    """
    binding = node.definition.get("binding")
    if not binding:
        return []
    asked: list[tuple[str, str]] = []
    strength = binding.get("strength", "example")
    value_set = binding.get("valueSet")
    if value_set and strength in _SEVERITY and value_set.partition("|")[0] != told:
        asked.append((value_set, strength))
    for extension in binding.get("extension") or ():
        if extension.get("url") == _MAXIMUM:
            largest = extension.get("valueCanonical") or extension.get("valueUri")
            largest = _BY_DOCUMENT.get(largest, largest)
            if largest:
                asked = [one for one in asked if one[0] != largest]  # a code beyond it is told once, as an error
                asked.append((largest, "required"))
    build = _BUILDERS.get(code) or (_plain if code in _PLAIN else None)
    return [build(url, strength, node.rule) for url, strength in asked] if build is not None else []


def judged(answer: CodeAnswer) -> bool | None:
    """Whether a code is in: a display that is not right, or a code no longer in use, are told with the code itself."""
    return True if answer.cause in (Cause.WRONG_DISPLAY, Cause.INACTIVE) else answer.good


def unjudged(answer: CodeAnswer, rule: str, subject: str, shown: str, strength: str = "") -> Finding:
    """The finding that says that a code could not be checked, and why: a warning where it had to be."""
    fr, en = answer.text or (f"« {subject} » n'est pas installé ici", f'"{subject}" is not installed here')
    fr, en = fr.removeprefix("Code non vérifié : "), en.removeprefix("Code not checked: ")
    return Finding(
        "warning" if strength == "required" else "information",
        "not-found",
        rule,
        f"code non vérifié ({shown}) : {fr.rstrip('.')}",
        f"code not checked ({shown}): {en.rstrip('.')}",
        subject=subject,
    )


def _plain(value_set: str, strength: str, rule: str) -> BindingCheck:
    def check(value: Any, run: Run) -> Findings:
        if type(value) is not str or value.startswith(_SYSTEM_TYPES):
            return None
        answer = run.judge(CodeQuestion("", value, value_set=value_set))
        good = judged(answer)
        if good:
            return None
        if good is None:
            return [unjudged(answer, rule, value_set, value, strength)]
        return [_outside(value, value_set, strength, rule)]

    return check


def _coding(value_set: str, strength: str, rule: str) -> BindingCheck:
    def check(value: Any, run: Run) -> Findings:
        if type(value) is not dict or type(value.get("code")) is not str:
            return _nothing_coded(value, value_set, strength, rule)
        answer = run.judge(_question(value, value_set))
        good = judged(answer)
        if good:
            return None
        if good is None:
            return [unjudged(answer, rule, value_set, _named(value), strength)]
        return [_outside(_named(value), value_set, strength, rule)]

    return check


def _concept(value_set: str, strength: str, rule: str) -> BindingCheck:
    def check(value: Any, run: Run) -> Findings:
        codings = value.get("coding") if type(value) is dict else None
        coded = [c for c in codings if type(c) is dict and type(c.get("code")) is str] if type(codings) is list else []
        if not coded:
            return _nothing_coded(value, value_set, strength, rule)
        unknown: CodeAnswer | None = None
        for coding in coded:
            answer = run.judge(_question(coding, value_set))
            good = judged(answer)
            if good:
                return None
            if good is None:
                unknown = unknown or answer
        shown = ", ".join(map(_named, coded[:5]))
        if unknown is not None:
            return [unjudged(unknown, rule, value_set, shown, strength)]
        return [_outside(shown, value_set, strength, rule)]

    return check


def _quantity(value_set: str, strength: str, rule: str) -> BindingCheck:
    inside = _coding(value_set, strength, rule)

    def check(value: Any, run: Run) -> Findings:
        return inside(value, run) if type(value) is dict and "code" in value else None

    return check


_BUILDERS: Final[dict[str, Callable[[str, str, str], BindingCheck]]] = {
    "Coding": _coding,
    "CodeableConcept": _concept,
    "Quantity": _quantity,
    "Age": _quantity,
    "Duration": _quantity,
    "Count": _quantity,
    "Distance": _quantity,
    "MoneyQuantity": _quantity,
    "SimpleQuantity": _quantity,
}


def _question(coding: Json, value_set: str) -> CodeQuestion:
    return CodeQuestion(
        str(coding.get("system", "")), coding["code"], version=str(coding.get("version", "")), value_set=value_set
    )


def _named(coding: Json) -> str:
    system = coding.get("system")
    return quoted(f"{system}#{coding['code']}" if type(system) is str and system else coding["code"], 120)


def _nothing_coded(value: Any, value_set: str, strength: str, rule: str) -> Findings:
    """A required binding wants a code; elsewhere words may do."""
    if strength != "required" or type(value) is not dict or ("extension" in value and len(value) == 1):
        return None
    return add(
        None,
        Finding(
            "error",
            "code-invalid",
            rule,
            f"un code de {value_set} est obligatoire ici ; ajoutez coding.system et coding.code",
            f"a code of {value_set} is required here; add coding.system and coding.code",
        ),
    )


def _outside(shown: str, value_set: str, strength: str, rule: str) -> Finding:
    fr, en = f"{quoted(shown, 200)} n'est pas dans {value_set}", f"{quoted(shown, 200)} is not in {value_set}"
    if strength == "required":
        fr, en = (
            f"{fr}, qui est obligatoire ; choisissez un de ses codes",
            f"{en}, which is required; choose one of its codes",
        )
    elif strength == "extensible":
        fr = f"{fr} ; employez un de ses codes s'il en est un qui convient"
        en = f"{en}; use one of its codes if there is one that fits"
    else:
        fr, en = f"{fr}, qui est conseillé", f"{en}, which is preferred"
    return Finding(_SEVERITY[strength], "code-invalid", rule, fr, en)
