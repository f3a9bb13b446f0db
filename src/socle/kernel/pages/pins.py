"""A map as SVG made by the server: numbered pins, what is around them, a scale; no tile, no network, no script.

The list always stands beside the picture: pins bear the numbers of its rows.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from socle.kernel.outcome import Language
from socle.kernel.pages.land import OUTLINES, TOWNS

_DEGREE: Final = 111.195  # kilometres of a degree of latitude
_WIDTH, _HEIGHT, _EDGE = 640.0, 420.0, 28.0
_LEAST: Final = 3.0  # kilometres across, at least: pins of one street do not stand at the edges
_ALONE: Final = 120.0  # the same for one place with nothing around it: its region tells where it is
_COUNTRY: Final = 60.0  # kilometres of height from which the outline of the country and its towns help
_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
_FAR: Final = 14.0  # degrees from the middle: beyond, a place is told and not drawn
_OUT: Final[Mapping[Language, str]] = {"fr": "hors de la carte", "en": "out of the map"}
_TRIES: Final = 120
_CLEAR: Final = 18.0**2  # square of the distance between two pins that can both be read
MOST_AROUND: Final = 1_500


@dataclass(frozen=True, slots=True)
class Pin:
    """A place to show: degrees, the number that it bears ("" for a plain one), what it is, where it leads."""

    lat: float
    lon: float
    number: str = ""
    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Ring:
    """What was searched: around a place (degrees), as far as `radius` kilometres."""

    lat: float
    lon: float
    radius: float


@dataclass(frozen=True, slots=True)
class Name:
    """A town's name, where it is."""

    lat: float
    lon: float
    text: str


def pins(
    shown: Sequence[Pin],
    title: str,
    language: Language,
    *,
    around: Sequence[Pin] = (),
    names: Sequence[Name] = (),
    within: Sequence[Pin] = (),
    ring: Ring | None = None,
    country: bool = False,
) -> Markup:
    """The map of `shown`; "" when there is none.

    around   small dots behind
    names    written where they do not overlap
    within   places that the map goes as far as, and does not show
    ring     the circle that was searched, whole when it holds all that is shown
    country  as wide as metropolitan France, whatever is shown
    """
    if not shown:
        return Markup("")
    far_as = [
        *within,
        *([Pin(*corner) for outline in OUTLINES[:2] for corner in outline] if country else []),
        *(_ends(ring) if ring else ()),
    ]
    alone = len(shown) == 1 and not around and not far_as
    frame = _Frame([*([] if country else _together(shown)), *far_as], _ALONE if alone else _LEAST)
    far = sum(not frame.holds(*frame.place(one)) for one in shown)
    dots = Markup("").join(
        Markup('<circle cx="{x}" cy="{y}" r="2"/>').format(x=x, y=y)
        for x, y in map(frame.place, around[:MOST_AROUND])
        if frame.holds(x, y)
    )
    placed = _apart([(one, *frame.place(one)) for one in shown if frame.holds(*frame.place(one))])
    marks = Markup("").join(_mark(*each) for each in reversed(placed))
    kilometres, pixels = frame.scale()
    written = f"{kilometres:g}".replace(".", "," if language == "fr" else ".")
    return Markup(
        '<figure class="figure"><svg viewBox="0 0 {width} {height}" width="{width}" class="map" '
        'aria-hidden="true" focusable="false" '
        'font-family="inherit"><rect class="{ground}" width="{width}" height="{height}"/>'
        '{land}<g fill="currentColor" fill-opacity="0.25">{dots}</g>{ring}'
        '<g fill="currentColor" fill-opacity="0.75" font-size="13" text-anchor="middle">{names}</g>{marks}'
        '<g fill="currentColor" font-size="12"><rect x="16" y="{scale_y}" width="{pixels}" height="2"/>'
        '<text x="16" y="{text_y}">{kilometres}\N{NO-BREAK SPACE}km</text></g></svg>'
        "<figcaption>{title}{far}</figcaption></figure>"
    ).format(
        width=round(_WIDTH),
        height=round(_HEIGHT),
        title=title,
        far=f" ({far} {_OUT[language]})" if far else "",
        dots=dots,
        ground="map-sea" if frame.is_wide else "map-ground",
        land=_land(frame),
        ring=_ring(ring, frame) if ring else "",
        names=_names([*names, *(Name(lat, lon, town) for town, lat, lon in TOWNS if frame.is_wide)], frame, placed),
        marks=marks,
        scale_y=round(_HEIGHT - 16),
        text_y=round(_HEIGHT - 22),
        pixels=round(pixels),
        kilometres=written,
    )


def _together(shown: Sequence[Pin]) -> Sequence[Pin]:
    """What is around the middle one: a map of places that are oceans apart would show none of them."""
    lat = sorted(one.lat for one in shown)[len(shown) // 2]
    lon = sorted(one.lon for one in shown)[len(shown) // 2]
    return [one for one in shown if abs(one.lat - lat) <= _FAR and abs(one.lon - lon) <= _FAR] or shown


class _Frame:
    """Degrees to pixels: the same scale both ways at the middle of what is shown."""

    def __init__(self, shown: Sequence[Pin], least: float) -> None:
        south, north = min(one.lat for one in shown), max(one.lat for one in shown)
        west, east = min(one.lon for one in shown), max(one.lon for one in shown)
        self._lat, self._lon = (south + north) / 2, (west + east) / 2
        self._narrow = max(0.05, math.cos(math.radians(self._lat)))
        high = max(least, (north - south) * _DEGREE)
        wide = max(least, (east - west) * _DEGREE * self._narrow)
        self._pixels = min((_HEIGHT - 2 * _EDGE) / high, (_WIDTH - 2 * _EDGE) / wide)  # by kilometre

    @property
    def is_wide(self) -> bool:
        """Whether the country can be recognised at this scale."""
        return _HEIGHT / self._pixels >= _COUNTRY

    def pixels(self, kilometres: float) -> float:
        """The length of a distance."""
        return round(kilometres * self._pixels, 1)

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        """Where degrees are drawn."""
        x = _WIDTH / 2 + (lon - self._lon) * _DEGREE * self._narrow * self._pixels
        y = _HEIGHT / 2 - (lat - self._lat) * _DEGREE * self._pixels
        return round(x, 1), round(y, 1)

    def place(self, one: Pin | Name) -> tuple[float, float]:
        """Where a point is drawn."""
        return self.at(one.lat, one.lon)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is in the picture."""
        return 0 <= x <= _WIDTH and 0 <= y <= _HEIGHT

    def scale(self) -> tuple[float, float]:
        """A round number of kilometres, and its length in pixels."""
        least = 60 / self._pixels
        kilometres = next((step for step in _STEPS if step >= least), _STEPS[-1])
        return kilometres, kilometres * self._pixels


def _apart(placed: Sequence[tuple[Pin, float, float]]) -> list[tuple[Pin, float, float]]:
    """Pins that would hide one another, put side by side around their place: numbers can all be read."""
    kept: list[tuple[Pin, float, float]] = []
    for one, x, y in placed:
        for step in range(_TRIES):
            turn, away = step * 2.399963, 9.0 * math.sqrt(step)  # the golden angle: an even spiral
            at = (
                min(max(x + away * math.cos(turn), 11), _WIDTH - 11),
                min(max(y + away * math.sin(turn), 11), _HEIGHT - 11),
            )
            if all((at[0] - a) ** 2 + (at[1] - b) ** 2 >= _CLEAR for _, a, b in kept):
                break
        kept.append((one, round(at[0], 1), round(at[1], 1)))
    return kept


def _mark(one: Pin, x: float, y: float) -> Markup:
    number = (
        Markup(
            '<text x="{x}" y="{y}" font-size="11" font-weight="600" text-anchor="middle" fill="var(--on-fill)">{n}</text>'
        ).format(x=x, y=round(y + 4, 1), n=one.number)
        if one.number
        else Markup("")
    )
    drawn = Markup(
        '<g fill="var(--link)"><title>{title}</title><circle cx="{x}" cy="{y}" r="{r}" stroke="var(--paper)" '
        'stroke-width="1.5"/>{number}</g>'
    ).format(title=one.title, x=x, y=y, r=10 if one.number else 6, number=number)
    if not one.url:
        return drawn
    return Markup('<a href="{url}" tabindex="-1">{drawn}</a>').format(url=one.url, drawn=drawn)


def _names(names: Sequence[Name], frame: _Frame, placed: Sequence[tuple[Pin, float, float]]) -> Markup:
    """Names above their places, the first ones first, none over another nor over a pin."""
    taken = [(x, y, 12.0 if one.number else 6.0) for one, x, y in placed]
    said: set[str] = set()
    written = Markup("")
    for one in names:
        x, y = frame.place(one)
        half, y = 4.0 * len(one.text), y - 14
        if one.text.casefold() in said or not (half < x < _WIDTH - half and 12 < y < _HEIGHT - 44):
            continue
        if any(abs(y - 4 - at_y) < 16 and abs(x - at_x) < half + other for at_x, at_y, other in taken):
            continue
        said.add(one.text.casefold())
        taken.append((x, y - 4, half))
        written += Markup('<text x="{x}" y="{y}">{text}</text>').format(x=x, y=round(y, 1), text=one.text)
    return written


def _land(frame: _Frame) -> Markup:
    """The outline of the country and the places of its towns, where the scale lets them be recognised."""
    if not frame.is_wide:
        return Markup("")
    drawn = Markup("").join(
        Markup('<path d="M{points}Z"/>').format(
            points="L".join(f"{x:g},{y:g}" for x, y in (frame.at(*corner) for corner in outline))
        )
        for outline in OUTLINES
        if any(frame.holds(*frame.at(*corner)) for corner in outline)
    )
    places = [frame.at(lat, lon) for _, lat, lon in TOWNS]
    dots = Markup("").join(
        Markup('<circle cx="{x}" cy="{y}" r="1.5"/>').format(x=x, y=y) for x, y in places if frame.holds(x, y)
    )
    return Markup('<g class="map-land">{drawn}</g><g fill="currentColor" fill-opacity="0.5">{dots}</g>').format(
        drawn=drawn, dots=dots
    )


def _ends(ring: Ring) -> tuple[Pin, Pin]:
    """South-west and north-east corners of the square around a circle."""
    high = ring.radius / _DEGREE
    wide = high / max(0.05, math.cos(math.radians(ring.lat)))
    return Pin(ring.lat - high, ring.lon - wide), Pin(ring.lat + high, ring.lon + wide)


def _ring(ring: Ring, frame: _Frame) -> Markup:
    x, y = frame.at(ring.lat, ring.lon)
    return Markup(
        '<circle class="map-ring" cx="{x}" cy="{y}" r="{r}"/><path class="map-centre" d="M{x} {top}v12M{left} {y}h12"/>'
    ).format(x=x, y=y, r=frame.pixels(ring.radius), top=round(y - 6, 1), left=round(x - 6, 1))
