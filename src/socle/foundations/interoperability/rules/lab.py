"""A trial and its findings as FHIR Parameters, in the shape that the engines of FHIRPath Lab share.

`expression`, `resource`, `context` and `variables` come in; one `result` for each context goes out, its items named by
their type, then its traces; with `debug_trace`, one `debug-trace` too, a part for each step. Source: FHIRPath Lab, "server
engine API".
"""

from collections.abc import Mapping
from typing import Any, Final

from socle import __version__
from socle.foundations.interoperability.rules.places import Places
from socle.foundations.interoperability.rules.syntax import drawn
from socle.foundations.interoperability.rules.trial import Finding, Findings, Trial
from socle.kernel.fhir.check import check
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Environment, Item, Items, compiled, results
from socle.kernel.fhir.fhirpath.steps import Step
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.fhir.xml import read as read_xml
from socle.kernel.outcome import Kind, Problem

Json = dict[str, Any]

ENGINE: Final = f"Socle {__version__} (R4)"
_LAB: Final = "http://fhir.forms-lab.com/StructureDefinition/"
_JSON_VALUE: Final = _LAB + "json-value"
_XML_VALUE: Final = _LAB + "xml-value"
_PATH: Final = _LAB + "resource-path"
_WITHOUT_EFFECT: Final = (
    "validate",
    "terminologyserver",
)  # expressions are always checked, by the house's terminologies
_PARAMETER: Final = r4().elements("Parameters.parameter")["value"]
_VALUES: Final = {code: member for member, code in _PARAMETER.json_names()}


def trial_of(parameters: Json) -> Trial:
    """The trial that a Parameters resource asks for.

    Raises: Problem(INVALID) when the expression or the resource is missing, or not FHIR R4; for a parameter that is none.
    """
    check(parameters, expected_type="Parameters")
    expression = context = ""
    resource: Json | None = None
    variables: dict[str, Items] = {}
    steps = False
    for index, parameter in enumerate(parameters.get("parameter", ())):
        match parameter.get("name", ""):
            case "expression":
                expression = _text(parameter)
            case "context":
                context = _text(parameter)
            case "resource":
                resource = parameter.get("resource") or _written(parameter, index)
            case "variables":
                parts = parameter.get("part", ())
                if not all("name" in part for part in parts):  # R4 lets extensions stand for it
                    raise _refused(index, "Chaque variable a un nom (name).", "Each variable has a name.")
                variables |= {part["name"]: _values(part, index) for part in parts}
            case "debug_trace":
                steps = parameter.get("valueBoolean") is True
            case name if name not in _WITHOUT_EFFECT:
                raise _refused(
                    index,
                    f"Le paramètre « {name} » n'existe pas ici. Sont connus : expression, context, resource, variables, "
                    "debug_trace, validate, terminologyserver.",
                    f'There is no parameter "{name}" here. Known are: expression, context, resource, variables, '
                    "debug_trace, validate, terminologyserver.",
                )
    if not expression:
        raise _missing("expression")
    if resource is None:
        raise _missing("resource")
    return Trial(expression, resource, context, variables, steps)


def parameters_of(trial: Trial, findings: Findings) -> Json:
    """The answer as Parameters."""
    about: list[Json] = [
        {"name": "evaluator", "valueString": ENGINE},
        {"name": "parseDebugTree", "valueString": serialise(drawn(trial.expression)).decode()},
        {"name": "expression", "valueString": trial.expression},
    ]
    if trial.context:
        about.append({"name": "context", "valueString": trial.context})
    about.append({"name": "resource", "resource": trial.resource})
    places = Places(trial.resource)
    if trial.variables:
        about.append({"name": "variables", "part": _variables(trial.variables)})
    about += [{"name": "unchecked", "valueString": what} for what in findings.unchecked]
    out: list[Json] = [{"name": "parameters", "part": about}]
    out += [_result(finding, places) for finding in findings.each]
    if trial.steps:
        out += [_debug_trace(finding, places) for finding in findings.each]
    return {"resourceType": "Parameters", "id": "fhirpath", "parameter": out}


def _result(finding: Finding, places: Places) -> Json:
    parts = [_part(item, places.of(item)) for item in finding.items]
    for name, items in finding.traces:
        trace: Json = {"name": "trace", "valueString": name or "trace"}
        if items:
            trace["part"] = [_part(item, places.of(item)) for item in items]
        parts.append(trace)
    return _of_context("result", finding.place, parts)


def _debug_trace(finding: Finding, places: Places) -> Json:
    return _of_context("debug-trace", finding.place, [_step(step, places) for step in finding.steps])


def _of_context(name: str, place: str, parts: list[Json]) -> Json:
    out: Json = {"name": name}
    if place:
        out["valueString"] = place
    if parts:
        out["part"] = parts
    return out


def _step(step: Step, places: Places) -> Json:
    """One step: what it found, then what it was evaluated on, elements of the resource by their path alone."""
    start, end = step.mark
    parts = [
        *(_reached(item, places, "") for item in step.found),
        *(_reached(item, places, "focus-") for item in step.focus),
        *(_reached(item, places, "this-") for item in step.this),
    ]
    out: Json = {"name": f"{start},{end - start},{step.name}"}
    if parts:
        out["part"] = parts
    return out


def _reached(item: Item, places: Places, role: str) -> Json:
    path = places.of(item)
    if path and isinstance(item[1], dict):
        return {"name": role + "resource-path", "valueString": path}
    part = _part(item, path)
    return part | {"name": role + part["name"]}


def _part(item: Item, path: str = "") -> Json:
    """One item: value[x] where Parameters has its type, the resource, else its JSON in an extension; its path in another."""
    name, value = results.type_name(item), results.json_value(item)
    extensions = [{"url": _PATH, "valueString": path}] if path else []
    out: Json = {"name": name}
    member = _VALUES.get(name)
    if value == "":
        out = {"name": "empty-string"}
    elif r4().is_resource(name):
        out["resource"] = value
    elif member is None:
        extensions.append({"url": _JSON_VALUE, "valueString": serialise(value).decode()})
    else:
        if value is not None:
            out[member] = value
        if item[2]:
            out["_" + member] = item[2]
    if extensions:
        out["extension"] = extensions
    return out


def _variables(variables: Mapping[str, Items]) -> list[Json]:
    """The variables as they came: one value each, none where it is empty."""
    return [_part(items[0]) | {"name": name} if items else {"name": name} for name, items in variables.items()]


def _text(parameter: Json) -> str:
    return next((value.strip() for name, value in parameter.items() if name in ("valueString", "valueCode")), "")


def _written(parameter: Json, index: int) -> Json | None:
    """The resource as text: JSON or XML in an extension, for what a Parameters of the sender's version cannot hold.

    Raises: Problem(INVALID) when it is not FHIR R4, or an address: nothing is fetched here.
    """
    for extension in parameter.get("extension", ()):
        text = extension.get("valueString")
        if text is not None and extension.get("url") in (_JSON_VALUE, _XML_VALUE):
            data = text.encode()
            resource: Json = parse(data) if extension["url"] == _JSON_VALUE else read_xml(data).resource
            check(resource)
            return resource
    if text := _text(parameter):
        if text[0] in "{[":
            parse(text.encode())  # what could not be sent as a resource is said where it goes wrong
        raise _refused(
            index,
            "La ressource est donnée par une adresse ou un texte, et ce moteur ne va rien chercher : envoyez-la dans "
            "« resource ».",
            'The resource is given by an address or a text, and this engine fetches nothing: send it in "resource".',
        )
    return None


def _values(part: Json, index: int) -> Items:
    """The value of a variable, as a collection. Raises: Problem(INVALID) for an object whose type nothing tells."""
    if any(extension.get("url") == _JSON_VALUE for extension in part.get("extension", ())):
        raise _refused(
            index,
            f"La variable « {part['name']} » est un objet JSON dont rien ne dit le type : envoyez une ressource, ou une "
            "valeur value[x] (valueQuantity, valueCoding…).",
            f'The variable "{part["name"]}" is a JSON object whose type nothing tells: send a resource, or a value[x] '
            "(valueQuantity, valueCoding…).",
        )
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


def _refused(index: int, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        fr,
        en,
        expression=(f"Parameters.parameter[{index}]",),
        rule="FHIRPath Lab",
        code="not-supported",
    )
