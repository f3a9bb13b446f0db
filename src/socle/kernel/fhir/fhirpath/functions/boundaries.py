"""lowBoundary, highBoundary, precision: what a value known to some precision may be at least and at most.

Source: FHIRPath, continuous build, "Boundary"; FHIR R4 has them in no release, the engines of its ecosystem do.
"""

from calendar import monthrange
from decimal import Decimal
from typing import Any

from socle.kernel.fhir.fhirpath.code import Call, Code, one_integer, one_value, scalar, unexpected
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.functions.registry import Family, function
from socle.kernel.fhir.fhirpath.items import INTEGER, Items
from socle.kernel.fhir.fhirpath.moments import Moment, Part, of_parts
from socle.kernel.fhir.fhirpath.quantities import Quantity

FAMILY: Family = {}
_DIGITS = 8  # decimals of a boundary unless said
_MOST_DIGITS = 28
# How many parts a precision in digits stands for: 2014-01 has 6 digits, 10:30 has 4.
_DAY_PARTS = {4: 1, 6: 2, 8: 3, 10: 4, 12: 5, 14: 6, 17: 6}
_TIME_PARTS = {2: 1, 4: 2, 6: 3, 9: 3}


def _boundary(name: str, *, high: bool) -> None:
    @function(FAMILY, name, 0, 1)
    def build(call: Call) -> Code:
        source, place = one_value(call.source, call.place), call.place
        digits_of = one_integer(call.given(0), place) if call.arguments else None

        def value(focus: Items, environment: Environment) -> Any:
            found = source(focus, environment)
            digits = digits_of(focus, environment) if digits_of else None
            if found is None or (digits_of and digits is None):
                return None
            if type(found) is Moment:
                return _moment(found, digits, high=high)
            if type(found) is Quantity:
                bound = _number(found.value, digits, high=high)
                return None if bound is None else Quantity(bound, found.unit, found.calendar)
            if type(found) is int or type(found) is Decimal:
                return _number(Decimal(found), digits, high=high)
            raise unexpected(place, "un nombre, une quantité ou une date", "a number, a quantity or a date", found)

        return scalar(value, None)


_boundary("lowBoundary", high=False)
_boundary("highBoundary", high=True)


def _number(value: Decimal, digits: int | None, *, high: bool) -> Decimal | None:
    """1.587 → 1.5865 to 1.5875: half of the last digit on each side, to `digits` decimals."""
    wanted = _DIGITS if digits is None else digits
    exponent = value.as_tuple().exponent
    if not 0 <= wanted <= _MOST_DIGITS or not isinstance(exponent, int) or abs(value.adjusted()) > _MOST_DIGITS:
        return None
    half = Decimal(5).scaleb(min(exponent, 0) - 1)
    bound = value + half if high else value - half
    return bound.quantize(Decimal(1).scaleb(-wanted), "ROUND_CEILING" if high else "ROUND_FLOOR")


def _moment(value: Moment, digits: int | None, *, high: bool) -> Moment | None:
    """2014 → 2014-01-01 to 2014-12-31, to `digits` (all when not said); without an offset, at the ends of the earth."""
    time = value.kind == "Time"
    whole = 9 if time else 8 if value.kind == "Date" else 17
    count = (_TIME_PARTS if time else _DAY_PARTS).get(whole if digits is None else digits)
    if count is None or (value.kind == "Date" and count > 3):
        return None
    parts = list(value.parts)
    if not time:
        if len(parts) < 2:
            parts.append(12 if high else 1)
        if len(parts) < 3:
            parts.append(monthrange(int(parts[0]), int(parts[1]))[1] if high else 1)
    if value.kind != "Date":
        clock: tuple[Part, ...] = (23, 59, Decimal("59.999")) if high else (0, 0, Decimal("0.000"))
        parts += clock[len(parts) - (0 if time else 3) :]
        second = Decimal(parts[-1])
        if second.as_tuple().exponent == 0:  # whole seconds last until the next
            parts[-1] = second + (Decimal("0.999") if high else Decimal("0.000"))
    offset = value.offset
    if value.kind == "DateTime" and offset is None:
        offset = -12 * 60 if high else 14 * 60
    return of_parts(value.kind, tuple(parts[:count]), offset if count > 3 else None)


@function(FAMILY, "precision")
def _precision(call: Call) -> Code:
    source, place = one_value(call.source, call.place), call.place

    def value(focus: Items, environment: Environment) -> int | None:
        found = source(focus, environment)
        if found is None:
            return None
        if type(found) is int:
            return 0
        if type(found) is Decimal:
            exponent = found.as_tuple().exponent
            return -exponent if isinstance(exponent, int) and exponent < 0 else 0
        if type(found) is Moment:
            return sum(char.isdigit() for char in of_parts(found.kind, found.parts, None).text)
        raise unexpected(place, "un nombre ou une date", "a number or a date", found)

    return scalar(value, INTEGER)
