"""UCUM: what codes are worth."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.fhir.units import _DEFINED, unit

SAME = [
    ("g", "10*3.mg"),
    ("L", "dm3"),
    ("mmol/L", "umol/mL"),
    ("mm[Hg]", "m[Hg]/1000"),
    ("kg.m/s2", "N"),
    ("/min", "1/min"),
    ("10*9/L", "10*3/uL"),
    ("10^9/L", "10*9/L"),
    ("mL/min/{1.73_m2}", "mL/min"),
    ("{score}", "1"),
    ("kcal", "4184.J"),
    ("m2", "m.m"),
    ("s-1", "Hz"),
    ("[lb_tr]", "5760.[gr]"),
    ("KiBy", "8192.bit"),
    ("[foz_br]", "[gal_br]/160"),
    ("[lb_av]", "16.[oz_av]"),
    ("%", "1/100"),
    ("(m/s)/s", "m/s2"),
    ("2.[m/s2/Hz^0.5]/2", "[m/s2/Hz^0.5]"),
    ("[mi_us]", "5280.[ft_us]"),
    ("[acr_br]", "43560.[ft_br]2"),
    ("[bu_br]", "8.[gal_br]"),
    ("[cyd_i]", "27.[cft_i]"),
    ("[twp]", "36.[smi_us]"),
    ("Bi", "10.A"),
    ("10.dB[SPL]", "B[SPL]"),
    ("[car_Au]", "1/24"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_codes_are_worth_the_same(one: str, other: str) -> None:
    left, right = unit(one), unit(other)
    assert left is not None
    assert left == right


def test_arbitrary_units_convert_into_nothing_else() -> None:
    international, own = unit("k[IU]"), unit("[arb'U]")
    assert international is not None
    assert own is not None
    assert international.factor == 1000
    assert international.dimension != own.dimension


@pytest.mark.parametrize("code", ["", "foo", "mg/", "(m", "m)", "m99", "k[lb_av]", "Mg'", "kkg", " mg", "m" * 200])
def test_what_is_no_code_is_not_known(code: str) -> None:
    assert unit(code) is None


def test_every_unit_of_the_table_is_worth_something() -> None:
    assert [symbol for symbol in _DEFINED if unit(symbol) is None] == []


def test_temperatures_have_a_zero_of_their_own() -> None:
    celsius = unit("Cel")
    assert celsius is not None
    assert (37 + celsius.shift) * celsius.factor == Fraction("310.15")


@given(st.text(alphabet="mgLs10*^.-/()[]{}Hg ", max_size=30))
def test_any_text_is_a_unit_or_not(code: str) -> None:
    found = unit(code)
    assert found is None or found.factor > 0
