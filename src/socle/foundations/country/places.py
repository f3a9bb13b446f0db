"""Where things are: communes with their department and region, positions in the projection that FINESS writes.

Pure arithmetic: the projections are the published ones (Lambert-93 for the mainland and Corsica, UTM overseas), on the
ellipsoid GRS 80.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from math import atan, atanh, cos, cosh, exp, log, pi, radians, sin, sinh, sqrt, tan
from typing import Final

from socle.foundations.country.communes import COMMUNES, DEPARTEMENTS

_A: Final = 6_378_137.0
_F: Final = 1 / 298.257222101
_E: Final = sqrt(_F * (2 - _F))
_UTM: Final = {  # zone, negative in the south, and EPSG code
    "971": (20, 5490), "972": (20, 5490), "973": (22, 2972), "974": (-40, 2975), "976": (-38, 4471),
}  # fmt: skip
GRIDS: Final = {  # as FINESS names them
    2154: "EPSG:2154 RGF93 / Lambert-93 (Métropole)",
    5490: "EPSG:5490 RGAF09/UTM Zone 20N (Antilles)",
    2972: "EPSG:2972 RGFG95/UTM Zone 22N (Guyane)",
    2975: "EPSG:2975 RGR92/UTM Zone 40S (La Réunion)",
    4471: "EPSG:4471 RGM04/UTM Zone 38S (Mayotte)",
}
_FINESS: Final = {"971": "9A", "972": "9B", "973": "9C", "974": "9D", "976": "9F"}  # departments as FINESS writes them


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune.

    code              INSEE code, five characters
    code_postal       five digits
    nom               as the official code writes it
    departement       2 or 3 characters; its name in `nom_departement`
    region            code of the region of 2016; its name in `nom_region`
    latitude, longitude  WGS84, degrees, to about a kilometre
    poids             thousands of inhabitants, roughly
    """

    code: str
    code_postal: str
    nom: str
    departement: str
    nom_departement: str
    region: str
    nom_region: str
    latitude: float
    longitude: float
    poids: int

    @property
    def departement_finess(self) -> str:
        """The department in FINESS's two characters: 9A for Guadeloupe…"""
        return _FINESS.get(self.departement, self.departement)

    @property
    def nom_postal(self) -> str:
        """The name in capitals without accents or punctuation, as addresses and FINESS write it."""
        return plain(self.nom)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """`text` in capitals, without accents; hyphens and apostrophes become spaces, “1er” and “5e” numbers of districts."""
    import unicodedata

    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).upper()
    bare = re.sub(r"(?<=\d)(ER|E)\b", "", bare)
    return re.sub(r"[^A-Z0-9]+", " ", bare).strip()


@lru_cache(maxsize=1)
def communes() -> tuple[Commune, ...]:
    """Every commune of the country, ordered by code."""
    departments: dict[str, tuple[str, str, str]] = {}
    for region, nom_region, listed in re.findall(r"^(\d\d) (\S+) : ((?:.|\n )+)$", DEPARTEMENTS, re.MULTILINE):
        for item in listed.split("|"):
            code, nom = item.split()
            departments[code] = (nom.replace("_", " "), region, nom_region.replace("_", " "))
    found = []
    for item in COMMUNES.replace("\n", "|").split("|"):
        if fields := item.split():
            code, postal, nom, latitude, longitude, poids = fields
            departement = code[:3] if code.startswith("97") else code[:2]
            found.append(
                Commune(
                    code,
                    postal,
                    nom.replace("_", " "),
                    departement,
                    *departments[departement],
                    float(latitude),
                    float(longitude),
                    int(poids),
                )
            )
    return tuple(sorted(found, key=lambda commune: commune.code))


@lru_cache(maxsize=1)
def by_department() -> dict[str, tuple[Commune, ...]]:
    """The communes of each department, the largest first."""
    grouped: dict[str, list[Commune]] = {}
    for commune in sorted(communes(), key=lambda c: -c.poids):
        grouped.setdefault(commune.departement, []).append(commune)
    return {code: tuple(found) for code, found in grouped.items()}


def lambert93(latitude: float, longitude: float) -> tuple[float, float]:
    """Easting and northing in metres, RGF93 / Lambert-93 (EPSG:2154), of degrees in WGS84."""

    def isometric(phi: float) -> float:
        return atanh(sin(phi)) - _E * atanh(_E * sin(phi))

    def radius(phi: float) -> float:
        return cos(phi) / sqrt(1 - (_E * sin(phi)) ** 2)

    south, north, origin = radians(44), radians(49), radians(46.5)
    n = log(radius(south) / radius(north)) / (isometric(north) - isometric(south))
    c = _A * radius(south) / n * exp(n * isometric(south))
    rho = c * exp(-n * isometric(radians(latitude)))
    theta = n * radians(longitude - 3)
    return 700_000 + rho * sin(theta), 6_600_000 + c * exp(-n * isometric(origin)) - rho * cos(theta)


def utm(latitude: float, longitude: float, zone: int) -> tuple[float, float]:
    """Easting and northing in metres, transverse Mercator on GRS 80, of degrees; a negative zone is in the south.

    Krüger's series to the third power of the third flattening: less than a centimetre in the zone.
    """
    n = _F / (2 - _F)
    phi, lam = radians(latitude), radians(longitude - (6 * abs(zone) - 183))
    t = sinh(atanh(sin(phi)) - _E * atanh(_E * sin(phi)))
    xi, eta = atan(t / cos(lam)), atanh(sin(lam) / sqrt(1 + t * t))
    radius = _A / (1 + n) * (1 + n**2 / 4 + n**4 / 64) * 0.9996
    series = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16,
        13 * n**2 / 48 - 3 * n**3 / 5,
        61 * n**3 / 240,
    )
    east = eta + sum(a * cos(2 * k * xi) * sinh(2 * k * eta) for k, a in enumerate(series, 1))
    north = xi + sum(a * sin(2 * k * xi) * cosh(2 * k * eta) for k, a in enumerate(series, 1))
    return 500_000 + radius * east, radius * north + (10_000_000 if zone < 0 else 0)


def projected(departement: str, latitude: float, longitude: float) -> tuple[float, float, int]:
    """Easting, northing (metres, one decimal) and EPSG code of the projection that FINESS uses for the department."""
    zone, epsg = _UTM.get(departement, (0, 2154))
    x, y = utm(latitude, longitude, zone) if zone else lambert93(latitude, longitude)
    return round(x, 1), round(y, 1), epsg


def moved(latitude: float, longitude: float, north: float, east: float) -> tuple[float, float]:
    """The point `north` and `east` metres away, degrees with six decimals."""
    dy = north / (_A * pi / 180)
    return round(latitude + dy, 6), round(
        longitude + east / (_A * pi / 180 * max(0.2, 1 / sqrt(1 + tan(radians(latitude)) ** 2))), 6
    )
