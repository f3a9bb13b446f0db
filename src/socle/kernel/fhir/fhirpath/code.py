"""A compiled expression, and how the parts of the compiler speak to each other.

`run(focus, environment)` answers a collection; `focus` is `$this`: one item inside of where() and its like, the whole
input elsewhere. `test`, where there is one, answers a truth without making a collection of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.errors import Place
from socle.kernel.fhir.fhirpath.items import BOOLEAN, CONVERTED, NO, NOTHING, YES, Item, Items, item_of, system
from socle.kernel.fhir.fhirpath.tree import Node
from socle.kernel.fhir.fhirpath.types import Types
from socle.kernel.outcome import Kind, Problem

Run = Callable[[Items, Environment], Items]
Test = Callable[[Items, Environment], bool | None]
Value = Callable[[Items, Environment], Any]

BOOLEANS = frozenset({BOOLEAN})
LONGEST_TEXT = 1_048_576  # characters: the longest string of FHIR


@dataclass(frozen=True, slots=True)
class Code:
    """run, test   see above
    types       what the items may be, None when not known before the evaluation
    one         at most one item, given a focus of at most one
    constant    the only item it can answer
    some        whether there is any item, where that can be told without making the collection
    member      the JSON member of the focus that holds the only item, a primitive
    """

    run: Run
    types: Types
    one: bool = False
    test: Test | None = None
    constant: Item | None = None
    some: Test | None = None
    member: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What `$this` is: its types, whether it is at most one item."""

    types: Types
    one: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A function being compiled: its source (what stands before the point) and its arguments."""

    name: str
    place: Place
    source: Code
    arguments: tuple[Node, ...]
    scope: Scope
    compile: Callable[[Node, Scope], Code]
    numbered: tuple[bool, ...]  # whether each argument uses $index

    def each(self, position: int) -> Code:
        """An argument evaluated for each item of the source."""
        return self.compile(self.arguments[position], Scope(self.source.types, True))

    def given(self, position: int) -> Code:
        """An argument evaluated once, where the call stands."""
        return self.compile(self.arguments[position], self.scope)


def this(focus: Items, environment: Environment) -> Items:
    """The focus itself."""
    return focus


def nothing(focus: Items, environment: Environment) -> Items:
    """The empty collection."""
    return NOTHING


EMPTY = Code(nothing, frozenset(), True)


def constant(item: Item) -> Code:
    """A literal."""
    items = [item]
    return Code(lambda focus, environment: items, frozenset({item[0]}), True, constant=item)


def truth(test: Test) -> Code:
    """A boolean expression."""

    def run(focus: Items, environment: Environment) -> Items:
        found = test(focus, environment)
        return YES if found else NOTHING if found is None else NO

    return Code(run, BOOLEANS, True, test)


def scalar(value: Value, type_: str | None) -> Code:
    """An expression that answers one System value or None; `type_` when it is always the same."""

    def run(focus: Items, environment: Environment) -> Items:
        found = value(focus, environment)
        return NOTHING if found is None else [item_of(found)]

    return Code(run, frozenset({type_}) if type_ else None, True)


def as_test(code: Code, place: Place) -> Test:
    """The truth of a collection: its boolean, true for one item of another type, unknown when empty.

    The closure raises: Problem(INVALID) for more than one item.
    """
    if code.test is not None:
        return code.test
    run = code.run

    def test(focus: Items, environment: Environment) -> bool | None:
        items = run(focus, environment)
        if not items:
            return None
        if len(items) > 1:
            raise too_many(place, len(items))
        found = items[0][1]
        return None if found is None else found is not False

    return test


def one_item(code: Code, place: Place) -> Callable[[Items, Environment], Item | None]:
    """The only item of a collection, None when empty. The closure raises: Problem(INVALID) for more than one."""
    run = code.run

    def item(focus: Items, environment: Environment) -> Item | None:
        items = run(focus, environment)
        if len(items) > 1:
            raise too_many(place, len(items))
        return items[0] if items else None

    return item


def one_value(code: Code, place: Place) -> Value:
    """The System value of the only item. The closure raises: Problem(INVALID) for more than one."""
    if code.constant is not None:
        known = system(code.constant)
        return lambda focus, environment: known
    run = code.run
    if code.types is not None and CONVERTED.isdisjoint(code.types):

        def plain(focus: Items, environment: Environment) -> Any:
            items = run(focus, environment)
            if len(items) > 1:
                raise too_many(place, len(items))
            return items[0][1] if items else None

        return plain

    def value(focus: Items, environment: Environment) -> Any:
        items = run(focus, environment)
        if len(items) > 1:
            raise too_many(place, len(items))
        return system(items[0]) if items else None

    return value


def one_text(code: Code, place: Place) -> Callable[[Items, Environment], str | None]:
    """The only item, a string. The closure raises: Problem(INVALID) for anything else."""
    return _of(code, place, str, "un texte", "a string")


def one_integer(code: Code, place: Place) -> Callable[[Items, Environment], int | None]:
    """The only item, a whole number. The closure raises: Problem(INVALID) for anything else."""
    return _of(code, place, int, "un nombre entier", "a whole number")


def one_number(code: Code, place: Place) -> Callable[[Items, Environment], int | Decimal | None]:
    """The only item, a number. The closure raises: Problem(INVALID) for anything else."""
    value = one_value(code, place)

    def number(focus: Items, environment: Environment) -> int | Decimal | None:
        found = value(focus, environment)
        if found is None or type(found) is int or type(found) is Decimal:
            return found
        raise unexpected(place, "un nombre", "a number", found)

    return number


def _of(code: Code, place: Place, kind: type, fr: str, en: str) -> Value:
    value = one_value(code, place)

    def typed(focus: Items, environment: Environment) -> Any:
        found = value(focus, environment)
        if found is None or type(found) is kind:
            return found
        raise unexpected(place, fr, en, found)

    return typed


def numbered(
    items: Items, body: Callable[[Items, Environment], Any], environment: Environment
) -> Iterator[tuple[Item, Any]]:
    """Each item and what `body` answers for it, with $index set."""
    outer = environment.index
    try:
        for index, item in enumerate(items):
            environment.index = index
            yield item, body([item], environment)
    finally:
        environment.index = outer


def spend(environment: Environment, place: Place, items: int) -> None:
    """Count the items gone through. Raises: Problem(TOO_COSTLY) above the budget: nothing goes on for ever."""
    environment.left -= items
    if environment.left < 0:
        raise place.problem(
            "Cette expression demande trop de calcul ; réduisez ce qu'elle parcourt.",
            "This expression asks for too much computation; make it go through less.",
            code="too-costly",
            kind=Kind.TOO_COSTLY,
        )


def bounded(text: str, place: Place, environment: Environment) -> str:
    """A text just made. Raises: Problem(TOO_COSTLY) when it is longer than a FHIR string may be, or one too many."""
    spend(environment, place, len(text) // 16)
    if len(text) > LONGEST_TEXT:
        raise too_long(place)
    return text


def too_long(place: Place) -> Problem:
    """What is said when a text would be longer than a FHIR string may be."""
    return place.problem(
        f"Le texte obtenu dépasse {LONGEST_TEXT} caractères.",
        f"The resulting text exceeds {LONGEST_TEXT} characters.",
        code="too-long",
        kind=Kind.TOO_COSTLY,
    )


def too_many(place: Place, count: int) -> Problem:
    """What is said when one item is expected and several are there."""
    return place.problem(
        f"Un seul élément est attendu ici, il y en a {count} ; choisissez avec first() ou where(…).",
        f"A single item is expected here, there are {count}; choose with first() or where(…).",
        code="value",
    )


def unexpected(place: Place, fr: str, en: str, found: Any) -> Problem:
    """What is said when a value is not of the type that is expected."""
    fr_found, en_found = _called(found)
    return place.problem(
        f"{fr} est attendu ici, pas {fr_found}.".capitalize(), f"{en} is expected here, not {en_found}.".capitalize()
    )


def _called(found: Any) -> tuple[str, str]:
    names = {
        bool: ("un booléen", "a boolean"),
        str: ("un texte", "a string"),
        int: ("un nombre entier", "a whole number"),
        Decimal: ("un nombre décimal", "a decimal number"),
        dict: ("un objet", "an object"),
    }
    named = names.get(type(found))
    if named:
        return named
    kind = getattr(found, "kind", "Quantity")
    return {
        "Date": ("une date", "a date"),
        "DateTime": ("un instant", "a moment"),
        "Time": ("une heure", "a time of day"),
    }.get(kind, ("une quantité", "a quantity"))
