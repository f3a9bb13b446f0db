"""abs, round, power… Source: FHIRPath N1, "Math". What has no result (the root of -1) is empty."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import Any

from socle.kernel.fhir.fhirpath.code import Call, Code, one_integer, one_number, one_value, scalar, unexpected
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.functions.registry import Family, function
from socle.kernel.fhir.fhirpath.items import DECIMAL, INTEGER, INTEGERS, Items
from socle.kernel.fhir.fhirpath.quantities import EXACT, Quantity

FAMILY: Family = {}


def whole(value: int) -> int | None:
    """An Integer of 32 bits, None beyond."""
    return value if value in INTEGERS else None


def _rounded(value: int | Decimal, rounding: str) -> int | None:
    if type(value) is int:
        return value
    number = Decimal(value)
    return None if number.adjusted() > 10 else whole(int(number.to_integral_value(rounding=rounding)))


def _of_number(name: str, answer: Callable[[int | Decimal], Any], type_: str | None) -> None:
    @function(FAMILY, name)
    def build(call: Call) -> Code:
        source = one_number(call.source, call.place)

        def value(focus: Items, environment: Environment) -> Any:
            number = source(focus, environment)
            return None if number is None else _tried(answer, number)

        return scalar(value, type_)


def _tried(answer: Callable[..., Any], *numbers: Any) -> Any:
    try:
        return answer(*numbers)
    except (DecimalException, OverflowError):
        return None


_of_number("ceiling", lambda number: _rounded(number, ROUND_CEILING), INTEGER)
_of_number("floor", lambda number: _rounded(number, ROUND_FLOOR), INTEGER)
_of_number("truncate", lambda number: _rounded(number, ROUND_DOWN), INTEGER)
_of_number("exp", lambda number: EXACT.exp(Decimal(number)) if -1000 < number < 1000 else None, DECIMAL)
_of_number("ln", lambda number: EXACT.ln(Decimal(number)) if number > 0 else None, DECIMAL)
_of_number("sqrt", lambda number: EXACT.sqrt(Decimal(number)) if number >= 0 else None, DECIMAL)


@function(FAMILY, "abs")
def _abs(call: Call) -> Code:
    source, place = one_value(call.source, call.place), call.place

    def value(focus: Items, environment: Environment) -> Any:
        found = source(focus, environment)
        if type(found) is int:
            return whole(abs(found))
        if type(found) is Decimal:
            return abs(found)
        if type(found) is Quantity:
            return Quantity(abs(found.value), found.unit, found.calendar)
        if found is None:
            return None
        raise unexpected(place, "un nombre", "a number", found)

    return scalar(value, None)


@function(FAMILY, "log", 1)
def _log(call: Call) -> Code:
    source, base_of = one_number(call.source, call.place), one_number(call.given(0), call.place)

    def value(focus: Items, environment: Environment) -> Any:
        number, base = source(focus, environment), base_of(focus, environment)
        if number is None or base is None or number <= 0 or base <= 0 or base == 1:
            return None
        return _tried(_logarithm, number, base)

    return scalar(value, DECIMAL)


def _logarithm(number: int | Decimal, base: int | Decimal) -> Decimal:
    with_guard = Context(prec=34)
    found = with_guard.divide(with_guard.ln(Decimal(number)), with_guard.ln(Decimal(base)))
    return EXACT.plus(found).normalize(EXACT) if found == found.to_integral_value() else EXACT.plus(found)


@function(FAMILY, "power", 1)
def _power(call: Call) -> Code:
    source, exponent_of = one_number(call.source, call.place), one_number(call.given(0), call.place)

    def value(focus: Items, environment: Environment) -> Any:
        number, exponent = source(focus, environment), exponent_of(focus, environment)
        return None if number is None or exponent is None else _tried(_raised, number, exponent)

    return scalar(value, None)


def _raised(number: int | Decimal, exponent: int | Decimal) -> int | Decimal | None:
    if type(number) is int and type(exponent) is int and exponent >= 0:
        if exponent > 64 and abs(number) > 1:
            return None
        return whole(
            number**exponent if abs(number) > 1 or exponent < 2 else number if exponent % 2 else number * number
        )
    if number < 0 and exponent != int(exponent):
        return None
    return EXACT.power(Decimal(number), Decimal(exponent))


@function(FAMILY, "round", 0, 1)
def _round(call: Call) -> Code:
    source, place = one_number(call.source, call.place), call.place
    digits_of = one_integer(call.given(0), place) if call.arguments else None

    def value(focus: Items, environment: Environment) -> Any:
        number = source(focus, environment)
        digits = digits_of(focus, environment) if digits_of else 0
        if number is None or digits is None:
            return None
        if digits < 0:
            raise place.problem("round() veut un nombre de décimales positif.", "round() takes a positive precision.")
        # Halves go away from zero, as in the JavaScript and Java engines.
        return _tried(lambda: Decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT))

    return scalar(value, DECIMAL)
