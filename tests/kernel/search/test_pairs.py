"""Two values that are frequent apart and rare together: which rows name who has both, and when they are walked."""

import pytest
from tests.kernel.search.conftest import REGISTER, Finder
from tests.kernel.search.test_asked_together import planned

from socle.kernel.fhir.definitions import r4
from socle.kernel.search.conditions import Walk
from socle.kernel.search.index import Indexer
from socle.kernel.search.pairs import Pairs
from socle.kernel.search.parameters import Parameters
from socle.kernel.search.register import Codes

Pair = tuple[str, str]
BOTH: tuple[Pair, ...] = (("name", "Marchand"), ("name", "Marie"))


def rows(**members: object) -> list[str]:
    """The values of the rows of pairs of a Patient."""
    keys = Indexer(REGISTER, r4()).keys({"resourceType": "Patient", "id": "1", **members})
    return sorted(value for _, value in keys.strings if "|" in value)


def test_each_two_texts_of_a_name_are_named_by_their_first_letters_in_one_order() -> None:
    assert rows(name=[{"family": "Marchand", "given": ["Jean", "Marie-Claire"]}]) == [
        "jean|marc",
        "jean|mari",
        "marc|mari",
    ]
    assert rows(name=[{"family": "Roy", "given": ["Jean"], "prefix": ["Dr"]}]) == []  # too short
    assert rows(name=[{"family": "Martin", "given": ["Martine"]}]) == ["mart|mart"]


def test_only_codes_of_the_shape_are_named_with_the_other() -> None:
    assert rows(gender="male", active=True) == ["male|true"]
    assert rows(gender="male", active=False) == []
    assert rows(active=True) == []


def test_pairs_are_kept_of_codes_that_are_kept_in_order_themselves() -> None:
    with pytest.raises(ValueError, match=r"Patient\.active"):
        Pairs("Patient", [Codes("active", "gender", "male")], Parameters(REGISTER, r4()).of("Patient"))


async def walk(finder: Finder, *pairs: Pair, share: float = 0.05) -> str:
    """The pair that is walked, "" when none is."""
    found = (await planned(finder, share, *pairs, paired=True)).walk
    return found.value if isinstance(found, Walk) and "|" in found.value else ""


async def test_two_names_are_walked_whichever_parameters_ask_them(finder: Finder) -> None:
    assert await walk(finder, *BOTH) == "marc|mari"
    assert await walk(finder, ("given", "Marie"), ("family", "Marchand")) == "marc|mari"
    assert await walk(finder, *BOTH, ("birthdate", "gt2000")) == "marc|mari"
    assert (await planned(finder, 0.05, *BOTH, paired=True)).settled


async def test_one_text_may_begin_as_both_names_do(finder: Finder) -> None:
    """Martine begins as Mart does, but Martin and Martel are two texts or none."""
    assert await walk(finder, ("name", "Martin"), ("family", "Martel")) == ""


async def test_short_names_sorted_pages_and_alternatives_are_not_walked(finder: Finder) -> None:
    assert await walk(finder, ("name", "Roy"), ("name", "Marie")) == ""
    assert await walk(finder, ("name:contains", "Marchand"), ("name", "Marie")) == ""
    assert await walk(finder, ("name", "Marchand,Petit"), ("name", "Marie")) == ""
    assert await walk(finder, *BOTH, ("_sort", "birthdate")) == ""


async def test_what_leads_to_few_rows_is_looked_up_instead(finder: Finder) -> None:
    assert await walk(finder, *BOTH, ("_id", "p1")) == ""
    assert await walk(finder, *BOTH, ("identifier", "42"), share=0.0) == ""
    assert await walk(finder, *BOTH, share=0.0) == "marc|mari"


async def test_two_codes_are_walked_with_or_without_their_systems(finder: Finder) -> None:
    assert await walk(finder, ("gender", "male"), ("active", "true")) == "male|true"
    assert await walk(finder, ("gender", "|MALE"), ("active", "true")) == "male|true"
    assert await walk(finder, ("gender", "male"), ("active", "false")) == ""
    assert await walk(finder, ("gender:not", "male"), ("active", "true")) == ""


async def test_the_beginning_of_another_name_that_is_asked_asks_nothing_more(finder: Finder) -> None:
    found = await planned(finder, 0.005, ("name", "Martine"), ("name", "Martinez"), ("name", "martinez"), paired=True)
    assert len(found.conditions) == 1
    assert found.walk is not None
    assert found.walk.value == "martinez"
    assert len((await planned(finder, 0.005, ("family", "Martine"), ("given", "Martinez"))).conditions) == 2
