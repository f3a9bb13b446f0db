"""Who practises at a place: the directory is gone through until enough are found, whatever narrows them."""

from typing import Any, cast

import pytest

from socle.foundations.care_offer.agenda.actions import placing
from socle.foundations.care_offer.agenda.actions.placing import MOST, PHYSICIAN, READ, Place, Registers
from socle.foundations.people.model import Professionnel, Trouves
from socle.kernel.policy import ANONYMOUS
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database


class Doctor:
    """A physician of the directory, as far as a place asks."""

    situations = ()

    def __init__(self, rank: int, specialty: str) -> None:
        self.id_nat, self.savoir_faire = f"8{rank}", (specialty,)


class Directory:
    """Physicians of one town: one in forty is a dermatologist. `asked`: the pages that were read."""

    def __init__(self, count: int) -> None:
        self.all = [Doctor(rank, "Dermatologie" if rank % 40 == 39 else "Médecine Générale") for rank in range(count)]
        self.asked: list[int] = []

    async def find(self, *_: Any, count: int, offset: int, **__: Any) -> Trouves:
        self.asked.append(offset)
        page = cast("list[Professionnel]", self.all[offset : offset + count])
        return Trouves(tuple(page), len(self.all) > offset + count)


def registers() -> Registers:
    """Registers that have a directory."""
    return Registers(cast(Database, None), cast(Repository, object()))


async def found(directory: Directory, monkeypatch: pytest.MonkeyPatch, specialty: str = "") -> tuple[list[str], bool]:
    monkeypatch.setattr(placing.people, "find", directory.find)
    some, more = await registers().professionals(Place("Lyon"), PHYSICIAN, specialty, by=ANONYMOUS)
    return [one.id_nat for one in some], more


async def test_a_specialist_past_the_first_hundred_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers, more = await found(Directory(450), monkeypatch, "dermatologie")
    assert numbers == [f"8{rank}" for rank in range(39, 450, 40)]
    assert not more


async def test_no_more_is_read_than_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    directory = Directory(5_000)
    numbers, more = await found(directory, monkeypatch)
    assert (len(numbers), more, directory.asked) == (MOST, True, [0, 100])


async def test_the_directory_is_not_gone_through_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    directory = Directory(5_000)
    numbers, more = await found(directory, monkeypatch, "Neurologie")
    assert (numbers, more, directory.asked[-1]) == ([], True, READ - 100)  # there may be some, further on
