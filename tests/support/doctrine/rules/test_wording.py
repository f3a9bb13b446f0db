"""Two wordings compared word by word."""

from hypothesis import given
from hypothesis import strategies as st

from socle.support.doctrine.rules.wording import MOST_TOKENS, Change, Words, compare

SAME, ADDED, REMOVED = Change.SAME, Change.ADDED, Change.REMOVED


def test_a_word_that_changes_is_removed_then_added() -> None:
    assert compare("Au 1er janvier 2020.", "Au 1er janvier 2021.") == (
        Words(SAME, "Au 1er janvier "),
        Words(REMOVED, "2020"),
        Words(ADDED, "2021"),
        Words(SAME, "."),
    )


def test_words_that_change_side_by_side_are_one_change() -> None:
    assert compare("un logiciel libre", "des services libres") == (
        Words(REMOVED, "un logiciel libre"),
        Words(ADDED, "des services libres"),
    )


def test_what_is_alike_has_no_change() -> None:
    assert compare("Inchangé.", "Inchangé.") == (Words(SAME, "Inchangé."),)


def test_a_text_that_begins_or_ends_is_all_added_or_all_removed() -> None:
    assert compare("", "Nouveau.") == (Words(ADDED, "Nouveau."),)
    assert compare("Ancien.", "") == (Words(REMOVED, "Ancien."),)


def test_very_long_texts_are_given_whole_rather_than_compared_for_minutes() -> None:
    before, after = "a " * MOST_TOKENS, "b " * MOST_TOKENS
    assert [words.change for words in compare(before, after)] == [REMOVED, ADDED]


@given(st.text(alphabet="ab .é'\n_"), st.text(alphabet="ab .é'\n_"))
def test_both_wordings_can_be_read_in_the_comparison(before: str, after: str) -> None:
    changes = compare(before, after)
    assert "".join(words.text for words in changes if words.change is not ADDED) == before
    assert "".join(words.text for words in changes if words.change is not REMOVED) == after
