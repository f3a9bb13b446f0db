"""What definitions say of types: is their FHIRPath FHIRPath, are the elements of a profile those of its type? Source: FHIR R4
fhirpath.html, searchparameter.html, elementdefinition-definitions.html (constraint.expression, path).
"""

from collections.abc import Iterator
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import compiled
from socle.kernel.fhir.validation.findings import Finding, Findings, add, error, quoted
from socle.kernel.fhir.validation.run import Run
from socle.kernel.outcome import Problem

Json = dict[str, Any]
_RULE: Final = "FHIR R4 fhirpath.html"
_PARAMETER: Final = "FHIR R4 capabilitystatement-definitions.html#CapabilityStatement.rest.resource.searchParam.type"
_R4_PARAMETERS: Final = "http://hl7.org/fhir/SearchParameter/"
_COMPONENT: Final = "FHIR R4 searchparameter-definitions.html#SearchParameter.component"
_PATH: Final = "FHIR R4 elementdefinition-definitions.html#ElementDefinition.path"


def definition_rules(definition: Json, run: Run) -> Findings:
    """What is wrong with a StructureDefinition or a SearchParameter beyond its elements and their rules."""
    return add(add(expressions(definition), _paths(definition)), _components(definition))


def search_parameters(statement: Json, run: Run) -> Findings:
    """Search parameters of R4 that a CapabilityStatement names with another type than theirs."""
    found: Findings = None
    for rank, rest in _objects(statement.get("rest")):
        for number, resource in _objects(rest.get("resource")):
            type_ = resource.get("type")
            known = r4().search_parameters(type_) if type(type_) is str and r4().is_resource(type_) else {}
            for place, one in _objects(resource.get("searchParam")):
                name, definition, said = str(one.get("name")), one.get("definition"), one.get("type")
                held = known.get(name) if type(definition) is str and definition.startswith(_R4_PARAMETERS) else None
                if held is None or type(said) is not str or said == held.type:
                    continue
                fr = f"« {quoted(name)} » est, dans FHIR R4, un paramètre de type {held.type}, pas {quoted(said)} ; corrigez type"
                en = f'"{quoted(name)}" is, in FHIR R4, a parameter of type {held.type}, not {quoted(said)}; correct type'
                where = f".rest[{rank}].resource[{number}].searchParam[{place}].type"
                found = add(found, error("value", _PARAMETER, fr, en, path=where))
    return found


def _components(definition: Json) -> Findings:
    """A composite search parameter has the parts that it is made of."""
    parts = definition.get("component")
    if definition.get("type") != "composite" or definition["resourceType"] != "SearchParameter":
        return None
    if type(parts) is list and len(parts) > 1:
        return None
    fr = "un paramètre composite réunit au moins deux paramètres ; ajoutez component, ou changez type"
    en = "a composite parameter puts at least two parameters together; add component, or change type"
    return [error("required", _COMPONENT, fr, en, path=".component")]


def expressions(definition: Json) -> Findings:
    """Expressions that cannot be read (errors), or that name what this engine does not know (warnings)."""
    found: Findings = None
    for expression, place in _expressions(definition):
        try:
            compiled(expression, strict=False)
        except Problem as problem:
            text = problem.issues[0].text
            severity: Any = "error" if problem.issues[0].code == "structure" else "warning"
            fr = f"ce n'est pas du FHIRPath que l'on puisse évaluer : {text.fr.rstrip('.')}"
            en = f"this is no FHIRPath that can be evaluated: {text.en.rstrip('.')}"
            found = add(found, Finding(severity, "invalid", _RULE, fr, en, path=place))
    return found


def _expressions(definition: Json) -> Iterator[tuple[str, str]]:
    """(expression, its place)."""
    if definition["resourceType"] == "SearchParameter":
        yield from _texts(definition, "expression", "")
        return
    for rank, context in _objects(definition.get("context")):
        if context.get("type") == "fhirpath":
            yield from _texts(context, "expression", f".context[{rank}]")
    invariants = definition.get("contextInvariant")
    for rank, text in enumerate(invariants if type(invariants) is list else ()):
        if type(text) is str:
            yield text, f".contextInvariant[{rank}]"
    for view in ("differential", "snapshot"):
        held = definition.get(view)
        for rank, element in _objects(held.get("element") if type(held) is dict else None):
            for number, constraint in _objects(element.get("constraint")):
                yield from _texts(constraint, "expression", f".{view}.element[{rank}].constraint[{number}]")


def _texts(holder: Json, name: str, place: str) -> Iterator[tuple[str, str]]:
    if type(holder.get(name)) is str:
        yield holder[name], f"{place}.{name}"


def _objects(value: Any) -> Iterator[tuple[int, Json]]:
    for rank, one in enumerate(value if type(value) is list else ()):
        if type(one) is dict:
            yield rank, one


def _paths(definition: Json) -> Findings:
    """Elements of a profile that its type does not have."""
    type_, differential = definition.get("type"), definition.get("differential")
    if definition.get("derivation") != "constraint" or type(type_) is not str or type(differential) is not dict:
        return None
    if r4().kind(type_) is None:
        return None  # a logical model, or a type of its own
    found: Findings = None
    for rank, element in _objects(differential.get("element")):
        path = element.get("path")
        if type(path) is not str or not path.startswith(type_ + "."):
            continue  # sdf-8a tells
        stranger = _stranger(type_, path.split(".")[1:])
        if stranger is not None:
            owner, name = stranger
            fr = f"« {quoted(name)} » n'est pas un élément de {owner} ; corrigez path ({quoted(path)})"
            en = f'"{quoted(name)}" is no element of {owner}; correct path ({quoted(path)})'
            found = add(found, error("value", _PATH, fr, en, path=f".differential.element[{rank}].path"))
    return found


def _stranger(type_: str, steps: list[str]) -> tuple[str, str] | None:
    """(type, name) of the first step that leads nowhere; None when all lead somewhere, or when it cannot be told."""
    types = [type_]
    for step in steps:
        below: list[str] = []
        for owner in types:
            if owner == "Resource" or (r4().is_resource(owner) and owner != type_):
                return None  # whatever resource is there
            below += _below(owner, step)
        if not below:
            return " | ".join(types[:3]), step
        types = below
    return None


def types_at(path: str) -> list[str]:
    """The types that R4 gives to the element of a path (Patient.name.family); none when it has none, or whatever is there."""
    type_, *steps = path.split(".")
    types = [type_] if r4().kind(type_) is not None else []
    for step in steps:
        if any(owner == "Resource" or (r4().is_resource(owner) and owner != type_) for owner in types):
            return []
        types = [below for owner in types for below in _below(owner, step)]
    return types


def _below(owner: str, step: str) -> list[str]:
    """The types that an element of a type may have; () when there is none of this name."""
    if r4().kind(owner) == "primitive":
        return [owner] if step == "value" else _below("Element", step)
    try:
        elements = r4().elements(owner)
    except KeyError:
        return ["Resource"]  # not known here: nothing is said
    name = step.removesuffix("[x]")
    held = elements.get(name)
    if held is not None:
        return list(held.types)
    return [code for one in elements.values() if one.choice for way, code in one.json_names() if way == name]
