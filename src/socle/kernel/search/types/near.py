"""Places near a point: `near=latitude|longitude|distance|units`. Source: FHIR R4 location.html#search (near).

Each position is kept once for each size of cell, under the cell's own key: a question reads the few cells that its circle
touches, then measures. Distances are great circles on a sphere, half a percent from the ellipsoid at most.
"""

import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from socle.kernel.fhir.keys import frequent_key
from socle.kernel.search.conditions import Condition, NearTest, either
from socle.kernel.search.escapes import split, unescape
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.store.contract import Keys

MODIFIERS: frozenset[str] = frozenset()
RADIUS: Final = 6_371_008.8  # metres: the Earth's mean radius
FARTHEST: Final = 20_100_000.0  # metres: half way round
DEFAULT: Final = 50.0  # km, when no distance is said
UNITS: Final = {"km": 1000.0, "m": 1.0, "[mi_i]": 1609.344, "[nmi_i]": 1852.0}  # metres
SIZES: Final = (0.02, 0.2, 2.0, 20.0)  # degrees, of the sides of cells
MOST_CELLS: Final = 100


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Add each position under its cell of each size."""
    for _, position in values:
        latitude, longitude = position.get("latitude"), position.get("longitude")
        if latitude is None or longitude is None:
            continue
        lat, lon = float(latitude), float(longitude)
        if abs(lat) <= 90 and abs(lon) <= 180:
            for size in SIZES:
                cell = _cell(parameter.name, size, _row(lat, size), _column(lon, size))
                into.numbers.append((cell, lat, lon, 0, 0))


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """Within a distance of a point: 50 km when it is not said, in km when the unit is not."""
    return either([_one(parameter, text) for text in values])


def is_distance(text: str) -> bool:
    """Whether a text is what comes after a point: nothing, `distance`, or `distance|unit`."""
    try:
        _metres([unescape(part) for part in split(text, "|")] if text else [])
    except (ValueError, KeyError):
        return False
    return True


def _metres(parts: Sequence[str]) -> float:
    """A distance in metres. Raises: ValueError | KeyError."""
    if len(parts) > 2:
        raise ValueError
    distance = _number(parts[0]) if parts and parts[0] else DEFAULT
    metres = distance * UNITS[parts[1] if len(parts) > 1 and parts[1] else "km"]
    if not 0 <= metres <= FARTHEST:
        raise ValueError
    return metres


def _one(parameter: Parameter, text: str) -> NearTest:
    parts = [unescape(part) for part in split(text, "|")]
    try:
        if len(parts) < 2:
            raise ValueError
        lat, lon, metres = _number(parts[0]), _number(parts[1]), _metres(parts[2:])
        if abs(lat) > 90 or abs(lon) > 180:
            raise ValueError
    except (ValueError, KeyError):
        listed = ", ".join(UNITS)
        raise refuse(
            parameter.name,
            f"« {parameter.name} » demande « latitude|longitude|distance|unité » en degrés décimaux (exemple : "
            f"48.85|2.35|5|km) ; unités : {listed} ; au plus 20 100 km.",
            f"“{parameter.name}” takes “latitude|longitude|distance|unit” in decimal degrees (example: "
            f"48.85|2.35|5|km); units: {listed}; at most 20,100 km.",
            rule="FHIR R4 location.html",
        ) from None
    return around(parameter.name, lat, lon, metres)


def _number(text: str) -> float:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or len(text) > 40:
        raise ValueError(text)
    return float(value)


def around(name: str, lat: float, lon: float, metres: float) -> NearTest:
    """The question about a circle: its cells, of the smallest size that gives few of them."""
    for size in SIZES:
        cells = _cells(name, lat, lon, metres, size)
        if len(cells) <= MOST_CELLS or size == SIZES[-1]:
            return NearTest(name, cells, lat, lon, metres)
    raise AssertionError


def ring(test: NearTest, metres: float) -> NearTest:
    """The same question about a smaller circle."""
    return around(test.name, test.lat, test.lon, metres)


def haversine(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """What distances are compared by: it grows with them, and is quicker to compute."""
    across = math.sin(math.radians(other_lat - lat) / 2) ** 2
    along = math.sin(math.radians(other_lon - lon) / 2) ** 2
    return across + math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * along


def reach(metres: float) -> float:
    """The haversine of a distance."""
    return math.sin(min(metres / RADIUS, math.pi) / 2) ** 2


def _cells(name: str, lat: float, lon: float, metres: float, size: float) -> tuple[int, ...]:
    angle = math.degrees(metres / RADIUS) * (1 + 1e-9) + 1e-9
    south, north = max(-90.0, lat - angle), min(90.0, lat + angle)
    columns = round(360 / size)
    if south <= -90 or north >= 90:
        every = list(range(columns))
    else:
        wide = math.degrees(math.asin(min(1.0, math.sin(math.radians(angle)) / math.cos(math.radians(lat)))))
        first, last = math.floor((lon - wide + 180) / size), math.floor((lon + wide + 180) / size)
        every = list(range(columns)) if last - first >= columns - 1 else [n % columns for n in range(first, last + 1)]
    rows = range(_row(south, size), _row(north, size) + 1)
    if len(rows) * len(every) > MOST_CELLS and size != SIZES[-1]:
        return (0,) * (MOST_CELLS + 1)  # too many: a larger size will do
    return tuple(_cell(name, size, row, column) for row in rows for column in every)


def _row(lat: float, size: float) -> int:
    return min(math.floor((lat + 90) / size), round(180 / size) - 1)


def _column(lon: float, size: float) -> int:
    return math.floor((lon + 180) / size) % round(360 / size)


def _cell(name: str, size: float, row: int, column: int) -> int:
    return frequent_key("g", name, str(size), str(row), str(column))
