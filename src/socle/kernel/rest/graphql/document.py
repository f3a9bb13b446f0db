"""A GraphQL document as what will be done: fields with their arguments, variables put in, fragments still by name.

Read with graphql-core, imported at the first query (it weighs 18 MB). Bounded before anything is looked up: tokens, depth,
selections. Source: GraphQL June 2018, FHIR R4 graphql.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from socle.kernel.outcome import Kind, Problem

if TYPE_CHECKING:
    from graphql.language import ast

RULE: Final = "FHIR R4 graphql.html"
TOKENS: Final = 5_000
DEPTH: Final = 20
DIRECTIVES: Final = {
    "skip": ("if",),
    "include": ("if",),
    "flatten": (),
    "first": (),
    "singleton": (),
    "slice": ("path",),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field to answer.

    key        its name in the answer: the alias if any
    arguments  with the values of variables
    """

    name: str
    key: str
    arguments: Mapping[str, Any]
    selections: "tuple[Selection, ...]"
    flatten: bool = False
    first: bool = False
    singleton: bool = False
    slice: str = ""


@dataclass(frozen=True, slots=True)
class Fragment:
    """Fields to answer when the object is of `type` ("" for any)."""

    type: str
    selections: "tuple[Selection, ...]"


Selection = Field | Fragment


@dataclass(slots=True)
class _Making:
    fragments: dict[str, "ast.FragmentDefinitionNode"]
    variables: Mapping[str, Any]
    open: list[str] = field(default_factory=list)
    left: int = TOKENS


def selections_of(text: str, variables: Mapping[str, Any], name: str) -> tuple[Selection, ...]:
    """What the query of a document asks; the operation called `name` when there are several.

    Raises: Problem(INVALID) with line and column; Problem(TOO_COSTLY).
    """
    from graphql import GraphQLError
    from graphql.language import ast, parse

    try:
        document = parse(text, max_tokens=TOKENS, no_location=False)
    except GraphQLError as error:
        if "max" in error.message.lower() and "tokens" in error.message.lower():
            raise _too_costly(f"{TOKENS} lexèmes", f"{TOKENS} tokens") from error
        place = error.locations[0] if error.locations else None
        at_fr = f" (ligne {place.line}, colonne {place.column})" if place else ""
        at_en = f" (line {place.line}, column {place.column})" if place else ""
        raise wrong(
            f"La requête GraphQL est illisible{at_fr} : {error.message}",
            f"The GraphQL query cannot be read{at_en}: {error.message}",
        ) from error
    except RecursionError as error:
        raise _too_costly(f"{DEPTH} niveaux", f"{DEPTH} levels") from error
    operations = [one for one in document.definitions if isinstance(one, ast.OperationDefinitionNode)]
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, ast.FragmentDefinitionNode)}
    chosen = [one for one in operations if not name or (one.name is not None and one.name.value == name)]
    if len(chosen) != 1:
        raise wrong(
            "Désignez une des requêtes du document par « operationName ».",
            "Name one of the queries of the document by “operationName”.",
        )
    if chosen[0].operation is not ast.OperationType.QUERY:
        raise wrong("Ce serveur ne répond qu'aux requêtes « query ».", "This server answers “query” operations only.")
    making = _Making(fragments, _variables(chosen[0], variables))
    return _selections(chosen[0].selection_set, making, 1)


def _variables(operation: "ast.OperationDefinitionNode", given: Mapping[str, Any]) -> dict[str, Any]:
    from graphql.language import ast

    out: dict[str, Any] = {}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        if name in given:
            out[name] = given[name]
        elif definition.default_value is not None:
            out[name] = _value(definition.default_value, {})
        elif isinstance(definition.type, ast.NonNullTypeNode):
            raise wrong(f"La variable « ${name} » manque.", f"The variable “${name}” is missing.")
        else:
            out[name] = None
    unknown = [name for name in given if name not in out]
    if unknown:
        raise wrong(
            f"La requête ne déclare pas la variable « ${unknown[0][:60]} ».",
            f"The query does not declare the variable “${unknown[0][:60]}”.",
        )
    return out


def _selections(given: "ast.SelectionSetNode | None", making: _Making, depth: int) -> tuple[Selection, ...]:
    from graphql.language import ast

    if given is None:
        return ()
    if depth > DEPTH:
        raise _too_costly(f"{DEPTH} niveaux", f"{DEPTH} levels")
    out: list[Selection] = []
    for one in given.selections:
        making.left -= 1
        if making.left < 0:
            raise _too_costly(f"{TOKENS} champs", f"{TOKENS} fields")
        directives = _directives(one.directives or (), making)
        if directives.get("skip", {}).get("if") is True or directives.get("include", {}).get("if") is False:
            continue
        if isinstance(one, ast.FieldNode):
            out.append(_field(one, directives, making, depth))
        elif isinstance(one, ast.InlineFragmentNode):
            type_ = one.type_condition.name.value if one.type_condition else ""
            out.append(Fragment(type_, _selections(one.selection_set, making, depth + 1)))
        elif isinstance(one, ast.FragmentSpreadNode):
            out.append(_spread(one.name.value, making, depth))
    return tuple(out)


def _field(one: "ast.FieldNode", directives: dict[str, dict[str, Any]], making: _Making, depth: int) -> Field:
    name = one.name.value
    arguments = {argument.name.value: _value(argument.value, making.variables) for argument in one.arguments or ()}
    return Field(
        name,
        one.alias.value if one.alias else name,
        {key: value for key, value in arguments.items() if value is not None},
        _selections(one.selection_set, making, depth + 1),
        "flatten" in directives,
        "first" in directives,
        "singleton" in directives,
        str(directives.get("slice", {}).get("path", "")),
    )


def _spread(name: str, making: _Making, depth: int) -> Fragment:
    fragment = making.fragments.get(name)
    if fragment is None:
        raise wrong(f"Le fragment « {name} » n'est pas défini.", f"The fragment “{name}” is not defined.")
    if name in making.open:
        raise wrong(f"Le fragment « {name} » se contient lui-même.", f"The fragment “{name}” contains itself.")
    making.open.append(name)
    made = Fragment(fragment.type_condition.name.value, _selections(fragment.selection_set, making, depth + 1))
    making.open.pop()
    return made


def _directives(given: Any, making: _Making) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for one in given:
        name = one.name.value
        arguments = {argument.name.value: _value(argument.value, making.variables) for argument in one.arguments or ()}
        known = DIRECTIVES.get(name)
        if known is None or tuple(arguments) != known:
            listed = ", ".join(
                f"@{key}" + (f"({', '.join(value)})" if value else "") for key, value in DIRECTIVES.items()
            )
            raise wrong(
                f"La directive « @{name} » n'est pas connue sous cette forme ; possibles : {listed}.",
                f"The directive “@{name}” is not known in this form; possible: {listed}.",
            )
        if name in ("skip", "include") and not isinstance(arguments["if"], bool):
            raise wrong(f"« @{name} » demande un booléen.", f"“@{name}” takes a boolean.")
        out[name] = arguments
    return out


def _value(node: Any, variables: Mapping[str, Any]) -> Any:
    """The value of an argument: text, bool, list; numbers and codes as they are written."""
    match node.kind:
        case "variable":
            name = node.name.value
            if name not in variables:
                raise wrong(f"La variable « ${name} » n'est pas déclarée.", f"The variable “${name}” is not declared.")
            return variables[name]
        case "list_value":
            return [_value(one, variables) for one in node.values]
        case "null_value":
            return None
        case "object_value":
            raise wrong("Un argument n'est pas un objet {…}.", "An argument is no object {…}.")
    return node.value


def _too_costly(fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.TOO_COSTLY,
        f"La requête GraphQL dépasse {fr} : découpez-la.",
        f"The GraphQL query exceeds {en}: split it.",
        rule=RULE,
    )


def wrong(fr: str, en: str) -> Problem:
    """What the query asks is not understood."""
    return Problem.of(Kind.INVALID, fr, en, rule=RULE)
