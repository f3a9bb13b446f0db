"""Maps made by the server: what is shown is in the picture, to scale, and nothing comes from outside."""

import re

from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.pages import TOWNS, Name, Pin, Ring, pins
from socle.kernel.pages.land import OUTLINES

places = st.builds(Pin, st.floats(-85, 85), st.floats(-179, 179), st.just("1"), st.text(max_size=10), st.just("/a"))


def test_nothing_to_show_is_no_map() -> None:
    assert pins([], "Carte", "fr") == ""


def test_north_is_up_and_east_is_right() -> None:
    said = pins([Pin(48.86, 2.35, "1"), Pin(48.90, 2.35, "2"), Pin(48.86, 2.45, "3")], "Carte", "fr")
    circles = {
        n: (float(x), float(y)) for x, y, n in re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="10".*?>(\d)</text>', said)
    }
    assert circles["2"][1] < circles["1"][1]
    assert circles["3"][0] > circles["1"][0]


def test_what_is_oceans_away_is_told_and_not_drawn() -> None:
    said = pins([Pin(48.8, 2.3, "1"), Pin(45.7, 4.8, "2"), Pin(-20.9, 55.4, "3")], "Carte", "fr")
    assert len(re.findall(r'r="10"', said)) == 2
    assert "(1 hors de la carte)" in said


@given(st.lists(places, min_size=1, max_size=20))
def test_pins_are_inside_and_texts_are_escaped(shown: list[Pin]) -> None:
    said = pins(shown, "<b>", "en", names=[Name(one.lat, one.lon, "<i>") for one in shown])
    assert "<b>" not in said
    assert "<i>" not in said
    for x, y in re.findall(r'cx="([-\d.]+)" cy="([-\d.]+)"', said):
        assert 0 <= float(x) <= 640
        assert 0 <= float(y) <= 420


def test_the_country_is_drawn_where_it_can_be_recognised_and_not_around_one_street() -> None:
    far = [Pin(48.86, 2.35, "1"), Pin(43.30, 5.38, "2")]
    near = [Pin(48.86, 2.35, "1"), Pin(48.87, 2.36, "2")]
    assert "map-land" in pins(far, "Carte", "fr")
    assert ">Lyon</text>" in pins(far, "Carte", "fr")
    assert "map-land" not in pins(near, "Carte", "fr")
    assert ">Paris</text>" not in pins(near, "Carte", "fr")


def test_a_place_alone_is_shown_in_its_region() -> None:
    assert ">Saint-Étienne</text>" in pins([Pin(45.758, 4.835)], "Carte", "fr")


def test_a_map_of_the_country_holds_all_of_the_mainland() -> None:
    said = pins([Pin(48.86, 2.35)], "Carte", "fr", country=True)
    corners = re.search(r'map-land"><path d="M([^Z]+)Z', said)
    assert corners
    for x, y in (pair.split(",") for pair in corners[1].split("L")):
        assert 0 <= float(x) <= 640
        assert 0 <= float(y) <= 420


def test_each_town_is_on_land() -> None:
    """The outline is coarse: a port may be some kilometres out at sea (0.12 degree)."""
    for town, lat, lon in TOWNS:
        near = [(lat + a, lon + b) for a in (-0.12, 0, 0.12) for b in (-0.12, 0, 0.12)]
        assert any(_inside(outline, point) for outline in OUTLINES for point in near), town


def _inside(outline: tuple[tuple[float, float], ...], point: tuple[float, float]) -> bool:
    lat, lon = point
    odd = False
    for (a, b), (c, d) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (b > lon) != (d > lon) and lat < (c - a) * (lon - b) / (d - b) + a:
            odd = not odd
    return odd


def test_the_circle_that_was_searched_is_whole_and_to_scale() -> None:
    said = pins([Pin(48.86, 2.35, "1")], "Carte", "fr", ring=Ring(48.86, 2.35, 20))
    found = re.search(r'map-ring" cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', said)
    assert found
    x, y, radius = map(float, found.groups())
    assert x - radius >= 0
    assert y - radius >= 0
    written, length = re.search(r'width="(\d+)" height="2"/><text[^>]*>([\d,]+)', said).group(2, 1)  # type: ignore[union-attr]
    assert abs(radius / 20 - float(length) / float(written.replace(",", "."))) < 0.2


def test_names_are_written_once_and_never_over_a_pin() -> None:
    shown = [Pin(45.76, 4.83, "1"), Pin(43.30, 5.38, "2")]
    said = pins(shown, "Carte", "fr", names=[Name(45.76, 4.83, "LYON")])
    assert len(re.findall(">lyon</text>", said, re.IGNORECASE)) <= 1
