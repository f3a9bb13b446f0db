"""May an extension stand where it does? Source: FHIR R4 defining-extensions.html#context."""

from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Item, compiled, resource_item
from socle.kernel.fhir.validation.findings import Finding, Findings, add, quoted
from socle.kernel.fhir.validation.run import Profile, Run
from socle.kernel.fhir.validation.walk import Trail, names
from socle.kernel.outcome import Problem

Json = dict[str, Any]
_CONTEXT: Final = "FHIR R4 defining-extensions.html#context"
_BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
_ANYWHERE: Final = frozenset({"Element", "*", "Any"})  # "Element" has always been used for resources too
# Extensions of R4 that the specification itself places elsewhere than where it says.
_WIDER: Final = {
    _BASE + "structuredefinition-fhir-type": ("ElementDefinition.type",),
    _BASE + "regex": ("ElementDefinition.type",),
}


def placed(definition: Profile, extension: Json, trail: Trail, run: Run) -> Findings:
    """What is wrong with where an extension stands: its contexts, and the rules that hold there (contextInvariant)."""
    owner = trail[0]
    if owner is None:
        return None
    found = add(None, _context(definition, owner, run))
    for expression in definition.structure.get("contextInvariant") or ():
        found = add(found, _invariant(expression, definition, extension, owner, run))
    return found


def _context(definition: Profile, owner: Trail, run: Run) -> Finding | None:
    contexts, url = definition.structure.get("context") or (), definition.url
    if not contexts:
        return None
    called: list[str] | None = None
    for context in contexts:
        expression = context.get("expression", "")
        match context.get("type"):
            case "element":
                called = names(owner) if called is None else called
                wanted = expression.rpartition("#")[2] if "#" in expression else expression.removeprefix(_BASE)
                if wanted in called or wanted in _ANYWHERE or _wider(url, called):
                    return None
            case "extension":
                if _in_extension(owner) and expression.partition("#")[0] in _urls(owner, run):
                    return None
            case "fhirpath":
                if _selected(expression, owner, run):
                    return None
            case _:
                return None
    listed = ", ".join(str(context.get("expression")) for context in contexts[:8])
    return Finding(
        "error",
        "extension",
        _CONTEXT,
        f"l'extension {quoted(url)} ne peut pas être placée ici ; emplacements permis : {listed}",
        f"the extension {quoted(url)} cannot be placed here; allowed places: {listed}",
    )


def _invariant(expression: Any, definition: Profile, extension: Json, owner: Trail, run: Run) -> Finding | None:
    """A rule on the element that holds the extension (%extension); one that cannot be evaluated says nothing."""
    item = _item(owner, run)
    if type(expression) is not str or item is None:
        return None
    environment = run.environment
    variables = environment.variables
    environment.variables = {**variables, "extension": [("Extension", extension, None)]}
    try:
        good = compiled(expression, item[0], strict=False).test([item], environment)
    except (Problem, AttributeError, TypeError, KeyError, ValueError):
        return None  # the definition's own fault, or the resource's, told elsewhere
    finally:
        environment.variables = variables
    if good is not False:
        return None
    url, shown = quoted(definition.url), quoted(" ".join(expression.split()), 300)
    return Finding(
        "error",
        "invariant",
        _CONTEXT,
        f"l'extension {url} ne se met que là où cette expression est vraie : {shown}",
        f"the extension {url} only stands where this expression is true: {shown}",
    )


def _in_extension(owner: Trail) -> bool:
    """Whether a place is an extension, or the value of one."""
    above = owner[0]
    return owner[3] == "Extension" or (above is not None and above[3] == "Extension" and owner[1] == "value")


def _wider(url: str, called: list[str]) -> bool:
    """What the specification itself does with its extensions: normative versions are told of every kind of definition."""
    return url == _BASE + "structuredefinition-normative-version" or any(one in called for one in _WIDER.get(url, ()))


def _steps(owner: Trail) -> list[Trail]:
    """The steps from the resource to a place."""
    steps: list[Trail] = []
    here: Trail | None = owner
    while here is not None and here[0] is not None:
        steps.append(here)
        here = here[0]
    return steps[::-1]


def _urls(owner: Trail, run: Run) -> set[str]:
    """The urls of the extensions that hold a place, found again in the resource by their trail."""
    out: set[str] = set()
    value: Any = run.resource
    for step in _steps(owner):
        value = _down(value, step)
        if step[3] == "Extension" and type(value) is dict and type(value.get("url")) is str:
            out.add(value["url"])
    return out


def _down(value: Any, step: Trail) -> Any:
    """The object at a step: of a primitive, what stands beside it."""
    _, name, rank, code, _ = step
    if type(value) is not dict:
        return None
    chosen = name + code[:1].upper() + code[1:]
    for member in (name, "_" + name, chosen, "_" + chosen):
        held = value.get(member)
        if rank is not None:
            held = held[rank] if type(held) is list and rank < len(held) else None
        if type(held) is dict:
            return held
    return None


def _item(owner: Trail, run: Run) -> Item | None:
    """What stands at a place, for expressions."""
    steps = _steps(owner)
    if not steps:
        return resource_item(run.resource)[0]
    value: Any = run.resource
    for step in steps[:-1]:
        value = _down(value, step)
    _, name, rank, code, _ = steps[-1]
    if r4().kind(code) != "primitive":
        held = _down(value, steps[-1])
        return (code, held, None) if held is not None else None
    if type(value) is not dict:
        return None
    companion = _down(value, steps[-1])
    for member in (name, name + code[:1].upper() + code[1:]):
        held = value.get(member)
        if rank is not None:
            held = held[rank] if type(held) is list and rank < len(held) else None
        if held is not None and type(held) not in (dict, list):
            return code, held, companion
    return (code, None, companion) if companion is not None else None


def _selected(expression: str, owner: Trail, run: Run) -> bool:
    """Whether a FHIRPath context selects the place; when it cannot be evaluated the place is taken as good."""
    value: Any = run.resource
    for step in _steps(owner):
        value = _down(value, step)
    if value is None:
        return True
    try:
        focus = resource_item(run.resource)
        found = compiled(expression, run.resource["resourceType"], strict=False).find(focus, run.environment)
    except (Problem, AttributeError, TypeError, KeyError):
        return True
    return any(item[1] is value or item[2] is value for item in found)
