"""What a collection holds: items of (type, value, siblings).

type      a FHIR type ("HumanName", "code"; "Patient.contact" for a nested element) or "System.String"…
value     the JSON value; for System types bool, int, Decimal, str, `Moment`, `Quantity`. None: only extensions
siblings  of a FHIR primitive, the object `_element` that holds its id and extensions; else None

Tuples, because a collection is made at each step of each path. Collections are never changed once answered.
"""

from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Any, Final

from socle.kernel.fhir.fhirpath.moments import Moment, date_of, date_time_of, in_utc, time_of
from socle.kernel.fhir.fhirpath.quantities import UCUM, Quantity, canonical

Json = dict[str, Any]
Item = tuple[str, Any, Any]
Items = list[Item]

BOOLEAN: Final = "System.Boolean"
STRING: Final = "System.String"
INTEGER: Final = "System.Integer"
DECIMAL: Final = "System.Decimal"
QUANTITY: Final = "System.Quantity"
INTEGERS: Final = range(-(2**31), 2**31)  # an Integer has 32 bits

NOTHING: Final[Items] = []
YES: Final[Items] = [(BOOLEAN, True, None)]
NO: Final[Items] = [(BOOLEAN, False, None)]
QUANTITIES: Final = frozenset({"Quantity", "Age", "Count", "Distance", "Duration"})


def boolean(value: bool | None) -> Items:
    """The collection of a three-valued truth."""
    return NOTHING if value is None else YES if value else NO


def item_of(value: Any) -> Item:
    """The item of a System value: bool, int, Decimal, str, Moment, Quantity. Raises: TypeError for others."""
    kind = type(value)
    if kind is str:
        return (STRING, value, None)
    if kind is bool:
        return (BOOLEAN, value, None)
    if kind is int:
        return (INTEGER, value, None)
    if kind is Decimal:
        return (DECIMAL, value, None)
    if kind is Moment:
        return ("System." + value.kind, value, None)
    if kind is Quantity:
        return (QUANTITY, value, None)
    raise TypeError(f"no System value: {kind.__name__}")


def system(item: Item) -> Any:
    """The value as FHIRPath computes with it: FHIR dates as Moment, FHIR Quantity as Quantity; complex values as they are.

    None when the element has no value.
    """
    convert = _CONVERSIONS.get(item[0])
    return item[1] if convert is None else convert(item[1])


def _date(value: Any) -> Any:
    return None if value is None else date_of(value) or value


def _date_time(value: Any) -> Any:
    return None if value is None else date_time_of(value) or value


def _time(value: Any) -> Any:
    return None if value is None else time_of(value) or value


def _decimal(value: Any) -> Any:
    return Decimal(repr(value)) if type(value) is float else value


def _quantity(value: Any) -> Any:
    """A FHIR Quantity as a System one: UCUM code where that is its system, else its unit or code as it stands."""
    if isinstance(value, Quantity):
        return value
    number = _decimal(value.get("value"))
    if number is None or type(number) is bool:
        return value
    code, system_ = value.get("code"), value.get("system")
    if code is not None and system_ == UCUM:
        return Quantity(Decimal(number), code)
    return Quantity(Decimal(number), str(value.get("unit") or code or "1"))


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "date": _date,
    "dateTime": _date_time,
    "instant": _date_time,
    "time": _time,
    "decimal": _decimal,
    **dict.fromkeys(QUANTITIES, _quantity),
}
CONVERTED: Final = frozenset(_CONVERSIONS)


def key(item: Item) -> Hashable:
    """Equal for items that `=` finds equal: what `distinct`, `|`, `intersect` … compare by, in constant time."""
    return _key(system(item))


def _key(value: Any) -> Hashable:
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool:
        return ("boolean", value)
    if kind is int or kind is Decimal:
        return ("number", value)
    if kind is dict:
        return ("object", frozenset((name, _key(member)) for name, member in value.items()))
    if kind is list:
        return ("list", tuple(_key(member) for member in value))
    if kind is Moment:
        return ("time" if value.kind == "Time" else "date", in_utc(value, 0))
    if kind is Quantity:
        return ("quantity", canonical(value))
    if kind is float:
        return ("number", Decimal(repr(value)))
    return ("none", None)
