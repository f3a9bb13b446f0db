"""Items as people and programs read them: a type's name, a text, a JSON value."""

from decimal import Decimal
from typing import Any

from socle.kernel.fhir.fhirpath.items import Item, Items, Json
from socle.kernel.fhir.fhirpath.moments import Moment
from socle.kernel.fhir.fhirpath.quantities import UCUM, Quantity
from socle.kernel.fhir.json import decimal_text, serialise

# The FHIR type in which a System value is written.
_WRITTEN = {
    "System.Boolean": "boolean",
    "System.String": "string",
    "System.Integer": "integer",
    "System.Decimal": "decimal",
    "System.Date": "date",
    "System.DateTime": "dateTime",
    "System.Time": "time",
    "System.Quantity": "Quantity",
}


def type_name(item: Item) -> str:
    """The type of an item as FHIR names it; a computed value has the FHIR type in which it is written."""
    return _WRITTEN.get(item[0], item[0])


def json_value(item: Item) -> Any:
    """The value of an item as FHIR JSON; None for an element that has extensions only."""
    value = item[1]
    if isinstance(value, Moment):
        return value.text.removesuffix("T")
    if isinstance(value, Quantity):
        return quantity(value)
    return value


def quantity(value: Quantity) -> Json:
    """A Quantity of FHIR; a calendar duration has no code, for UCUM has none that means the same."""
    if value.calendar:
        return {"value": value.value, "unit": value.unit}
    return {"value": value.value, "unit": value.unit, "system": UCUM, "code": value.unit}


def text(item: Item) -> str:
    """An item on one line: strings as they are, objects as compact JSON; "" for an element with extensions only."""
    value = item[1]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dict | list):
        return serialise(value).decode()
    return str(value)


def line(items: Items, *, most: int = 6, characters: int = 60) -> str:
    """The first items on one line, each no longer than that; "" for none."""
    texts = [text(item) or "…" for item in items[:most]]
    more = [f"… ({len(items)})"] if len(items) > most else []
    return " · ".join([one if len(one) <= characters else one[:characters] + "…" for one in texts] + more)


def rows(items: Items) -> list[Json]:
    """[{type, value}] with the extensions of a primitive as `extension`."""
    out = []
    for item in items:
        row: Json = {"type": type_name(item), "value": json_value(item)}
        if item[2]:
            row["extension"] = item[2].get("extension", [])
        out.append(row)
    return out
