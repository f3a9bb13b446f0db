"""What a concept is called. Source: FHIR R4 codesystem.html#designations."""

from collections.abc import Callable

import pytest

from socle.kernel.terminology.displays import are_languages, display, is_named, languages
from socle.kernel.terminology.ecl.evaluation import fold
from socle.kernel.terminology.entries import Entry, Name
from socle.kernel.terminology.words import asked, mentions, plain

HEART = Entry(
    1,
    1,
    "80891009",
    "Heart structure",
    names=(
        Name("Cœur", "fr", "s|synonym"),
        Name("structure cardiaque", "fr", "http://snomed.info/sct|900000000000548007"),
        Name("Herz", "de-CH"),
    ),
)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ((), "Heart structure"),
        (("fr",), "structure cardiaque"),
        (("fr-FR",), "structure cardiaque"),
        (("de",), "Herz"),
        (("it", "de"), "Herz"),
        (("it",), "Heart structure"),
        (("en-GB",), "Heart structure"),
    ],
)
def test_the_preferred_name_in_the_first_language_that_it_has(wanted: tuple[str, ...], shown: str) -> None:
    assert display(HEART, "en", wanted) == shown


def test_a_concept_whose_names_are_not_known_may_have_any() -> None:
    assert is_named(Entry(-1, 1, "rest"), "RESTful Operation")


def test_any_name_is_a_name_without_case() -> None:
    assert is_named(HEART, " cœur ")
    assert is_named(HEART, "HEART  structure")
    assert not is_named(HEART, "heart")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("fr", ("fr",)),
        ("en;q=0.5, fr-FR", ("fr-FR", "en")),
        ("*, fr;q=0", ()),
        ("", ()),
        ("fr;q=x, de", ("de",)),
        ("a" * 5000, ()),
    ],
)
def test_languages_are_read_best_first(said: str, read: tuple[str, ...]) -> None:
    assert languages(said) == read


def test_words_are_compared_without_accents_and_by_their_beginning() -> None:
    assert plain("L'Œuvre-Noël, 2e") == "l oeuvre noel 2e"
    assert mentions(HEART, asked("COEUR"))
    assert mentions(HEART, asked("card struct"))
    assert not mentions(HEART, asked("diaque"))
    assert len(asked("a " * 400)) == 12


@pytest.mark.parametrize(
    ("said", "wanted", "good"),
    [
        ("Herz", (), True),
        ("Herz", ("de",), True),
        ("Herz", ("fr",), False),
        ("Heart structure", ("en",), True),
        ("Heart structure", ("fr",), False),
        ("Heart structure", ("it",), True),  # no name in Italian: that of the system's own language
    ],
)
def test_a_name_may_have_to_be_of_a_language(said: str, wanted: tuple[str, ...], good: bool) -> None:
    assert is_named(HEART, said, "en", wanted) is good


def test_a_name_of_no_known_language_does_not_stand_in_the_way_of_the_display_that_is_shown() -> None:
    bone = Entry(1, 1, "b", "Os", names=(Name("Bone-1"), Name("Hueso", "es")))
    assert display(bone, "fr", ("de",)) == "Os"
    assert is_named(bone, "Os", "fr", ("de",))
    assert is_named(bone, "Bone-1", "fr", ("de",))
    assert not is_named(bone, "Os", "fr", ("es",))


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ("fr", True),
        ("fr-FR, en;q=0.5, *", True),
        ("zh-Hant-TW", True),
        ("français", False),
        ("en;q=2", False),
        ("", False),
    ],
)
def test_languages_are_written_as_in_accept_language(said: str, good: bool) -> None:
    assert are_languages(said) is good


@pytest.mark.parametrize("bare", [plain, fold])
def test_a_run_of_marks_takes_no_more_than_its_length(bare: Callable[[str], str]) -> None:
    assert bare("É" + "\u0301\u0316" * 1_000_000) == "e"  # hours, by the square of it
