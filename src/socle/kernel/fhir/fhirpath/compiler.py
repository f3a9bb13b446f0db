"""Tree → closures. What the types tell is decided here, once; the closures only read."""

from socle.kernel.fhir.fhirpath.code import (
    EMPTY,
    Call,
    Code,
    Scope,
    constant,
    one_integer,
    this,
    too_many,
    truth,
)
from socle.kernel.fhir.fhirpath.environment import Environment, resource_item
from socle.kernel.fhir.fhirpath.errors import Place
from socle.kernel.fhir.fhirpath.functions import FUNCTIONS
from socle.kernel.fhir.fhirpath.items import INTEGER, STRING, Items
from socle.kernel.fhir.fhirpath.navigation import child, child_of_type
from socle.kernel.fhir.fhirpath.operators import binary, polarity
from socle.kernel.fhir.fhirpath.tree import (
    Binary,
    Empty,
    External,
    Index,
    Literal,
    Name,
    Node,
    Special,
    Typed,
    Unary,
    inside,
)
from socle.kernel.fhir.fhirpath.tree import Call as CallNode
from socle.kernel.fhir.fhirpath.types import elements, is_a, known, resolved
from socle.kernel.fhir.fhirpath.typing import LOOSE, alone, loosely, specified, type_test, typed
from socle.kernel.fhir.references import target_type

_NAMED = {
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
    "us-zip": "[0-9]{5}(-[0-9]{4}){0,1}",
}


class Compiler:
    """One expression on its way to closures."""

    def __init__(self, expression: str, *, strict: bool) -> None:
        self.expression = expression
        self.strict = strict

    def compile(self, node: Node, scope: Scope) -> Code:
        """What a node answers where `$this` is `scope`. Raises: Problem(INVALID) with the position."""
        place = Place(self.expression, node.at)
        match node:
            case Literal(type=type_, value=value):
                return constant((type_, value, None))
            case Empty():
                return EMPTY
            case Name():
                return self._name(node, scope, place)
            case CallNode():
                return self._call(node, scope, place)
            case Special(name="this"):
                return Code(this, scope.types, scope.one)
            case Special(name="index"):
                return Code(lambda focus, environment: [(INTEGER, environment.index, None)], frozenset({INTEGER}), True)
            case Special():
                return Code(lambda focus, environment: environment.total, None)
            case External(name=name):
                return _external(name, place)
            case Index():
                return self._index(node, scope, place)
            case Unary(operator=operator, of=of):
                return polarity(operator, self.compile(of, scope), place)
            case Typed(operator="is", of=CallNode(name="resolve") as call):
                return self._resolves_to(call, node.type, scope, place)
            case Typed(operator=operator, of=of, type=name):
                if operator == "is":
                    return type_test(self.compile(of, scope), name, place)
                if name in LOOSE and not self.strict:
                    return loosely(self.compile(of, scope), name, place)
                if (read := self._choice(of, name, scope, place, self.strict)) is not None:
                    return read
                source = self.compile(of, scope)
                return typed(alone(source, place) if self.strict else source, name, place)
            case Binary(operator=operator, left=left, right=right):
                return binary(operator, self.compile(left, scope), self.compile(right, scope), place)

    def _name(self, node: Name, scope: Scope, place: Place) -> Code:
        if node.of is not None:
            return child(self.compile(node.of, scope), node.name, place, strict=self.strict)
        focus = Code(this, scope.types, scope.one)
        if node.name[0].isupper():
            found = resolved(node.name)
            if found is not None and not found.startswith("System."):
                return _of_type(focus, found)
        return child(focus, node.name, place, strict=self.strict)

    def _call(self, node: CallNode, scope: Scope, place: Place) -> Code:
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise place.problem(
                f"La fonction « {node.name} » n'existe pas.", f'There is no function "{node.name}".', code="not-found"
            )
        count = len(node.arguments)
        if not function.least <= count <= function.most:
            wanted = str(function.least) if function.least == function.most else f"{function.least}-{function.most}"
            raise place.problem(
                f"{node.name}() prend {wanted} argument(s), pas {count}.",
                f"{node.name}() takes {wanted} argument(s), not {count}.",
            )
        if node.name == "is" and isinstance(node.of, CallNode) and node.of.name == "resolve":
            specifier = node.arguments[0]
            if isinstance(specifier, Name) and specifier.of is None:
                return self._resolves_to(node.of, specifier.name, scope, place)
        source = Code(this, scope.types, scope.one) if node.of is None else self.compile(node.of, scope)
        single = self.strict and node.name == "as"
        if node.name in ("as", "ofType") and node.of is not None and isinstance(node.arguments[0], Name):
            specifier = node.arguments[0]
            if node.name == "as" and specifier.of is None and specifier.name in LOOSE and not self.strict:
                return loosely(source, specifier.name, place)
            read = self._choice(node.of, specifier.name, scope, place, single) if specifier.of is None else None
            if read is not None:
                return read
        source = alone(source, place) if single else source
        uses_index = tuple(
            any(isinstance(one, Special) and one.name == "index" for one in inside(argument))
            for argument in node.arguments
        )
        return function.build(Call(node.name, place, source, node.arguments, scope, self.compile, uses_index))

    def _choice(self, of: Node, type_: str, scope: Scope, place: Place, single: bool) -> Code | None:
        """value as Quantity, value.ofType(Quantity), in any number of parentheses: one member is read. None for anything
        else, and where a `single` value is wanted but there may be several."""
        if not isinstance(of, Name):
            return None
        owner = Code(this, scope.types, scope.one) if of.of is None else self.compile(of.of, scope)
        if single and not owner.one:
            return None
        return child_of_type(owner, of.name, specified(type_, place), place)

    def _index(self, node: Index, scope: Scope, place: Place) -> Code:
        source = self.compile(node.of, scope)
        run, position = source.run, one_integer(self.compile(node.index, scope), place)

        def at(focus: Items, environment: Environment) -> Items:
            index = position(focus, environment)
            return [] if index is None or index < 0 else run(focus, environment)[index : index + 1]

        return Code(at, source.types, True)

    def _resolves_to(self, call: CallNode, name: str, scope: Scope, place: Place) -> Code:
        """`resolve() is Patient`: when a reference cannot be resolved its text or its type tells, as search needs."""
        wanted = specified(name, place)
        references = Code(this, scope.types, scope.one) if call.of is None else self.compile(call.of, scope)
        run, resolve = references.run, self.compile(call, scope).run

        def test(focus: Items, environment: Environment) -> bool | None:
            items = run(focus, environment)
            if not items:
                return None
            if len(items) > 1:
                raise too_many(place, len(items))
            if isinstance(items[0][1], dict):
                told = target_type(items[0][1], environment.resource)
                if told is not None:
                    return is_a(told, wanted)
            found = resolve(focus, environment)
            return is_a(found[0][0], wanted) if found else None

        return truth(test)


def _of_type(focus: Code, type_: str) -> Code:
    """A path that begins with a type: the focus when it is of that type."""
    types = focus.types
    if types is None or not all(map(known, types)):
        answers = frozenset({type_}) if elements(type_) is not None else None

        def run(items: Items, environment: Environment) -> Items:
            return [item for item in items if is_a(item[0], type_)]

        return Code(run, answers, focus.one)
    kept = frozenset(one for one in types if is_a(one, type_))
    if not kept:
        return EMPTY
    if kept == types:
        return focus
    return Code(lambda items, environment: [item for item in items if item[0] in kept], kept, focus.one)


def _external(name: str, place: Place) -> Code:
    if name == "context":
        return Code(lambda focus, environment: environment.context, None)
    if name == "resource":
        return Code(_resource, None, True)
    if name == "rootResource":
        return Code(
            lambda focus, environment: (
                resource_item(environment.root_resource)
                if environment.root_resource is not None
                else _resource(focus, environment)
            ),
            None,
            True,
        )
    text = _NAMED.get(name)
    if text is None and name.startswith("vs-"):
        text = "http://hl7.org/fhir/ValueSet/" + name[3:]
    if text is None and name.startswith("ext-"):
        text = "http://hl7.org/fhir/StructureDefinition/" + name[4:]
    if text is not None:
        return constant((STRING, text, None))

    def variable(focus: Items, environment: Environment) -> Items:
        try:
            return environment.variables[name]
        except KeyError:
            raise place.problem(
                f"La variable %{name} n'est pas définie.", f"The variable %{name} is not defined.", code="not-found"
            ) from None

    return Code(variable, None)


def _resource(focus: Items, environment: Environment) -> Items:
    return environment.context if environment.resource is None else resource_item(environment.resource)
