"""An expression evaluated step by step: what each of its parts found, for those who want to know where it went empty.

The closures are those of the compiler, each with a note around it; its shortcuts, which read several parts at once, are
left out. Slower than `compiled`, with the same answers.
"""

from collections.abc import Callable
from dataclasses import dataclass

from socle.kernel.fhir.fhirpath.code import Code, Run, Scope
from socle.kernel.fhir.fhirpath.compiler import Compiler
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.items import Items
from socle.kernel.fhir.fhirpath.parser import Extents, parse_with_extents
from socle.kernel.fhir.fhirpath.tree import (
    Binary,
    Call,
    Empty,
    External,
    Index,
    Literal,
    Name,
    Node,
    Special,
    Typed,
    Unary,
)
from socle.kernel.fhir.fhirpath.types import known

CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Step:
    """One part evaluated once.

    name         what it does: an element or function, an operator, "[]", "$this", "%resource", "constant"
    whole, mark  where it stands in the text, and what names it there: (first character from 0, the one after the last)
    this         $this
    focus        what the part before the point found; $this where there is none
    found        what it found
    """

    name: str
    whole: tuple[int, int]
    mark: tuple[int, int]
    this: Items
    focus: Items
    found: Items


def by_steps(expression: str, type_: str | None, note: Callable[[Step], None]) -> Run:
    """The expression as a closure that tells `note` of each step, once it is done: the inner ones first.

    type_: as for `compiled`. Raises, as the closure does: as `compiled` and its `find`.
    """
    node, extents = parse_with_extents(expression)
    types = frozenset({type_}) if type_ is not None and known(type_) else None
    run = _Noting(expression, extents, note).compile(node, Scope(types, type_ is not None)).run

    def find(focus: Items, environment: Environment) -> Items:
        environment.context = focus
        return run(focus, environment)

    return find


class _Noting(Compiler):
    def __init__(self, expression: str, extents: Extents, note: Callable[[Step], None]) -> None:
        super().__init__(expression, strict=True)
        self.extents = extents
        self.note = note
        self.last: dict[int, Items] = {}  # what a node found the last time

    def compile(self, node: Node, scope: Scope) -> Code:
        code = super().compile(node, scope)
        run, note, last = code.run, self.note, self.last
        name, whole, mark = step_name(node), self.extents.whole[id(node)], self.extents.marks[id(node)]
        before = getattr(node, "of", None)

        def noted(focus: Items, environment: Environment) -> Items:
            found = run(focus, environment)
            last[id(node)] = found
            note(Step(name, whole, mark, focus, last.get(id(before), focus), found))
            return found

        return Code(noted, code.types, code.one)


def step_name(node: Node) -> str:
    """What a node does, in a word."""
    match node:
        case Name(name=name) | Call(name=name):
            return name
        case Binary(operator=operator) | Unary(operator=operator) | Typed(operator=operator):
            return operator
        case Index():
            return "[]"
        case Special(name=name):
            return "$" + name
        case External(name=name):
            return "%" + name
        case Literal() | Empty():
            return CONSTANT
