"""FHIRPath (normative release N1) on FHIR R4: compiled to closures, then evaluated.

    compiled("name.where(use = 'official').family", "Patient").find(items, environment)   # many times
    evaluate("Patient.name.given", patient)                                          # once

Resources are taken as `check` accepted them. Compiling tells what is wrong in the expression; evaluating, what is wrong
for this input: several items where one is asked for, types that do not go together. Both by Problem(INVALID), with the
position. Beyond N1: `resolve() is Type` believes the text of a reference, and the functions of strings of the continuous
build (split, join, trim, encode …) are there. `extract` compiles search parameters, which is a smaller and faster matter,
without this.
"""

from functools import lru_cache

from socle.kernel.fhir.fhirpath.code import Code, Run, Scope, Test, as_test
from socle.kernel.fhir.fhirpath.compiler import Compiler
from socle.kernel.fhir.fhirpath.environment import Environment, Terminology, resource_item
from socle.kernel.fhir.fhirpath.errors import Place
from socle.kernel.fhir.fhirpath.items import Item, Items, Json, item_of, system
from socle.kernel.fhir.fhirpath.parser import parse
from socle.kernel.fhir.fhirpath.tree import External, inside
from socle.kernel.fhir.fhirpath.types import known

__all__ = [
    "Environment",
    "Expression",
    "Item",
    "Items",
    "Terminology",
    "compiled",
    "evaluate",
    "item_of",
    "resource_item",
    "system",
]


class Expression:
    """A compiled expression. Use `compiled`.

    find(focus, environment)   what the expression finds; never change what is answered: it may be shared
    test(focus, environment)   the expression as a truth; None when unknown (an empty collection)

    Both raise: Problem(INVALID), Problem(TOO_COSTLY).
    """

    __slots__ = ("code", "find", "test", "text")

    def __init__(self, text: str, code: Code, *, asks_context: bool) -> None:
        self.text = text
        self.code = code
        run, test = code.run, as_test(code, Place(text, 0))
        self.find: Run = run
        self.test: Test = test
        if asks_context:

            def find_in_context(focus: Items, environment: Environment) -> Items:
                environment.context = focus
                return run(focus, environment)

            def test_in_context(focus: Items, environment: Environment) -> bool | None:
                environment.context = focus
                return test(focus, environment)

            self.find, self.test = find_in_context, test_in_context


@lru_cache(maxsize=8192)
def compiled(expression: str, type_: str | None = None, *, strict: bool = True) -> Expression:
    """The closure of an expression whose input is one item of `type_` ("Patient", "HumanName", "Patient.contact"), or
    anything when None: names of elements are then not checked.

    `strict=False` is for expressions that others published: an element that no type has (invariant cid-0 of R4 names one)
    is then merely never there, and `as` keeps several items, as R4's own search parameters want.

    Raises: Problem(INVALID) with the position: not in the grammar, an element or function that does not exist …
    """
    types = frozenset({type_}) if type_ is not None and known(type_) else None
    node = parse(expression)
    code = Compiler(expression, strict=strict).compile(node, Scope(types, type_ is not None))
    return Expression(expression, code, asks_context=any(isinstance(one, External) for one in inside(node)))


def evaluate(expression: str, resource: Json, environment: Environment | None = None) -> Items:
    """What an expression finds in a resource. Raises: Problem(INVALID), Problem(TOO_COSTLY)."""
    focus = resource_item(resource)
    return compiled(expression, focus[0][0]).find(focus, environment or Environment(resource=resource))
