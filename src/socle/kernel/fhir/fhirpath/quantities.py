"""Quantities: a number and a unit, compared and computed with exactly.

Two kinds of units, as in N1: UCUM codes ('mg') and calendar durations (year, month …), which equal their UCUM
counterparts up to the second only: 1 year = 1 'a' is unknown, 1 year ~ 1 'a' is true.
Source: FHIRPath N1, "Quantity", "Time-valued Quantities"; FHIR R4 fhirpath.html.
"""

from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from socle.kernel.fhir.fhirpath.moments import CALENDAR_UNITS
from socle.kernel.fhir.units import unit

UCUM = "http://unitsofmeasure.org"
# Beyond 400 digits a result is empty: no number that takes seconds to write.
EXACT = Context(prec=28, Emax=399, Emin=-399)
_SECONDS: dict[str, Fraction | int] = {
    "week": 604800,
    "day": 86400,
    "hour": 3600,
    "minute": 60,
    "second": 1,
    "millisecond": Fraction(1, 1000),
}
_AS_UCUM = {
    "year": "a",
    "month": "mo",
    "week": "wk",
    "day": "d",
    "hour": "h",
    "minute": "min",
    "second": "s",
    "millisecond": "ms",
}
_CALENDAR_OF = {code: word for word, code in _AS_UCUM.items()}


@dataclass(frozen=True, slots=True)
class Quantity:
    """unit: a UCUM code, or the singular word of a calendar duration; "1" for a bare number."""

    value: Decimal
    unit: str
    calendar: bool = False

    def __str__(self) -> str:
        shown = format(self.value, "f")
        if self.calendar:
            return f"{shown} {self.unit if self.value == 1 else self.unit + 's'}"
        return f"{shown} '{self.unit}'"


def parsed(number: str, word: str, code: str | None) -> Quantity | None:
    """A quantity from its parts as text; None when the word is no calendar unit."""
    if code is not None:
        return Quantity(Decimal(number), code)
    if not word:
        return Quantity(Decimal(number), "1")
    calendar = CALENDAR_UNITS.get(word)
    return Quantity(Decimal(number), calendar, calendar=True) if calendar else None


def calendar_unit(quantity: Quantity) -> str | None:
    """The calendar unit by which a date moves: its own, or that of 's' and 'ms'; None for others."""
    if quantity.calendar:
        return quantity.unit
    return _CALENDAR_OF[quantity.unit] if quantity.unit in ("s", "ms") else None


def canonical(quantity: Quantity, *, loosely: bool = False) -> tuple[Fraction, object]:
    """(amount, dimension): two quantities are equal when both are. Loosely, calendar durations are as their UCUM codes."""
    value = Fraction(quantity.value)
    if quantity.calendar:
        if quantity.unit in ("second", "millisecond") or loosely:
            return canonical(Quantity(quantity.value, _AS_UCUM[quantity.unit]))
        if quantity.unit in ("year", "month"):
            return value * (12 if quantity.unit == "year" else 1), "months"
        return value * _SECONDS[quantity.unit], "days"
    found = unit(quantity.unit)
    if found is None:
        return value, f"'{quantity.unit}'"
    return (value + found.shift) * found.factor, found.dimension


def compare(a: Quantity, b: Quantity) -> int | None:
    """-1, 0, 1; None when their units do not convert into each other."""
    if a.unit == b.unit and a.calendar == b.calendar:
        return (a.value > b.value) - (a.value < b.value)
    left, right = _on_one_scale(a, b)
    if left is None or right is None:
        return None
    return (left > right) - (left < right)


def _on_one_scale(a: Quantity, b: Quantity) -> tuple[Fraction | None, Fraction | None]:
    if a.calendar and b.calendar and a.unit in _SECONDS and b.unit in _SECONDS:
        return Fraction(a.value) * _SECONDS[a.unit], Fraction(b.value) * _SECONDS[b.unit]
    (left, of_left), (right, of_right) = canonical(a), canonical(b)
    return (left, right) if of_left == of_right else (None, None)


def equivalent(a: Quantity, b: Quantity) -> bool:
    """~ of quantities: the same amount to the precision of the less precise, calendar durations as UCUM."""
    (left, of_left), (right, of_right) = canonical(a, loosely=True), canonical(b, loosely=True)
    if of_left != of_right:
        return False
    if left == right:
        return True
    # The less precise of the two says how many decimals count, in its own unit.
    one, other = (a, b) if _decimals(a.value) <= _decimals(b.value) else (b, a)
    converted = in_unit(other, one)
    digits = _decimals(one.value)
    return converted is not None and rounded(Fraction(one.value), digits) == rounded(converted, digits)


def rounded(value: Fraction, digits: int) -> int:
    """A number of units of the last of `digits` decimals, halves away from zero, as round() does."""
    units = int(abs(value) * 10**digits + Fraction(1, 2))
    return units if value >= 0 else -units


def in_unit(quantity: Quantity, target: Quantity) -> Fraction | None:
    """The value of a quantity in the unit of another; None when they do not convert."""
    value, dimension = canonical(quantity, loosely=True)
    one, of_one = canonical(Quantity(Decimal(1), target.unit, target.calendar), loosely=True)
    zero, _ = canonical(Quantity(Decimal(0), target.unit, target.calendar), loosely=True)
    if dimension != of_one:
        return None
    return (value - zero) / (one - zero)


def add(a: Quantity, b: Quantity, sign: int = 1) -> Quantity | None:
    """a ± b in the unit of a (the finer of both is a choice of N1 implementations; ours keeps the first)."""
    if a.unit == b.unit and a.calendar == b.calendar:
        return Quantity(EXACT.add(a.value, sign * b.value), a.unit, a.calendar)
    if compare(a, b) is None:
        return None
    other = in_unit(b, a)
    return None if other is None else Quantity(EXACT.add(a.value, sign * decimal(other)), a.unit, a.calendar)


def multiply(a: Quantity, b: Quantity) -> Quantity | None:
    """a × b; the unit is written as a product. None when a unit is not known."""
    return _combined(a, b, EXACT.multiply(a.value, b.value), ".")


def divide(a: Quantity, b: Quantity) -> Quantity | None:
    """a ÷ b; None when b is zero or a unit is not known."""
    if not b.value:
        return None
    if b.unit != "1" and (found := in_unit(b, a)) is not None and found:
        return Quantity(decimal(Fraction(a.value) / found), "1")
    return _combined(a, b, EXACT.divide(a.value, b.value), "/")


def _combined(a: Quantity, b: Quantity, value: Decimal, sign: str) -> Quantity | None:
    left, right = _code(a), _code(b)
    if right == "1":
        return Quantity(value, a.unit, a.calendar)
    if left == "1" and sign == ".":
        return Quantity(value, b.unit, b.calendar)
    one, other = unit(left), unit(right)
    if one is None or other is None or one.shift or other.shift:
        return None
    if sign == ".":
        code = f"{left}.{right}" if left != right or not left.isalpha() else f"{left}2"
    else:
        code = f"{left}/({right})" if any(mark in right for mark in "./") else f"{left}/{right}"
    return Quantity(value, code) if unit(code) else None


def _code(quantity: Quantity) -> str:
    return _AS_UCUM[quantity.unit] if quantity.calendar else quantity.unit


def decimal(value: Fraction) -> Decimal:
    """A fraction to 28 digits."""
    with localcontext(EXACT):
        return Decimal(value.numerator) / Decimal(value.denominator)


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
