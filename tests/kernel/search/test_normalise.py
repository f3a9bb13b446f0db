"""Strings as a French reader compares them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.search.normalise import normalise
from socle.kernel.search.reference_values import simplified


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("MARTIN", "martin"),
        ("Hélène", "helene"),
        ("Lœuvre", "loeuvre"),
        ("LŒUVRE", "loeuvre"),
        ("Ægidius", "aegidius"),
        ("Strauß", "strauss"),
        ("Marie-Claude", "marie claude"),
        ("d'Aubigné", "d aubigne"),
        ("d’Aubigné", "d aubigne"),
        ("  Saint   Étienne ", "saint etienne"),
        ("e\u0301lodie", "elodie"),
        ("Ñuñez", "nunez"),
        ("ﬁn", "fin"),
        ("Ⅳ", "iv"),
        ("42, rue", "42 rue"),
        ("-'’.", ""),
    ],
)
def test_case_accents_ligatures_and_hyphens_do_not_count(written: str, compared: str) -> None:
    assert normalise(written) == compared


def test_a_run_of_marks_takes_no_more_than_its_length() -> None:
    assert normalise("e" + "\u0301\u0316" * 1_000_000) == "e"  # hours, by the square of it


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_upper_case_is_found_by_lower_case(text: str) -> None:
    assert normalise(text.upper()) == normalise(text.upper().lower())


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x24F)))
def test_letter_by_letter_gives_the_same(text: str) -> None:
    assert normalise(text) == simplified(text)
