"""`__schema` and `__type`: what the fields of a query may be. Source: GraphQL October 2021, "Schema Introspection".

Here what is not there is null, as tools expect.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.graphql.document import RULE, Field, Selection, wrong
from socle.kernel.rest.graphql.schema import DIRECTIVES, Argument, Directive, FieldOf, Ref, Schema, Type

Json = dict[str, Any]
SCHEMA, TYPE = "__schema", "__type"
MOST: Final = 1_200_000  # values of one answer; the whole schema of the 146 types of R4 has 870,000
Flatten = Callable[[str, Sequence[Selection]], list[Field]]


class Introspection:
    """One query about a schema. `fields`: those of selections, fragments included, for an object of a type."""

    def __init__(self, schema: Schema, fields: Flatten) -> None:
        self._schema = schema
        self._fields = fields
        self._left = MOST
        self._flat: dict[tuple[str, int], list[Field]] = {}
        # What was answered of a thing for a selection, and its values: the same types and arguments come again and again.
        self._known: dict[tuple[int, int], tuple[Json, int]] = {}

    def answer(self, field: Field) -> Any:
        """What `__schema` or `__type(name:)` answers. Raises: Problem(INVALID | TOO_COSTLY)."""
        if field.name == SCHEMA:
            return self._object("__Schema", self._schema, field.selections)
        if set(field.arguments) != {"name"}:
            raise wrong("« __type » demande « name ».", "“__type” takes “name”.")
        found = self._schema.type(str(field.arguments["name"]))
        return None if found is None else self._object("__Type", found, field.selections)

    def _object(self, name: str, value: Any, selections: Sequence[Selection]) -> Json:
        place = (id(value), id(selections))
        known = self._known.get(place)
        if known is None:
            before = self._left
            made = self._made(name, value, selections)
            self._known[place] = made, before - self._left
            return made
        self._spend(known[1])
        return known[0]

    def _spend(self, values: int) -> None:
        self._left -= values
        if self._left < 0:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"La description demandée dépasse {MOST} valeurs : demandez-en moins, ou un type par « __type ».",
                f"The description asked for exceeds {MOST} values: ask for less, or for one type by “__type”.",
                rule=RULE,
            )

    def _made(self, name: str, value: Any, selections: Sequence[Selection]) -> Json:
        flat = self._flat.get((name, id(selections)))
        if flat is None:
            flat = self._flat[name, id(selections)] = self._fields(name, selections)
        known = _FIELDS[name]
        out: Json = {}
        self._spend(len(flat))
        for field in flat:
            if field.name == "__typename":
                out[field.key] = name
                continue
            resolve = known.get(field.name)
            if resolve is None:
                raise wrong(
                    f"« {field.name[:60]} » n'est pas un champ de {name}.",
                    f"“{field.name[:60]}” is no field of {name}.",
                )
            out[field.key] = self._shown(resolve(value, self._schema), field)
        return out

    def _shown(self, found: Any, field: Field) -> Any:
        if isinstance(found, list):
            return [self._shown(one, field) for one in found]
        of = _OBJECTS.get(type(found))
        if of is None:
            return found
        if not field.selections:
            raise wrong(
                f"« {field.name} » est un objet : dites lesquels de ses champs.",
                f"“{field.name}” is an object: say which of its fields.",
            )
        return self._object(of, found, field.selections)


def _none(value: Any, schema: Schema) -> None:
    return None


def _no(value: Any, schema: Schema) -> bool:
    return False


def _empty(value: Any, schema: Schema) -> list[Any]:
    return []


def _name(value: Any, schema: Schema) -> str:
    return str(value.name)


def _type(value: FieldOf | Argument, schema: Schema) -> Any:
    return _met(value.type, schema)


def _arguments(value: FieldOf | Directive, schema: Schema) -> list[Argument]:
    return list(value.arguments)


def _met(ref: Ref | None, schema: Schema) -> Any:
    """The type that a reference names, or the reference itself where it wraps another."""
    return ref if ref is None or ref.kind != "NAMED" else schema.type(ref.name)


def _of_type(value: Type | Ref, schema: Schema) -> Any:
    return _met(value.of, schema) if isinstance(value, Ref) else None


def _fields_of(value: Type | Ref, schema: Schema) -> list[FieldOf] | None:
    return list(value.fields) if isinstance(value, Type) and value.kind != "SCALAR" else None


def _interfaces(value: Type | Ref, schema: Schema) -> list[Type | None] | None:
    if not isinstance(value, Type) or value.kind == "SCALAR":
        return None
    return [schema.type(one) for one in value.interfaces]


def _possible(value: Type | Ref, schema: Schema) -> list[Type | None] | None:
    if not isinstance(value, Type) or value.kind != "INTERFACE":
        return None
    return [schema.type(one) for one in value.possible]


def _locations(value: Directive, schema: Schema) -> list[str]:
    return ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"] if value.fragments else ["FIELD"]


Resolve = Callable[[Any, Schema], Any]
_DEPRECATION: Final[Mapping[str, Resolve]] = {"isDeprecated": _no, "deprecationReason": _none}
_FIELDS: Final[Mapping[str, Mapping[str, Resolve]]] = {
    "__Schema": {
        "description": _none,
        "queryType": lambda value, schema: schema.type(schema.root),
        "mutationType": _none,
        "subscriptionType": _none,
        "types": lambda value, schema: list(schema.every),
        "directives": lambda value, schema: list(DIRECTIVES),
    },
    "__Type": {
        "kind": lambda value, schema: value.kind,
        "name": lambda value, schema: value.name or None,
        "description": _none,
        "specifiedByURL": _none,
        "fields": _fields_of,
        "interfaces": _interfaces,
        "possibleTypes": _possible,
        "enumValues": _none,
        "inputFields": _none,
        "ofType": _of_type,
        "isOneOf": _none,
    },
    "__Field": {"name": _name, "description": _none, "args": _arguments, "type": _type, **_DEPRECATION},
    "__InputValue": {"name": _name, "description": _none, "type": _type, "defaultValue": _none, **_DEPRECATION},
    "__Directive": {
        "name": _name,
        "description": _none,
        "isRepeatable": _no,
        "locations": _locations,
        "args": _arguments,
    },
}
_OBJECTS: Final[Mapping[type, str]] = {
    Schema: "__Schema",
    Type: "__Type",
    Ref: "__Type",
    FieldOf: "__Field",
    Argument: "__InputValue",
    Directive: "__Directive",
}
