"""A map as SVG made by the server: the circle that was searched, a numbered mark for each place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

WIDTH: Final = 640
HEIGHT: Final = 420
_MARGIN: Final = 28
_KM: Final = 111.195  # a degree of latitude
_SCALES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the map: its number in the list, where it leads, its name, its position (degrees)."""

    number: int
    href: str
    name: str
    lat: float
    lon: float


def drawn(marks: Sequence[Mark], centre: tuple[float, float] | None, radius: float, title: str) -> Markup:
    """The map of some places, around a centre (with its circle, in km) when one was asked."""
    points = [(mark.lat, mark.lon) for mark in marks] + ([centre] if centre is not None else [])
    if not points:
        return Markup("")
    frame = _Frame.around(points)
    parts = [
        Markup('<svg class="map" viewBox="0 0 {w} {h}" role="img" aria-label="{title}">').format(
            w=WIDTH, h=HEIGHT, title=title
        )
    ]
    parts.append(Markup('<rect class="map-ground" width="{w}" height="{h}"/>').format(w=WIDTH, h=HEIGHT))
    if centre is not None:
        x, y = frame.place(*centre)
        parts.append(
            Markup(
                '<circle class="map-circle" cx="{x}" cy="{y}" r="{r}"/><path class="map-centre" d="M{x} {top}v12M{left} {y}h12"/>'
            ).format(x=x, y=y, r=round(radius * frame.scale / _KM, 1), top=round(y - 6, 1), left=round(x - 6, 1))
        )
    for mark in reversed(marks):
        x, y = frame.place(mark.lat, mark.lon)
        parts.append(
            Markup(
                '<a href="{href}"><title>{name}</title><circle class="map-mark" cx="{x}" cy="{y}" r="11"/>'
                '<text x="{x}" y="{below}">{n}</text></a>'
            ).format(href=mark.href, name=mark.name, x=x, y=y, below=round(y + 4, 1), n=mark.number)
        )
    parts.append(_ruler(frame))
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Degrees to points: equal scales both ways at the middle latitude. `scale`: points for a degree of latitude."""

    lat: float
    lon: float
    scale: float

    @classmethod
    def around(cls, points: Sequence[tuple[float, float]]) -> "_Frame":
        lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
        lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
        high = max(max(lats) - min(lats), 0.01)
        wide = max((max(lons) - min(lons)) * math.cos(math.radians(lat)), 0.01)
        return cls(lat, lon, min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT - 2 * _MARGIN) / high))

    def place(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a position is drawn."""
        x = WIDTH / 2 + (lon - self.lon) * math.cos(math.radians(self.lat)) * self.scale
        return round(x, 1), round(HEIGHT / 2 - (lat - self.lat) * self.scale, 1)


def _ruler(frame: _Frame) -> Markup:
    """How far a kilometre is on the map."""
    km = max((one for one in _SCALES if one * frame.scale / _KM <= WIDTH / 3), default=_SCALES[0])
    length = round(km * frame.scale / _KM, 1)
    y = HEIGHT - 14
    return Markup(
        '<g class="map-ruler"><path d="M14 {y}h{length}"/><text x="14" y="{above}">{km} km</text></g>'
    ).format(y=y, length=length, above=y - 6, km=km)
