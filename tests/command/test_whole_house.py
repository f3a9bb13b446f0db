"""The code of a whole house is read without looking for garbage in it; then the collection is as it was."""

import gc
from collections.abc import Iterator

import pytest

from socle.command.whole_house import read_at_once


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    gc.enable()


def test_nothing_is_collected_meanwhile_and_all_is_afterwards() -> None:
    with read_at_once():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collection_comes_back_although_the_reading_failed() -> None:
    with pytest.raises(ImportError), read_at_once():
        raise ImportError
    assert gc.isenabled()


def test_whoever_had_no_collection_is_given_none() -> None:
    gc.disable()
    with read_at_once():
        pass
    assert not gc.isenabled()
