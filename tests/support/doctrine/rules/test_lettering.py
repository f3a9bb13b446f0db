"""How wide words are: longer is wider, bold is wider, what is shortened fits."""

from hypothesis import given
from hypothesis import strategies as st

from socle.support.doctrine.rules.lettering import shortened, width

texts = st.text("abcimwÉÀ MIW ’·", max_size=60)


@given(texts, texts)
def test_more_letters_are_wider(one: str, more: str) -> None:
    assert width(one + more, 13) >= width(one, 13)


@given(texts.filter(bool))
def test_bold_and_large_are_wider(text: str) -> None:
    assert width(text, 13, bold=True) > width(text, 13)
    assert width(text, 15) > width(text, 13)


def test_capitals_are_wider_than_small_letters() -> None:
    assert width("SNOMED CT", 13) > width("snomed ct", 13)


@given(texts, st.floats(0, 600), st.booleans())
def test_what_is_shortened_fits_and_says_so(text: str, room: float, bold: bool) -> None:
    short = shortened(text, room, 13, bold=bold)
    assert width(short, 13, bold=bold) <= room
    assert short == text or short == "" or short.endswith("…")
    assert text.startswith(short.removesuffix("…"))
