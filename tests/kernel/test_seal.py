"""Secrets that the house must show again are sealed, for one use, with a key that is not beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.seal import Seal, Unsealable

SEAL = Seal(bytes(range(32)))


@given(st.text(max_size=200), st.text(max_size=60))
def test_what_is_sealed_opens_for_the_same_use(secret: str, bound: str) -> None:
    assert SEAL.open(SEAL.close(secret, bound=bound), bound=bound) == secret


def test_nothing_of_the_secret_shows_in_what_is_sealed() -> None:
    sealed = SEAL.close("cle-tres-secrete", bound="a")
    assert b"secrete" not in sealed
    assert sealed != SEAL.close("cle-tres-secrete", bound="a")  # sealed twice, not recognised


def test_another_use_another_key_or_a_changed_octet_do_not_open() -> None:
    sealed = SEAL.close("cle", bound="a")
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for other, text, bound in [(SEAL, sealed, "b"), (Seal.fleeting(), sealed, "a"), (SEAL, changed, "a")]:
        with pytest.raises(Unsealable):
            other.open(text, bound=bound)


@pytest.mark.parametrize("text", [b"", b"\x01", b"cle-en-clair", b"\x02" + bytes(40)])
def test_what_was_never_sealed_does_not_open(text: bytes) -> None:
    with pytest.raises(Unsealable):
        SEAL.open(text, bound="a")


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        Seal(b"short")
