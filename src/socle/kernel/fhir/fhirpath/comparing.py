"""= ~ < on values and collections, three-valued. Source: FHIRPath N1, "Equality", "Comparison"."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

from socle.kernel.fhir.fhirpath import moments, quantities
from socle.kernel.fhir.fhirpath.items import Item, Items, Json, system
from socle.kernel.fhir.fhirpath.moments import Moment
from socle.kernel.fhir.fhirpath.quantities import Quantity, rounded

_NUMBERS = (int, Decimal)


def equal_collections(left: Items, right: Items, offset: int) -> bool | None:
    """=: empty when either is; the same items in the same order."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    unknown = False
    for one, other in zip(left, right, strict=True):
        found = equal(one, other, offset)
        if found is False:
            return False
        unknown = unknown or found is None
    return None if unknown else True


def equal(one: Item, other: Item, offset: int) -> bool | None:
    """Whether two items are equal; None when their precision or units do not tell, or one has no value."""
    return equal_values(system(one), system(other), offset)


def equal_values(a: Any, b: Any, offset: int) -> bool | None:
    """`equal` on System values and JSON objects."""
    if a is None or b is None:
        return None
    of_a, of_b = type(a), type(b)
    if of_a in _NUMBERS and of_b in _NUMBERS:
        return bool(a == b)
    if of_a is of_b:
        if of_a is Moment:
            if not moments.comparable(a, b):
                return False
            found = moments.compare(a, b, offset)
            return None if found is None else found == 0
        if of_a is Quantity:
            found = quantities.compare(a, b)
            return None if found is None else found == 0
        return bool(a == b)
    a, b = _as_quantities(a, b)
    return equal_values(a, b, offset) if type(a) is Quantity and type(b) is Quantity else False


def equivalent_collections(left: Items, right: Items, offset: int) -> bool:
    """~: in any order; both empty are equivalent."""
    if len(left) != len(right):
        return False
    if len(left) == 1:
        return equivalent(left[0], right[0], offset)
    waiting = list(right)
    for one in left:
        for place, other in enumerate(waiting):
            if equivalent(one, other, offset):
                del waiting[place]
                break
        else:
            return False
    return True


def equivalent(one: Item, other: Item, offset: int) -> bool:
    """Whether two items are equivalent: never unknown."""
    return _equivalent_values(system(one), system(other), offset)


def _equivalent_values(a: Any, b: Any, offset: int) -> bool:
    if a is None or b is None:
        return a is b
    of_a, of_b = type(a), type(b)
    if of_a is str and of_b is str:
        return normalised(a) == normalised(b)
    if of_a in _NUMBERS and of_b in _NUMBERS:
        digits = min(_decimals(a), _decimals(b))
        return rounded(Fraction(a), digits) == rounded(Fraction(b), digits)
    if of_a is Moment and of_b is Moment:
        return moments.comparable(a, b) and moments.compare(a, b, offset) == 0
    if of_a is dict and of_b is dict:
        return _equivalent_objects(a, b, offset)
    if of_a is list and of_b is list:
        return len(a) == len(b) and _all_matched(a, b, offset)
    a, b = _as_quantities(a, b)
    if type(a) is Quantity and type(b) is Quantity:
        return quantities.equivalent(a, b)
    return of_a is of_b and bool(a == b)


def _equivalent_objects(a: Json, b: Json, offset: int) -> bool:
    names = [name for name in a if name != "id"]
    if Counter(names) != Counter(name for name in b if name != "id"):
        return False
    return all(_equivalent_values(a[name], b[name], offset) for name in names)


def _all_matched(a: list[Any], b: list[Any], offset: int) -> bool:
    waiting = list(b)
    for one in a:
        for place, other in enumerate(waiting):
            if _equivalent_values(one, other, offset):
                del waiting[place]
                break
        else:
            return False
    return True


def order(a: Any, b: Any, offset: int) -> int | None:
    """-1, 0, 1 of two System values; None when unknown.

    Raises: TypeError when values of these types have no order.
    """
    of_a, of_b = type(a), type(b)
    if (of_a in _NUMBERS and of_b in _NUMBERS) or (of_a is str and of_b is str):
        return int(a > b) - int(a < b)
    if of_a is Moment and of_b is Moment and moments.comparable(a, b):
        return moments.compare(a, b, offset)
    a, b = _as_quantities(a, b)
    if type(a) is Quantity and type(b) is Quantity:
        return quantities.compare(a, b)
    raise TypeError


def normalised(text: str) -> str:
    """A string as ~ compares it: without case, spaces of any kind as one."""
    return " ".join(text.casefold().split())


def _as_quantities(a: Any, b: Any) -> tuple[Any, Any]:
    """A number beside a Quantity is a Quantity of unit 1."""
    if type(a) is Quantity and type(b) in _NUMBERS:
        return a, Quantity(Decimal(b), "1")
    if type(b) is Quantity and type(a) in _NUMBERS:
        return Quantity(Decimal(a), "1"), b
    return a, b


def _decimals(value: int | Decimal) -> int:
    if type(value) is int:
        return 0
    exponent = Decimal(value).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
