"""A FHIRPath expression tried on a resource: what is asked, what is found, and both as FHIR Parameters.

The Parameters have the shape that the engines of FHIRPath Lab share: `expression`, `resource`, `context` and `variables`
come in; one `result` for each context goes out, its items named by their type, then its traces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from socle.kernel.fhir.check import check
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Environment, Item, Items, compiled, resource_item, results
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.outcome import Kind, Problem

Json = dict[str, Any]

ENGINE: Final = "Socle (R4)"
BUDGET: Final = 200_000  # items that a trial may go through: it is open to everybody
MOST: Final = 5_000  # items of an answer
_JSON_VALUE: Final = "http://fhir.forms-lab.com/StructureDefinition/json-value"
_PARAMETER: Final = r4().elements("Parameters.parameter")["value"]
_VALUES: Final = {code: member for member, code in _PARAMETER.json_names()}


@dataclass(frozen=True, slots=True)
class Trial:
    """What is asked. context: an expression too; the main one is then evaluated on each item that it finds."""

    expression: str
    resource: Json
    context: str = ""
    variables: Mapping[str, Items] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one context: its place ("" for the whole resource), the items, what trace() saw, in order."""

    place: str
    items: Items
    traces: list[tuple[str, Items]]


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything, and what could not be checked because nothing here knows it."""

    each: list[Finding]
    unchecked: tuple[str, ...]


def evaluated(trial: Trial, environment: Environment) -> Findings:
    """What the expression finds. environment: of the trial's resource.

    Raises: Problem(INVALID | TOO_COSTLY) with the position in the expression.
    """
    focus = resource_item(trial.resource)
    environment.variables = trial.variables
    contexts = [("", focus)]
    if trial.context:
        found = compiled(trial.context, focus[0][0]).find(focus, environment)
        contexts = [(f"{trial.context}[{number}]", [item]) for number, item in enumerate(found)]
    each = []
    left = MOST
    for place, items in contexts:
        traces: list[tuple[str, Items]] = []
        environment.trace = lambda name, seen, kept=traces: kept.append((name, seen))
        answer = compiled(trial.expression, items[0][0]).find(items, environment)
        each.append(Finding(place, answer, traces))
        left -= len(answer) + sum(1 + len(seen) for _, seen in traces)
        if left < 0:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"L'expression trouve plus de {MOST} éléments ; choisissez-en avec take(…) ou where(…).",
                f"The expression finds more than {MOST} items; choose among them with take(…) or where(…).",
                rule="SOCLE-FHIRPATH-SIZE",
            )
    return Findings(each, tuple(environment.unchecked))


def trial_of(parameters: Json) -> Trial:
    """The trial that a Parameters resource asks for.

    Raises: Problem(INVALID) when the expression or the resource is missing, or not FHIR R4.
    """
    check(parameters, expected_type="Parameters")
    expression = context = ""
    resource: Json | None = None
    variables: dict[str, Items] = {}
    for parameter in parameters.get("parameter", ()):
        match parameter["name"]:
            case "expression":
                expression = _text(parameter)
            case "context":
                context = _text(parameter)
            case "resource":
                resource = parameter.get("resource") or _written(parameter)
            case "variables":
                variables = {part["name"]: _values(part) for part in parameter.get("part", ())}
            case _:
                continue  # validate, terminologyserver …: other engines' options, without effect on the result
    if not expression:
        raise _missing("expression")
    if resource is None:
        raise _missing("resource")
    return Trial(expression, resource, context, variables)


def parameters_of(trial: Trial, findings: Findings) -> Json:
    """The answer as Parameters."""
    about: list[Json] = [
        {"name": "evaluator", "valueString": ENGINE},
        {"name": "expression", "valueString": trial.expression},
    ]
    if trial.context:
        about.append({"name": "context", "valueString": trial.context})
    about.append({"name": "resource", "resource": trial.resource})
    about += [{"name": "unchecked", "valueString": what} for what in findings.unchecked]
    out: list[Json] = [{"name": "parameters", "part": about}]
    for finding in findings.each:
        result: Json = {"name": "result"}
        if finding.place:
            result["valueString"] = finding.place
        parts = [_part(item) for item in finding.items]
        for name, items in finding.traces:
            trace: Json = {"name": "trace", "valueString": name or "trace"}
            if items:
                trace["part"] = [_part(item) for item in items]
            parts.append(trace)
        if parts:
            result["part"] = parts
        out.append(result)
    return {"resourceType": "Parameters", "id": "fhirpath", "parameter": out}


def _part(item: Item) -> Json:
    """One item: value[x] where Parameters has its type, the resource, else its JSON in an extension."""
    name, value = results.type_name(item), results.json_value(item)
    if value == "":
        return {"name": "empty-string"}
    if r4().is_resource(name):
        return {"name": name, "resource": value}
    member = _VALUES.get(name)
    if member is None:
        text = serialise(value).decode()
        return {"name": name, "extension": [{"url": _JSON_VALUE, "valueString": text}]}
    part: Json = {"name": name}
    if value is not None:
        part[member] = value
    if item[2]:
        part["_" + member] = item[2]
    return part


def _text(parameter: Json) -> str:
    return next((value.strip() for name, value in parameter.items() if name in ("valueString", "valueCode")), "")


def _written(parameter: Json) -> Json | None:
    """The resource as text, for those that a Parameters of the sender's version cannot hold."""
    for extension in parameter.get("extension", ()):
        if extension.get("url") == _JSON_VALUE and "valueString" in extension:
            resource: Json = parse(extension["valueString"].encode())
            check(resource)
            return resource
    return None


def _values(part: Json) -> Items:
    """The value of a variable, as a collection."""
    found = compiled("value | resource", "Parameters.parameter")
    return found.find([("Parameters.parameter", part, None)], Environment())


def _missing(name: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"Il manque le paramètre « {name} ».",
        f'The parameter "{name}" is missing.',
        expression=("Parameters.parameter",),
        rule="FHIRPath Lab",
        code="required",
    )
