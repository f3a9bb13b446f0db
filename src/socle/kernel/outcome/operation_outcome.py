"""Issues as a FHIR OperationOutcome: the only place that builds one."""

from collections.abc import Sequence
from typing import Any

from socle.kernel.outcome.problem import Issue, Kind
from socle.kernel.outcome.text import Language

_LINE = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line"
_COLUMN = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col"
RULE_SYSTEM = "https://socle-sante.example/fhir/CodeSystem/rule"
TOPICS = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type"


def operation_outcome(issues: Sequence[Issue], language: Language, *, kind: Kind | None = None) -> dict[str, Any]:
    """The OperationOutcome that says `issues` in `language`.

    `kind` gives the issue type where an issue has none of its own. Source: FHIR R4 operationoutcome.html.
    """
    fallback = kind.code if kind else "informational"
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue, language, fallback) for issue in issues]}


def _issue(issue: Issue, language: Language, fallback: str) -> dict[str, Any]:
    out: dict[str, Any] = {"severity": issue.severity, "code": issue.code or fallback}
    if issue.line:
        out["extension"] = [
            {"url": _LINE, "valueInteger": issue.line},
            {"url": _COLUMN, "valueInteger": issue.column},
        ]
    codings = [{"system": TOPICS, "code": issue.topic}] if issue.topic else []
    if issue.rule:
        codings.append({"system": RULE_SYSTEM, "code": issue.rule})
    if codings:  # clients of a terminology service show the text of the details
        out["details"] = {"coding": codings, "text": issue.text.to(language) if issue.topic else issue.rule}
    out["diagnostics"] = issue.text.to(language)
    if issue.expression:
        out["expression"] = list(issue.expression)
    return out
