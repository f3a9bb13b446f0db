"""Search expressions compiled to closures: what does this parameter find in this resource?

Types are known when the expression is compiled: `Observation.value as Quantity` becomes "read valueQuantity". What
cannot happen is cut then; what remains is a few dictionary look-ups. Two conventions beyond FHIRPath, for indexing:

* an extension found at the end of an expression stands for its value (R4 writes `Patient.extension('…')` only);
* `resolve() is Patient` does not resolve: the text of the reference, its `type`, or the contained resource tells.

Resources are taken as `check` accepted them: arrays are lists, objects are dicts.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

from socle.kernel.fhir.definitions import Element, r4
from socle.kernel.fhir.path import Binary, Call, Index, Literal, Name, Node, Root, Typed, not_supported, parse_path
from socle.kernel.fhir.primitives import is_id
from socle.kernel.fhir.references import target_type

Json = dict[str, Any]
Found = tuple[str, Any]  # (FHIR type, value)


class Extractor(Protocol):
    """A compiled expression: given a value of its type (and the resource that holds it, if another), what it finds."""

    def __call__(self, value: Json, root: Json | None = None, /) -> list[Found]: ...


Ending = TypeVar("Ending")
Write = Callable[[Any, Json, Any], None]  # (value, resource that holds it, what is written)

_Put = Callable[[Found], object]
_Emit = Callable[[Any, Json, _Put], None]  # (value, resource, where to put what is found)
_Step = _Emit | str | None  # an _Emit; or a FHIR type: the value itself is found; or None: nothing can be found
_Then = Callable[[str], _Step]  # given the static type of a value, what to do with it
_Test = Callable[[Any, Json], bool]


@lru_cache(maxsize=8192)
def compiled(expression: str, resource_type: str) -> Extractor:
    """The closure that answers [(FHIR type, value), …] for a resource, in document order, branch by branch.

    `resource_type` is the type of the values that it will be given: a resource type or, for the components of composite
    parameters, the type that the composite's own expression found ("UsageContext", "Observation.component": nested
    elements have their path as type).

    Raises: Problem(INVALID) when the expression is not understood or names an element that does not exist.
    """
    node = parse_path(expression)
    if (single := _single(node, resource_type)) is not None:
        return single
    step = _Compiler(expression, resource_type).step(node, resource_type, _end)
    if step is None:
        return lambda value, root=None, /: []
    if isinstance(step, str):
        return lambda value, root=None, /: [(step, value)]
    emit = step

    def extract(value: Json, root: Json | None = None, /) -> list[Found]:
        out: list[Found] = []
        emit(value, root or value, out.append)
        return out

    return extract


def path_steps(node: Node) -> tuple[Node, ...]:
    """The steps of a path that begins with a type, each without what it belongs to; () for any other expression."""
    step: Node
    match node:
        case Name(name, None):
            return (node,) if name[0].isupper() else ()
        case Typed(of, "as", type_) | Call("as" | "ofType", (Name(type_, None),), of) if of is not None:
            step = Call("as", (Name(type_, None),), None)
        case Name(name, of) if of is not None:
            step = Name(name, None)
        case Call(name, arguments, of) if of is not None and name not in _TESTS:
            step = Call(name, arguments, None)
        case _:
            return ()
    before = path_steps(of)
    return (*before, step) if before else ()


@dataclass(slots=True)
class Paths(Generic[Ending]):
    """Paths that begin alike, read together: what ends here, and the ways on, by step (see `path_steps`)."""

    ends: list[Ending] = field(default_factory=list)
    on: "dict[Node, Paths[Ending]]" = field(default_factory=dict)

    def add(self, steps: Sequence[Node], ending: Ending) -> None:
        """One more path."""
        here = self
        for step in steps:
            here = here.on.setdefault(step, Paths())
        here.ends.append(ending)


class Writes(Protocol[Ending]):
    """What is done with the values of a type where paths end: the writes, and the ways on that they do themselves."""

    def __call__(self, paths: Paths[Ending], type_: str, /) -> tuple[Sequence[Write], Collection[Node]]: ...


def written_by_member(paths: Paths[Ending], resource_type: str, writes: Writes[Ending]) -> dict[str, Write]:
    """What is to be done with a resource for each of its JSON members; `paths` begin after its type.

    Raises: Problem(INVALID) when a path names an element that does not exist.
    """
    found: dict[str, list[_Step]] = {}
    for step, on in paths.on.items():
        name = step.name if isinstance(step, Name | Call) else str(step)
        compiler = _Compiler(name, resource_type)
        if isinstance(step, Call):  # extension('…')
            found.setdefault(name, []).append(compiler.call(step, resource_type, _together(compiler, on, writes)))
            continue
        element = _element(resource_type, name)
        if element is None:
            raise not_supported(name, name)
        for member, code in element.json_names():
            found.setdefault(member, []).append(_read(element, member, _together(compiler, on, writes)(code)))
    return {member: emit for member, steps in found.items() if (emit := _as_emit(_all(steps))) is not None}


def written(expression: str, resource_type: str, writes: Writes[Ending], ending: Ending) -> Write | None:
    """What is to be done with a resource for one expression of any form; None when it never finds anything."""
    compiler = _Compiler(expression, resource_type)
    paths = Paths([ending])
    return _as_emit(compiler.step(parse_path(expression), resource_type, _together(compiler, paths, writes)))


def _together(compiler: "_Compiler", paths: Paths[Ending], writes: Writes[Ending]) -> _Then:
    """What is done with a value where paths end or part."""

    def then(type_: str) -> _Step:
        if type_ == "Extension" and paths.ends:
            stands = Paths(paths.ends)
            values: dict[str, _Step] = {
                member: _all(writes(stands, code)[0]) for member, code in _extension_types().items()
            }
            here: Sequence[_Step] = [_chosen(values)]
            done: Collection[Node] = ()
        else:
            here, done = writes(paths, type_)
        on = [
            compiler.step(step, type_, _together(compiler, way, writes))
            for step, way in paths.on.items()
            if step not in done
        ]
        return _all([*here, *on])

    return then


def _single(node: Node, resource_type: str) -> Extractor | None:
    """The extractor of `Type.element` where the element has one value of one type: a third of the parameters."""
    if not (isinstance(node, Name) and isinstance(node.of, Name) and node.of == Name(resource_type, None)):
        return None
    element = _element(resource_type, node.name)
    if element is None or element.choice or element.max != 1 or element.types[0] in ("Extension", "Resource"):
        return None
    member, type_ = element.name, element.types[0]

    def extract_one(value: Json, root: Json | None = None, /) -> list[Found]:
        item = value.get(member)
        return [] if item is None else [(type_, item)]

    return extract_one


_FEW = 12  # types of a choice up to which each is looked for by its name


class _Compiler:
    """One expression on its way to a closure."""

    def __init__(self, expression: str, context: str) -> None:
        self.expression = expression
        self.context = context

    def step(self, node: Node, type_: str, then: _Then) -> _Step:
        """What to do with a value of static type `type_` so that `then` is done with all that `node` finds in it."""
        if isinstance(node, Name):
            if node.of is None:
                if node.name[0].isupper():
                    return then(type_) if _is_a(type_, node.name) else None
                return self.child(node.name, type_, then)
            return self.step(node.of, type_, lambda t: self.child(node.name, t, then))
        if isinstance(node, Typed) and node.operator == "as":
            return self.step(node.of, type_, lambda t: _only(node.type, t, then))
        if isinstance(node, Binary) and node.operator == "|":
            return _both(self.step(node.left, type_, then), self.step(node.right, type_, then))
        if isinstance(node, Index):
            return self.index(node, type_, then)
        if isinstance(node, Root):
            return _from_root(then(self.context.split(".", 1)[0]))
        if isinstance(node, Call) and node.name not in _TESTS:
            if node.of is None:
                return self.call(node, type_, then)
            return self.step(node.of, type_, lambda t: self.call(node, t, then))
        return _truth(self.test(node, type_), then("boolean"))

    def child(self, name: str, type_: str, then: _Then) -> _Step:
        """Read the element `name`, in each of the forms it may have."""
        element = _element(type_, name)
        if element is None:
            raise not_supported(self.expression, name)
        names = element.json_names()
        if len(names) > _FEW:
            return _chosen({member: then(code) for member, code in names})
        return _all([_read(element, member, then(code)) for member, code in names])

    def call(self, node: Call, type_: str, then: _Then) -> _Step:
        """Functions that filter or follow."""
        arguments = node.arguments
        if node.name == "where" and len(arguments) == 1:
            return _filtered(self.test(arguments[0], type_), then(type_))
        if node.name in ("as", "ofType") and len(arguments) == 1 and isinstance(arguments[0], Name):
            return _only(arguments[0].name, type_, then)
        if node.name == "extension" and len(arguments) == 1 and isinstance(arguments[0], Literal):
            url = arguments[0].value
            return self.child("extension", type_, lambda t: _filtered(lambda v, _: v.get("url") == url, then(t)))
        raise not_supported(self.expression, node.name)

    def index(self, node: Index, type_: str, then: _Then) -> _Step:
        """The n-th of what is found, per value given."""
        types: set[str] = set()

        def collect(found: str) -> _Step:
            types.add(found)
            return found

        inner = _as_emit(self.step(node.of, type_, collect))
        if inner is None:
            return None
        steps = {found: _as_emit(then(found)) for found in types}
        position = node.position

        def emit(value: Any, root: Json, put: _Put) -> None:
            found: list[Found] = []
            inner(value, root, found.append)
            if position < len(found) and (following := steps[found[position][0]]) is not None:
                following(found[position][1], root, put)

        return emit

    def test(self, node: Node, type_: str) -> _Test:
        """A yes-or-no question on a value of static type `type_`."""
        if isinstance(node, Binary) and node.operator == "and":
            left, right = self.test(node.left, type_), self.test(node.right, type_)
            return lambda value, root: left(value, root) and right(value, root)
        if isinstance(node, Binary) and node.operator in ("=", "!=") and isinstance(node.right, Literal):
            return self.comparison(node, node.right.value, type_)
        if isinstance(node, Typed) and node.operator == "is" and node.of == Call("resolve", (), None):
            return _refers_to(node.type)
        if isinstance(node, Call) and node.name == "exists" and node.of is not None and not node.arguments:
            found = self.finder(node.of, type_)
            return lambda value, root: bool(found(value, root))
        if isinstance(node, Call) and node.name == "hasExtension" and isinstance(node.arguments[0], Literal):
            url = node.arguments[0].value
            return lambda value, root: any(extension.get("url") == url for extension in value.get("extension", ()))
        raise not_supported(self.expression, str(node))

    def comparison(self, node: Binary, wanted: str | int | bool, type_: str) -> _Test:
        """path = literal, path != literal; neither holds when the path finds nothing."""
        equal = node.operator == "="
        if isinstance(node.left, Name) and node.left.of is None and equal:
            element = _element(type_, node.left.name)
            if element and not element.choice and element.max == 1:
                member = element.name
                return lambda value, _: value.get(member) == wanted
        found = self.finder(node.left, type_)

        def test(value: Any, root: Json) -> bool:
            values = [item for _, item in found(value, root)]
            return bool(values) and (values == [wanted]) is equal

        return test

    def finder(self, node: Node, type_: str) -> Callable[[Any, Json], list[Found]]:
        """All that `node` finds in a value."""
        emit = _as_emit(self.step(node, type_, lambda t: t))

        def find(value: Any, root: Json) -> list[Found]:
            out: list[Found] = []
            if emit is not None:
                emit(value, root, out.append)
            return out

        return find


_TESTS = frozenset({"exists", "hasExtension"})


def _element(type_: str, name: str) -> Element | None:
    """The element `name` of a type or nested element; None when there is none, as in a primitive."""
    if r4().kind(type_) == "primitive":
        return None
    try:
        return r4().elements(type_).get(name)
    except KeyError:
        return None


def _is_a(type_: str, ancestor: str) -> bool:
    return type_ == ancestor or r4().is_a(type_, ancestor)


def _only(wanted: str, type_: str, then: _Then) -> _Step:
    """Keep values of a type: known at once, except for a resource inside another."""
    if _is_a(type_, wanted):
        return then(type_)
    if type_ == "Resource" and r4().is_resource(wanted):
        return _filtered(lambda value, _: value.get("resourceType") == wanted, then(wanted))
    return None


def _end(type_: str) -> _Step:
    """What is done with the values that the whole expression finds."""
    if type_ == "Extension":
        return _extension_value
    if type_ == "Resource":
        return lambda value, root, put: void(put((value["resourceType"], value)))
    return type_


def void(_: object) -> None:
    """Nothing: for lambdas that must answer None."""


@lru_cache(maxsize=1)
def _extension_types() -> dict[str, str]:
    return dict(r4().elements("Extension")["value"].json_names())


def _extension_value(value: Json, root: Json, put: _Put) -> None:
    for member, item in value.items():
        if member.startswith("value"):
            put((_extension_types()[member], item))


def _as_emit(step: _Step) -> _Emit | None:
    if not isinstance(step, str):
        return step
    type_ = step

    def emit(value: Any, root: Json, put: _Put) -> None:
        put((type_, value))

    return emit


def _read(element: Element, member: str, then: _Step) -> _Emit | None:
    """Read one member of an object and do `then` with its value or values. Four shapes, written out for speed."""
    if then is None:
        return None
    if element.max == 1:
        if isinstance(then, str):

            def found(value: Any, root: Json, put: _Put) -> None:
                item = value.get(member)
                if item is not None:
                    put((then, item))

            return found
        emit = then

        def followed(value: Any, root: Json, put: _Put) -> None:
            item = value.get(member)
            if item is not None:
                emit(item, root, put)

        return followed
    if isinstance(then, str):

        def each_found(value: Any, root: Json, put: _Put) -> None:
            items = value.get(member)
            if items is not None:
                for item in items:
                    if item is not None:  # a null holds the place of a value that has only extensions
                        put((then, item))

        return each_found
    emit_each = then

    def each_followed(value: Any, root: Json, put: _Put) -> None:
        items = value.get(member)
        if items is not None:
            for item in items:
                if item is not None:
                    emit_each(item, root, put)

    return each_followed


def _chosen(steps: dict[str, _Step]) -> _Emit | None:
    """Read a choice of many types (an extension's value: fifty): the object has fewer members than the choice has names."""
    emits = {member: emit for member, step in steps.items() if (emit := _as_emit(step)) is not None}
    if not emits:
        return None

    def chosen(value: Any, root: Json, put: _Put) -> None:
        for member, item in value.items():
            if item is not None and (emit := emits.get(member)) is not None:
                emit(item, root, put)

    return chosen


def _refers_to(wanted: str) -> _Test:
    """Whether a Reference refers to a type; "Patient/1" is told at a glance."""
    beginning, length = f"{wanted}/", len(wanted) + 1

    def test(value: Any, root: Json) -> bool:
        text = value.get("reference")
        if text is not None and text.startswith(beginning) and is_id(text[length:]):
            return True
        return target_type(value, root) == wanted

    return test


def _filtered(test: _Test, then: _Step) -> _Step:
    emit = _as_emit(then)
    if emit is None:
        return None

    def filtered(value: Any, root: Json, put: _Put) -> None:
        if test(value, root):
            emit(value, root, put)

    return filtered


def _from_root(then: _Step) -> _Step:
    emit = _as_emit(then)
    return None if emit is None else lambda value, root, put: emit(root, root, put)


def _truth(test: _Test, then: _Step) -> _Step:
    emit = _as_emit(then)
    return None if emit is None else lambda value, root, put: emit(test(value, root), root, put)


def _both(left: _Step, right: _Step) -> _Step:
    return _all([left, right])


def _all(steps: Sequence[_Step]) -> _Step:
    """Do several things with the same value, in order."""
    emits = [emit for step in steps if (emit := _as_emit(step)) is not None]
    if len(emits) <= 1:
        return emits[0] if emits else None
    if len(emits) == 2:
        first, second = emits

        def two(value: Any, root: Json, put: _Put) -> None:
            first(value, root, put)
            second(value, root, put)

        return two
    several = tuple(emits)

    def many(value: Any, root: Json, put: _Put) -> None:
        for emit in several:
            emit(value, root, put)

    return many
