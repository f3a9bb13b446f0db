"""Where a structure is: the commune's code, and coordinates on the globe from those of the national grids.

Source of the projections: the FINESS names them in `sourcecoordet` (LAMBERT_93, UTM_N20…, or EPSG:2154…); else the department
says which grid is legal there (decree 2000-1276 and the systems that followed: EPSG 2154, 5490, 2972, 2975, 4471, 4467).
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

import pyproj

_LAMBERT_93: Final = 2154
GRIDS: Final = {
    "LAMBERT_93": _LAMBERT_93,
    "UTM_N20": 5490,  # RGAF09: Guadeloupe, Martinique, Saint-Martin, Saint-Barthélemy
    "UTM_N21": 4467,  # RGSPM06: Saint-Pierre-et-Miquelon
    "UTM_N22": 2972,  # RGFG95: Guyane
    "UTM_S38": 4471,  # RGM04: Mayotte
    "UTM_S40": 2975,  # RGR92: La Réunion
}
_EPSG: Final = re.compile(r"EPSG *:? *([0-9]{4})", re.ASCII)
_OVERSEAS: Final = {"9A": 5490, "9B": 5490, "9C": 2972, "9D": 2975, "9E": 4467, "9F": 4471}
# Where a grid is used, with room around: (lowest x, highest x, lowest y, highest y), in metres.
_EXTENTS: Final = {
    2154: (0.0, 1_300_000.0, 6_000_000.0, 7_200_000.0),
    5490: (400_000.0, 800_000.0, 1_500_000.0, 2_100_000.0),
    4559: (400_000.0, 800_000.0, 1_500_000.0, 2_100_000.0),
    4467: (500_000.0, 620_000.0, 5_150_000.0, 5_250_000.0),
    2972: (50_000.0, 500_000.0, 200_000.0, 700_000.0),
    4471: (490_000.0, 550_000.0, 8_550_000.0, 8_620_000.0),
    2975: (300_000.0, 390_000.0, 7_620_000.0, 7_700_000.0),
}


def commune_code(departement: str, commune: str) -> str:
    """The commune's code of the official geographic code (COG), from the FINESS's department and three digits.

    Overseas, the FINESS writes 9A to 9F where the COG writes 97, and other letters where it writes 98.
    """
    if not commune or not departement:
        return ""
    if len(departement) == 2 and departement[0] == "9" and departement[1].isalpha():
        return ("97" if departement[1] <= "F" else "98") + commune
    return departement + commune


def grid_of(source: str, departement: str) -> int:
    """The EPSG code of the grid in which an establishment's coordinates are given."""
    said = source.upper()
    for name in reversed(said.replace(" ", "").split(",")):
        if name in GRIDS:
            return GRIDS[name]
    code = _EPSG.search(said)
    if code is not None and int(code[1]) in _EXTENTS:
        return int(code[1])
    return _OVERSEAS.get(departement, _LAMBERT_93)


def fits(grid: int, x: float, y: float) -> bool:
    """Whether a point is where the grid is used."""
    west, east, south, north = _EXTENTS[grid]
    return west <= x <= east and south <= y <= north


def is_swapped(grid: int, x: float, y: float) -> bool:
    """Whether x and y were given one for the other."""
    return not fits(grid, x, y) and fits(grid, y, x)


@cache
def _transformer(grid: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(grid, 4326, always_xy=True)


def on_the_globe(grid: int, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """(latitude, longitude) in degrees of WGS 84, to a tenth of a metre, of points of a grid."""
    if not points:
        return []
    longitudes, latitudes = _transformer(grid).transform([x for x, _ in points], [y for _, y in points])
    return [(round(lat, 6), round(lon, 6)) for lat, lon in zip(latitudes, longitudes, strict=True)]
