"""toInteger, toDate, toQuantity… and convertsTo…. Source: FHIRPath N1, "Conversion"."""

import re
from collections.abc import Callable
from decimal import Decimal, DecimalException, InvalidOperation
from typing import Any

from socle.kernel.fhir.fhirpath import quantities
from socle.kernel.fhir.fhirpath.code import Call, Code, bounded, one_text, one_value, scalar, truth
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.functions.registry import Family, function
from socle.kernel.fhir.fhirpath.items import BOOLEAN, DECIMAL, INTEGER, INTEGERS, QUANTITY, STRING, Items
from socle.kernel.fhir.fhirpath.moments import Moment, date_of, date_time_of, of_parts, time_of
from socle.kernel.fhir.fhirpath.quantities import Quantity

FAMILY: Family = {}
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,400}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?")
_QUANTITY = re.compile(r"([+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?)\s*(?:'([^']+)'|([a-zA-Z]+))?")


def to_boolean(value: Any) -> bool | None:
    """True, 'yes', 1, 1.0 …"""
    if type(value) is bool:
        return value
    if type(value) is int or type(value) is Decimal:
        return True if value == 1 else False if value == 0 else None
    if type(value) is str:
        word = value.lower()
        return True if word in _TRUE else False if word in _FALSE else None
    return None


def to_integer(value: Any) -> int | None:
    """A whole number of 32 bits, from itself, a boolean, or its text."""
    if type(value) is bool:
        return int(value)
    if type(value) is str and _INTEGER.fullmatch(value):
        value = int(value)
    return value if type(value) is int and value in INTEGERS else None


def to_decimal(value: Any) -> Decimal | None:
    """A decimal from a number, a boolean, or its text."""
    if type(value) is bool or type(value) is int:
        return Decimal(int(value)).quantize(Decimal("1.0")) if type(value) is bool else Decimal(value)
    if type(value) is Decimal:
        return value
    if type(value) is str and _DECIMAL.fullmatch(value):
        try:
            return Decimal(value)
        except InvalidOperation:
            return None
    return None


def to_text(value: Any) -> str | None:
    """The text of a System value; None for objects."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is Decimal:
        return format(value, "f") if abs(value.adjusted()) < 400 else str(value)
    if type(value) is int or type(value) is Moment or type(value) is Quantity:
        return str(value)
    return None


def to_date(value: Any) -> Moment | None:
    """A Date from itself, a DateTime or a text."""
    if type(value) is str:
        return date_of(value) or to_date(date_time_of(value))
    if type(value) is not Moment or value.kind == "Time":
        return None
    return value if value.kind == "Date" else of_parts("Date", value.parts[:3], None)


def to_date_time(value: Any) -> Moment | None:
    """A DateTime from itself, a Date or a text."""
    if type(value) is str:
        return date_time_of(value)
    if type(value) is not Moment or value.kind == "Time":
        return None
    return value if value.kind == "DateTime" else of_parts("DateTime", value.parts, None)


def to_time(value: Any) -> Moment | None:
    """A Time from itself or a text."""
    if type(value) is str:
        return time_of(value.removeprefix("T"))
    return value if type(value) is Moment and value.kind == "Time" else None


def to_quantity(value: Any) -> Quantity | None:
    """A Quantity from itself, a number (unit 1), a boolean, or a text: 4 days, 10 'mg[Hg]'."""
    if type(value) is Quantity:
        return value
    if type(value) is bool:
        return Quantity(Decimal(int(value)).quantize(Decimal("1.0")), "1")
    if type(value) is int or type(value) is Decimal:
        return Quantity(Decimal(value), "1")
    match = _QUANTITY.fullmatch(value) if type(value) is str else None
    return quantities.parsed(match[1], match[3] or "", match[2]) if match else None


def _conversion(name: str, convert: Callable[[Any], Any], type_: str) -> None:
    @function(FAMILY, "to" + name)
    def to(call: Call) -> Code:
        source, place = one_value(call.source, call.place), call.place

        def value(focus: Items, environment: Environment) -> Any:
            found = source(focus, environment)
            if found is None:
                return None
            answer = convert(found)
            return bounded(answer, place, environment) if type(answer) is str else answer

        return scalar(value, type_)

    @function(FAMILY, "convertsTo" + name)
    def converts_to(call: Call) -> Code:
        source = one_value(call.source, call.place)

        def test(focus: Items, environment: Environment) -> bool | None:
            found = source(focus, environment)
            return None if found is None else convert(found) is not None

        return truth(test)


_conversion("Boolean", to_boolean, BOOLEAN)
_conversion("Integer", to_integer, INTEGER)
_conversion("Decimal", to_decimal, DECIMAL)
_conversion("String", to_text, STRING)
_conversion("Date", to_date, "System.Date")
_conversion("DateTime", to_date_time, "System.DateTime")
_conversion("Time", to_time, "System.Time")


@function(FAMILY, "toQuantity", 0, 1)
def _to_quantity(call: Call) -> Code:
    return scalar(_in_unit(call), QUANTITY)


@function(FAMILY, "convertsToQuantity", 0, 1)
def _converts_to_quantity(call: Call) -> Code:
    source, value = one_value(call.source, call.place), _in_unit(call)

    def test(focus: Items, environment: Environment) -> bool | None:
        return None if source(focus, environment) is None else value(focus, environment) is not None

    return truth(test)


def _in_unit(call: Call) -> Callable[[Items, Environment], Quantity | None]:
    source, place = one_value(call.source, call.place), call.place
    unit_of = one_text(call.given(0), place) if call.arguments else None

    def value(focus: Items, environment: Environment) -> Quantity | None:
        found = to_quantity(source(focus, environment))
        unit = unit_of(focus, environment) if unit_of else None
        if found is None or unit is None:
            return None if unit_of and unit is None else found
        target = quantities.parsed("1", unit, None) or Quantity(Decimal(1), unit)
        amount = quantities.in_unit(found, target)
        try:
            return None if amount is None else Quantity(quantities.decimal(amount), target.unit, target.calendar)
        except DecimalException:  # too large to be written
            return None

    return value
