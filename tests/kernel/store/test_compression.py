"""Bodies are packed, and come back as they were, whatever dictionary they were packed with."""

from hashlib import sha256
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.store.compression import LATEST, Packer, dictionary_of, unpack

PACKERS = {number: Packer(number) for number in range(LATEST + 1)}
# A dictionary that changed would make what was packed with it unreadable: its print is kept here.
PRINTS = {1: "f9906f5760912493eeb4c02c3139b94521355abec718253c909ca8a8eac786c7"}


@pytest.mark.parametrize("number", PACKERS)
@given(data=st.binary(max_size=2_000) | st.sampled_from([b"", b"a" * 70_000, bytes(range(256)) * 300]))
def test_what_is_packed_comes_back(number: int, data: bytes) -> None:
    frame = PACKERS[number](data)
    assert dictionary_of(frame) == number
    assert unpack(frame) == data


def test_a_tombstone_is_nothing() -> None:
    assert unpack(b"") == b""


def test_dictionaries_never_change() -> None:
    folder = files("socle.kernel.store") / "dictionaries"
    found = {
        int(file.name.removesuffix(".zdict")): sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.name.endswith(".zdict")
    }
    assert found == PRINTS


def test_the_dictionary_is_worth_its_place() -> None:
    body = b'{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}}'
    assert len(PACKERS[LATEST](body)) < len(PACKERS[0](body)) / 2


def test_a_frame_of_an_unknown_dictionary_is_not_guessed() -> None:
    frame = bytearray(PACKERS[1](b"x" * 100))
    place = 5 if frame[4] & 0x20 else 6
    frame[place] = 200
    with pytest.raises(KeyError):
        unpack(bytes(frame))


def test_a_second_packer_does_not_break_the_first() -> None:
    first = Packer(LATEST)
    texts = [b'{"resourceType":"Patient","id":"%d"}' % number * 50 for number in range(200)]
    for text in texts:
        Packer(LATEST)  # another one, in the same process, while the first is in use
        assert unpack(first(text)) == text
