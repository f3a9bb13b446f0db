"""Quantities: a number and its unit. A unit of UCUM finds what is measured in another: what is asked is converted, so that
nothing more is kept of each value. Source: FHIR R4 search.html#quantity.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from socle.kernel.fhir.common_units import UCUM, alike
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.extract import Write
from socle.kernel.fhir.keys import frequent_key
from socle.kernel.search.conditions import Condition, MeasureTest, NumberTest, either
from socle.kernel.search.escapes import split, unescape
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.search.types.number import as_bound, compared, written
from socle.kernel.store.contract import Json, Keys

MODIFIERS: frozenset[str] = frozenset()
CURRENCY = "urn:iso:std:iso:4217"


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Add the bounds of each Quantity, Money, Range or SampledData, by unit code and by unit as displayed."""
    for kind, value in values:
        if kind == "Range":
            low, high = value.get("low", {}), value.get("high", {})
            _add(parameter, low.get("value"), high.get("value"), low or high, into)
        elif kind == "SampledData":
            _add(parameter, value.get("lowerLimit"), value.get("upperLimit"), value.get("origin", {}), into)
        elif kind == "Money":
            unit = {"system": CURRENCY, "code": value.get("currency", "")} if "currency" in value else {}
            _add(parameter, value.get("value"), value.get("value"), unit, into)
        elif "value" in value:
            _quantity(parameter, value, into)


def writer(parameters: Sequence[Parameter], kind: str) -> Write | None:
    """What adds the rows of a value of the FHIR type `kind`, for several parameters; None when nothing is quicker than `keys`."""
    if not r4().is_a(kind, "Quantity"):
        return None
    mask = sum(1 << parameter.bit for parameter in parameters)
    own = [parameter.key for parameter in parameters]

    def write(value: Json, root: Json, into: Keys) -> None:
        into.present |= mask
        if "comparator" in value:
            for parameter in parameters:
                keys(parameter, ((kind, value),), into)
        elif "value" in value:
            number, numbers = float(value["value"]), into.numbers
            for sys_code, code in _units(value.get("system", ""), value.get("code", ""), value.get("unit", "")):
                for param in own:
                    numbers.append((param, number, number, sys_code, code))

    return write


def lowest(kind: str, value: dict[str, Any]) -> tuple[Decimal | int, bool, dict[str, Any]] | None:
    """The least that a value may be, whether it is more than that, and its unit (a Quantity's members); None without any."""
    least = Decimal("-Infinity")
    match kind:
        case "Range":
            low, high = value.get("low", {}), value.get("high", {})
            known = "value" in low or "value" in high
            return (low.get("value", least), False, low or high) if known else None
        case "SampledData":
            known = "lowerLimit" in value or "upperLimit" in value
            return (value.get("lowerLimit", least), False, value.get("origin", {})) if known else None
        case "Money":
            unit = {"system": CURRENCY, "code": value.get("currency", "")}
            return (value["value"], False, unit) if "value" in value else None
    if "value" not in value:
        return None
    comparator = value.get("comparator", "")
    return least if comparator.startswith("<") else value["value"], comparator == ">", value


def _quantity(parameter: Parameter, quantity: dict[str, Any], into: Keys) -> None:
    number = float(quantity["value"])
    low, high = number, number
    match quantity.get("comparator"):
        case "<":
            low, high = -math.inf, math.nextafter(number, -math.inf)
        case "<=":
            low = -math.inf
        case ">":
            low, high = math.nextafter(number, math.inf), math.inf
        case ">=":
            high = math.inf
    _rows(parameter, low, high, quantity, into)


def _add(parameter: Parameter, low: Decimal | None, high: Decimal | None, unit: dict[str, Any], into: Keys) -> None:
    if low is not None or high is not None:
        _rows(parameter, as_bound(low, "-inf"), as_bound(high, "inf"), unit, into)


def _rows(parameter: Parameter, low: float, high: float, unit: dict[str, Any], into: Keys) -> None:
    for sys_code, code in _units(unit.get("system", ""), unit.get("code", ""), unit.get("unit", "")):
        into.numbers.append((parameter.key, low, high, sys_code, code))


@lru_cache(maxsize=4096)
def _units(system: str, code: str, display: str) -> tuple[tuple[int, int], ...]:
    """(key of system|code, key of code) of each way to name a unit; 0 for what it does not say."""
    first = frequent_key("q", system, code) if code else 0, frequent_key("q", code or display) if code or display else 0
    if code and display and display != code:
        return first, (0, frequent_key("q", display))
    return (first,)


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """`number` (any unit), `number|system|code` (UCUM: what converts to it too), `number||code or unit` (as written)."""
    return either([_one(parameter, text) for text in values])


def _one(parameter: Parameter, text: str) -> Condition:
    name = parameter.name
    parts = [unescape(part) for part in split(text, "|")]
    match parts:
        case [number]:
            return NumberTest(parameter.key, *compared(name, number))
        case [number, "", code] if code:
            return NumberTest(parameter.key, *compared(name, number), code=frequent_key("q", code))
        case [number, system, code] if system == UCUM and len(alike(code)) > 1:
            return _measured(parameter, number, code)
        case [number, system, code] if system and code:
            return NumberTest(parameter.key, *compared(name, number), sys_code=frequent_key("q", system, code))
    raise refuse(
        name,
        f"« {name} » demande « nombre », « nombre|système|code » ou « nombre||unité ».",
        f"“{name}” takes “number”, “number|system|code” or “number||unit”.",
    )


def _measured(parameter: Parameter, text: str, code: str) -> Condition:
    comparison, value, margin = written(parameter.name, text)
    units = alike(code)
    asked = units[code]
    found = []
    for name, worth in units.items():
        exact, lo, hi = (
            (Fraction(one) + asked.shift) * asked.factor / worth.factor - worth.shift
            for one in (value, value - margin, value + margin)
        )
        number = float(exact)
        above = max(float(hi), math.nextafter(number, math.inf))
        found.append((frequent_key("q", UCUM, name), number, float(lo), above))
    return MeasureTest(parameter.key, comparison, tuple(found))
