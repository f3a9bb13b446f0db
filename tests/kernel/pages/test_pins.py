"""Maps made by the server: what is shown is in the picture, to scale, and nothing comes from outside."""

import re

from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.pages import Name, Pin, pins

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
    assert said.count("<circle") == 2
    assert "(1 hors de la carte)" in said


@given(st.lists(places, min_size=1, max_size=20))
def test_pins_are_inside_and_texts_are_escaped(shown: list[Pin]) -> None:
    said = pins(shown, "<b>", "en", names=[Name(one.lat, one.lon, "<i>") for one in shown])
    assert "<b>" not in said
    assert "<i>" not in said
    for x, y in re.findall(r'cx="([-\d.]+)" cy="([-\d.]+)"', said):
        assert 0 <= float(x) <= 640
        assert 0 <= float(y) <= 340
