"""Operators of two operands. Source: FHIRPath N1, "Operations"."""

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from socle.kernel.fhir.fhirpath import moments, quantities
from socle.kernel.fhir.fhirpath.code import (
    Code,
    Test,
    as_test,
    bounded,
    one_item,
    one_text,
    one_value,
    scalar,
    spend,
    truth,
    unexpected,
)
from socle.kernel.fhir.fhirpath.comparing import equal, equal_collections, equivalent_collections, order
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.errors import Place
from socle.kernel.fhir.fhirpath.functions.existence import distinct
from socle.kernel.fhir.fhirpath.functions.mathematics import whole
from socle.kernel.fhir.fhirpath.functions.subsetting import together
from socle.kernel.fhir.fhirpath.items import DECIMAL, INTEGER, STRING, Items
from socle.kernel.fhir.fhirpath.moments import Moment
from socle.kernel.fhir.fhirpath.quantities import EXACT, Quantity

_TEXTS = frozenset(
    {STRING, "string", "code", "uri", "url", "canonical", "id", "markdown", "oid", "uuid", "base64Binary", "xhtml"}
)


def binary(operator: str, left: Code, right: Code, place: Place) -> Code:
    """left operator right"""
    if operator in _LOGIC:
        return truth(_LOGIC[operator](as_test(left, place), as_test(right, place)))
    if operator in ("=", "!="):
        return truth(_equality(left, right, negated=operator == "!="))
    if operator in ("~", "!~"):
        return truth(_equivalence(left, right, negated=operator == "!~"))
    if operator in _ORDERS:
        return truth(_comparison(left, right, place, _ORDERS[operator]))
    if operator in ("in", "contains"):
        return truth(_membership(left, right, place) if operator == "in" else _membership(right, left, place))
    if operator == "|":
        return _union(left, right, place)
    if operator == "&":
        return _concatenation(left, right, place)
    return _arithmetic(operator, left, right, place)


def _and(left: Test, right: Test) -> Test:
    def test(focus: Items, environment: Environment) -> bool | None:
        one = left(focus, environment)
        if one is False:
            return False
        other = right(focus, environment)
        return False if other is False else None if one is None or other is None else True

    return test


def _or(left: Test, right: Test) -> Test:
    def test(focus: Items, environment: Environment) -> bool | None:
        one = left(focus, environment)
        if one:
            return True
        other = right(focus, environment)
        return True if other else None if one is None or other is None else False

    return test


def _xor(left: Test, right: Test) -> Test:
    def test(focus: Items, environment: Environment) -> bool | None:
        one, other = left(focus, environment), right(focus, environment)
        return None if one is None or other is None else one != other

    return test


def _implies(left: Test, right: Test) -> Test:
    def test(focus: Items, environment: Environment) -> bool | None:
        one = left(focus, environment)
        if one is False:
            return True
        other = right(focus, environment)
        return True if other else None if one is None or other is None else False

    return test


_LOGIC: dict[str, Callable[[Test, Test], Test]] = {"and": _and, "or": _or, "xor": _xor, "implies": _implies}


def _equality(left: Code, right: Code, *, negated: bool) -> Test:
    for code, other in ((left, right), (right, left)):
        known = other.constant
        if known is not None and known[0] == STRING and code.one and code.types is not None and code.types <= _TEXTS:
            return _equals_text(code, known[1], negated=negated)
    if left.test is not None and right.test is not None:
        return _equals_truth(left.test, right.test, negated=negated)
    one, two = left.run, right.run

    def test(focus: Items, environment: Environment) -> bool | None:
        items, others = one(focus, environment), two(focus, environment)
        if not items or not others:
            return None
        found = equal_collections(items, others, environment.offset)
        return None if found is None else found is not negated

    return test


def _equals_truth(one: Test, two: Test, *, negated: bool) -> Test:
    def test(focus: Items, environment: Environment) -> bool | None:
        left, right = one(focus, environment), two(focus, environment)
        return None if left is None or right is None else (left is right) is not negated

    return test


def _equals_text(code: Code, text: str, *, negated: bool) -> Test:
    """The usual comparison: one element that holds a text, with a text."""
    run, member = code.run, code.member
    if member:

        def direct(focus: Items, environment: Environment) -> bool | None:
            found = focus[0][1].get(member) if focus else None
            return None if found is None else (found == text) is not negated

        return direct

    def test(focus: Items, environment: Environment) -> bool | None:
        items = run(focus, environment)
        if not items:
            return None
        found = items[0][1]
        if len(items) > 1:
            return negated
        return None if found is None else (found == text) is not negated

    return test


def _equivalence(left: Code, right: Code, *, negated: bool) -> Test:
    one, two = left.run, right.run

    def test(focus: Items, environment: Environment) -> bool:
        found = equivalent_collections(one(focus, environment), two(focus, environment), environment.offset)
        return found is not negated

    return test


_ORDERS: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    ">": lambda sign: sign > 0,
    "<=": lambda sign: sign <= 0,
    ">=": lambda sign: sign >= 0,
}


def _comparison(left: Code, right: Code, place: Place, answer: Callable[[int], bool]) -> Test:
    one, two = one_value(left, place), one_value(right, place)

    def test(focus: Items, environment: Environment) -> bool | None:
        a, b = one(focus, environment), two(focus, environment)
        if a is None or b is None:
            return None
        try:
            found = order(a, b, environment.offset)
        except TypeError:
            raise place.problem(
                "Ces deux valeurs ne se comparent pas : elles n'ont pas le même type, ou leur type n'a pas d'ordre.",
                "These two values do not compare: they are not of the same type, or their type has no order.",
            ) from None
        return None if found is None else answer(found)

    return test


def _membership(part: Code, whole_: Code, place: Place) -> Test:
    one, run = one_item(part, place), whole_.run

    def test(focus: Items, environment: Environment) -> bool | None:
        item = one(focus, environment)
        if item is None:
            return None
        offset = environment.offset
        return any(equal(item, other, offset) for other in run(focus, environment))

    return test


def _union(left: Code, right: Code, place: Place) -> Code:
    one, two = left.run, right.run

    def union(focus: Items, environment: Environment) -> Items:
        items, others = one(focus, environment), two(focus, environment)
        if not others:
            return distinct(items)
        if not items:
            return distinct(others)
        spend(environment, place, len(items) + len(others))
        return distinct(items + others)

    return Code(union, together(left.types, right.types))


def _concatenation(left: Code, right: Code, place: Place) -> Code:
    one, two = one_text(left, place), one_text(right, place)

    def value(focus: Items, environment: Environment) -> str:
        return bounded((one(focus, environment) or "") + (two(focus, environment) or ""), place, environment)

    return scalar(value, STRING)


def _arithmetic(operator: str, left: Code, right: Code, place: Place) -> Code:
    one, two, compute = one_value(left, place), one_value(right, place), _ARITHMETIC[operator]

    def value(focus: Items, environment: Environment) -> Any:
        a, b = one(focus, environment), two(focus, environment)
        if a is None or b is None:
            return None
        try:
            found = compute(a, b)
        except (DecimalException, OverflowError):
            return None
        if found is NotImplemented:
            if type(a) is Moment and type(b) is Quantity:
                raise place.problem(
                    f"Une date ne se déplace pas de {b} : year, month, week, day, hour, minute, second, millisecond, "
                    "'s' ou 'ms' sont les unités qui comptent dans le calendrier.",
                    f"A date does not move by {b}: year, month, week, day, hour, minute, second, millisecond, 's' or "
                    "'ms' are the units that count on the calendar.",
                )
            raise place.problem(
                f"« {operator} » ne s'applique pas à ces deux valeurs ; leurs types ne vont pas ensemble.",
                f'"{operator}" does not apply to these two values; their types do not go together.',
            )
        return bounded(found, place, environment) if type(found) is str else found

    return scalar(value, None)


def _is_number(value: Any) -> bool:
    return type(value) is int or type(value) is Decimal


def _add(a: Any, b: Any) -> Any:
    if _is_number(a) and _is_number(b):
        return whole(a + b) if type(a) is type(b) is int else EXACT.add(a, b)
    if type(a) is str and type(b) is str:
        return a + b
    return _moved(a, b, 1)


def _subtract(a: Any, b: Any) -> Any:
    if _is_number(a) and _is_number(b):
        return whole(a - b) if type(a) is type(b) is int else EXACT.subtract(a, b)
    return _moved(a, b, -1)


def _moved(a: Any, b: Any, sign: int) -> Any:
    a, b = _quantities(a, b)
    if type(b) is not Quantity:
        return NotImplemented
    if type(a) is Quantity:
        return quantities.add(a, b, sign)
    if type(a) is Moment:
        unit = quantities.calendar_unit(b)
        return NotImplemented if unit is None else moments.later(a, sign * b.value, unit)
    return NotImplemented


def _multiply(a: Any, b: Any) -> Any:
    if _is_number(a) and _is_number(b):
        return whole(a * b) if type(a) is type(b) is int else EXACT.multiply(a, b)
    a, b = _quantities(a, b)
    return quantities.multiply(a, b) if type(a) is Quantity and type(b) is Quantity else NotImplemented


def _divide(a: Any, b: Any) -> Any:
    if _is_number(a) and _is_number(b):
        return EXACT.divide(Decimal(a), Decimal(b)) if b else None
    a, b = _quantities(a, b)
    return quantities.divide(a, b) if type(a) is Quantity and type(b) is Quantity else NotImplemented


def _quantities(a: Any, b: Any) -> tuple[Any, Any]:
    """A number beside a Quantity is a Quantity of unit 1."""
    one = Quantity(Decimal(a), "1") if _is_number(a) and type(b) is Quantity else a
    return one, Quantity(Decimal(b), "1") if _is_number(b) and type(a) is Quantity else b


def _truncated(a: Any, b: Any) -> Any:
    if not (_is_number(a) and _is_number(b)):
        return NotImplemented
    return whole(int(EXACT.divide_int(Decimal(a), Decimal(b)))) if b else None


def _remainder(a: Any, b: Any) -> Any:
    if not (_is_number(a) and _is_number(b)):
        return NotImplemented
    if not b:
        return None
    found = EXACT.remainder(Decimal(a), Decimal(b))
    return int(found) if type(a) is type(b) is int else found


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "div": _truncated,
    "mod": _remainder,
}


def polarity(operator: str, source: Code, place: Place) -> Code:
    """+source, -source"""
    value = one_value(source, place)

    def signed(focus: Items, environment: Environment) -> Any:
        found = value(focus, environment)
        if found is None:
            return None
        if type(found) is Quantity:
            return found if operator == "+" else Quantity(-found.value, found.unit, found.calendar)
        if not _is_number(found):
            raise unexpected(place, "un nombre", "a number", found)
        return found if operator == "+" else whole(-found) if type(found) is int else -found

    if source.types is not None and source.types <= {INTEGER, DECIMAL} and len(source.types) == 1:
        return scalar(signed, next(iter(source.types)))
    return scalar(signed, None)
