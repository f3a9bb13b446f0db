"""Numbers, with the precision that their writing implies. Source: FHIR R4 search.html#number.

`100` means [99.5, 100.5[ and `100.00` [99.995, 100.005[; gt, lt, ge, le, sa, eb compare with exactly 100; ap is ±10 %.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from socle.kernel.search.conditions import COMPARISONS, Comparison, Condition, NumberTest, either
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.store.contract import Keys

MODIFIERS: frozenset[str] = frozenset()
_NUMBER = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?([+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?)", re.ASCII)


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Add each number as a point, each Range as its bounds."""
    for kind, value in values:
        if kind == "Range":
            low, high = (value.get(end, {}).get("value") for end in ("low", "high"))
            if low is not None or high is not None:
                into.numbers.append((parameter.key, as_bound(low, "-inf"), as_bound(high, "inf"), 0, 0))
        else:
            into.numbers.append((parameter.key, float(value), float(value), 0, 0))


def as_bound(number: Decimal | int | None, otherwise: str) -> float:
    """A bound that may be absent."""
    return float(number if number is not None else otherwise)


def written(name: str, text: str) -> tuple[Comparison, Decimal, Decimal]:
    """(prefix, value, how far around it what it means goes) of a number as it is written in a query.

    For `ap` that is ten per cent. Raises Problem(INVALID) when it is no number.
    """
    found = _NUMBER.fullmatch(text)
    if not found:
        raise refuse(
            name,
            f"« {name} » demande un nombre, précédé ou non de {', '.join(COMPARISONS)} (exemple : « gt5.4 »).",
            f"“{name}” takes a number, with or without {', '.join(COMPARISONS)} before it (example: “gt5.4”).",
        )
    value = Decimal(found[2])
    prefix: Comparison = found[1] or "eq"  # type: ignore[assignment] # the pattern only lets these through
    if prefix == "ap":
        margin = abs(value) / 10
    else:
        exponent = value.as_tuple().exponent
        margin = Decimal(5).scaleb(int(exponent) - 1)
    return prefix, value, margin


def compared(name: str, text: str) -> tuple[Comparison, float, float, float]:
    """(prefix, value, lower and upper bounds of what the value means). Raises: as `written`."""
    prefix, value, margin = written(name, text)
    number = float(value)
    # Beyond sixteen digits the bounds may round to the number itself: it stays between them.
    return prefix, number, float(value - margin), max(float(value + margin), math.nextafter(number, math.inf))


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """A number with a prefix."""
    return either([NumberTest(parameter.key, *compared(parameter.name, text)) for text in values])
