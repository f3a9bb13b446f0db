"""Near-duplicates: found when most rare words are common, never because common words are."""

from hypothesis import given
from hypothesis import strategies as st

from socle.support.consultation.rules.alike import groups

WORDS = [f"mot{n}" for n in range(40)]
TEXTS = st.dictionaries(st.integers(1, 60), st.frozensets(st.sampled_from(WORDS), max_size=12), max_size=25)


def others(count: int) -> dict[int, frozenset[str]]:
    """Texts that have nothing in common, but one word that all of them hold."""
    return {100 + n: frozenset({"doctrine", *(f"seul{n}-{k}" for k in range(8))}) for n in range(count)}


def test_two_texts_of_the_same_rare_words_are_near() -> None:
    said = frozenset({"doctrine", "tiret", "apostrophe", "accent", "rejet", "guichet"})
    found = groups({1: said, 2: said | {"aussi"}, **others(20)})
    assert found == ((1, 2),)


def test_a_word_that_everyone_uses_makes_no_duplicate() -> None:
    assert groups(others(20)) == ()


def test_the_same_text_twice_is_a_duplicate_even_alone_in_its_consultation() -> None:
    said = frozenset({"tiret", "apostrophe"})
    assert groups({1: said, 2: said}) == ((1, 2),)


def test_a_group_gathers_around_the_text_that_most_resemble() -> None:
    middle = frozenset("abcdefgh")
    found = groups({1: frozenset("abcdef"), 2: middle, 3: frozenset("cdefgh"), **others(10)})
    assert found == ((1, 2, 3),)


@given(TEXTS)
def test_each_text_is_in_one_group_at_most_and_a_group_has_two(stems: dict[int, frozenset[str]]) -> None:
    found = groups(stems)
    members = [id for group in found for id in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 for group in found)
    assert set(members) <= set(stems)


@given(TEXTS)
def test_groups_do_not_depend_on_the_order_of_reading(stems: dict[int, frozenset[str]]) -> None:
    assert groups(stems) == groups(dict(reversed(stems.items())))


@given(TEXTS)
def test_the_largest_come_first(stems: dict[int, frozenset[str]]) -> None:
    sizes = [len(group) for group in groups(stems)]
    assert sizes == sorted(sizes, reverse=True)
