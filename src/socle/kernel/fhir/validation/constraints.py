"""Invariants: what a definition asks in FHIRPath. Source: FHIR R4 conformance-rules.html#constraints."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from socle.kernel.fhir.fhirpath import compiled
from socle.kernel.fhir.validation.findings import R4, Finding, Findings, add, quoted
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.sentences import SENTENCES, sentence
from socle.kernel.outcome import Kind, Problem, Severity

Json = dict[str, Any]
Constraints = Callable[[str, Any, Json | None, Run], Findings]

# Told by `check` (shape, contained resources, narratives, fragments) or by other parts, faster and with more to say.
ELSEWHERE: Final = frozenset(
    {
        "ele-1",
        "ext-1",
        "dom-2",
        "dom-3",
        "dom-4",
        "dom-5",
        "txt-1",
        "txt-2",
        "ref-1",
        "bdl-2",
        "bdl-3",
        "bdl-4",
        "bdl-7",
        "bdl-8",
    }
)
# Published with a mistake: dates of different precisions are not ordered, and are then not wrong (corrected in R5);
# eld-19 and eld-20 forbid paths that the specification itself uses; vs-1 measures a text that no longer is one.
_LENIENT: Final = frozenset({"per-1", "inv-1", "mdd-1", "rng-2", "que-7", "ras-2"})
# A FHIR boolean is no System.Boolean, which is what the published text asks for: no answer could ever be right. And R4 says
# "more than one" of what its expression counts above two.
_CORRECTED: Final = {"que-7": ("answer is Boolean", "answer is boolean"), "que-12": ("count() > 2", "count() > 1")}


def constraints(stated: Sequence[Json], source: str, type_: str) -> Constraints | None:
    """The check of the constraints of one element, each once; None when nothing is left to ask.

    type_  the FHIR type of the items; None in Resource elements, whose type is in the data
    """
    seen: dict[str, Callable[[str, Any, Json | None, Run], Finding | None]] = {}
    for constraint in stated:
        key, expression = constraint.get("key", ""), constraint.get("expression")
        if key in ELSEWHERE or key in seen:
            continue
        if not expression:
            if not constraint.get("source", source).startswith(R4):
                seen[key] = _in_words(constraint, key, source)
            continue
        if key == "dom-6":
            seen[key] = _narrative(constraint)
            continue
        seen[key] = _constraint(constraint, key, expression, source, type_)
    if not seen:
        return None
    checks = tuple(seen.values())

    def check(code: str, value: Any, companion: Json | None, run: Run) -> Findings:
        found: Findings = None
        for one in checks:
            if (finding := one(code, value, companion, run)) is not None:
                found = add(found, finding)
        return found

    return check


def _constraint(
    constraint: Json, key: str, expression: str, source: str, type_: str
) -> Callable[[str, Any, Json | None, Run], Finding | None]:
    origin = constraint.get("source", source)
    rule = key if origin.startswith(R4) or not origin else f"{origin}#{key}"
    severity: Severity = "warning" if constraint.get("severity") == "warning" else "error"
    said = SENTENCES.get(key) if rule == key else sentence(key, origin)
    named = expression.startswith("name.matches('[A-Z]")  # R5 corrected it: a name that is not there is no bad name
    if said is None and named:
        said = SENTENCES["name"]
    human = constraint.get("human")
    if said is not None:
        fr, en = said
    elif human:
        fr = f"la règle {key} n'est pas respectée : {quoted(human, 400)}"
        en = f"the rule {key} is not met: {quoted(human, 400)}"
    else:
        shown = quoted(" ".join(expression.split()), 300)
        fr = f"la règle {key} n'est pas respectée ; il faut que cette expression soit vraie : {shown}"
        en = f"the rule {key} is not met; this expression must be true: {shown}"
    lenient = named or (key in _LENIENT and rule == key)
    if rule in _CORRECTED:
        expression = expression.replace(*_CORRECTED[rule])
    ready: list[Any] = []

    def check(code: str, value: Any, companion: Json | None, run: Run) -> Finding | None:
        try:
            if not ready:
                ready.append(compiled(expression, type_ or None, strict=False).test)
            environment = run.environment
            before = environment.unchecked
            good = ready[0]([(code, value, companion)], environment)
        except Problem as problem:
            return _not_evaluated(problem, rule)
        except (AttributeError, TypeError, KeyError, ValueError, IndexError, ArithmeticError, RecursionError):
            if run.spoilt:
                return None  # the structure is wrong, and is told to be: the rule speaks once it is repaired
            raise
        if environment.unchecked is not before and not good:
            environment.unchecked = ()
            return _not_known(rule, key, environment_told=before)
        if good or (good is None and (lenient or run.spoilt)):
            return None
        return Finding(severity, "invariant", rule, fr, en)

    return check


def _in_words(constraint: Json, key: str, source: str) -> Callable[[str, Any, Json | None, Run], Finding | None]:
    """A rule that its publisher states in words alone: nobody but a reader can check it, and this is said."""
    rule = f"{constraint.get('source', source)}#{key}"
    human = quoted(" ".join(str(constraint.get("human", "")).split()), 300)
    fr = f"la règle {key} n'est écrite qu'en mots et n'a pas été vérifiée : {human}"
    en = f"the rule {key} is stated in words only and was not checked: {human}"

    def check(code: str, value: Any, companion: Json | None, run: Run) -> Finding | None:
        return Finding("information", "informational", rule, fr, en, subject=rule)

    return check


def _not_evaluated(problem: Problem, rule: str) -> Finding:
    """The rule itself cannot be evaluated, or would take too long: this is said, never passed over."""
    text = problem.issues[0].text
    code = "too-costly" if problem.kind is Kind.TOO_COSTLY else "processing"
    return Finding(
        "warning",
        code,
        rule,
        f"la règle n'a pas pu être évaluée : {text.fr.rstrip('.')}",
        f"the rule could not be evaluated: {text.en.rstrip('.')}",
    )


def _not_known(rule: str, key: str, *, environment_told: Sequence[str]) -> Finding:
    return Finding(
        "information",
        "informational",
        rule,
        f"la règle {key} n'a pas pu être vérifiée : elle demande une terminologie, un profil ou une ressource absents d'ici",
        f"the rule {key} could not be checked: it asks for a terminology, a profile or a resource that is not held here",
        subject=rule,
    )


def _narrative(constraint: Json) -> Callable[[str, Any, Json | None, Run], Finding | None]:
    """dom-6, a good practice: of whole resources only, for contained ones are told by their container's narrative."""
    fr, en = SENTENCES["dom-6"]

    def check(code: str, value: Any, companion: Json | None, run: Run) -> Finding | None:
        text = value.get("text")
        if (type(text) is dict and "div" in text) or run.resource is not run.root:
            return None
        return Finding("warning", "invariant", "dom-6", fr, en, subject="dom-6")

    return check
