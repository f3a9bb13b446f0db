"""The search of an edition: French words, whatever their accents, their number or their ending."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.support.doctrine.rules.search import Entry, Index, Kind, passage, pieces

INS = Entry(Kind.CHAPTER, "ins", "ins", "Identité nationale de santé", "Qualifier l'identité avant de la partager.")
HOST = Entry(Kind.REQUIREMENT, "SEC-002", "security", "", "Les données hébergées le sont par un hébergeur certifié.")
MAIL = Entry(Kind.MILESTONE, "m1", "mssante", "", "Généralisation de la messagerie ; hébergement des boîtes.")
INDEX = Index([INS, HOST, MAIL])


def found(text: str) -> list[str]:
    return [hit.entry.id for hit in INDEX.find(INDEX.question(text))]


@pytest.mark.parametrize("typed", ["identité", "IDENTITES", "identites", "l'identité", "identit", "qualifiée"])
def test_accents_capitals_plural_and_endings_do_not_matter(typed: str) -> None:
    assert found(typed) == ["ins"]


@pytest.mark.parametrize("typed", ["hébergement", "hébergée", "heberge", "hébergés"])
def test_words_of_one_family_are_found_together(typed: str) -> None:
    assert set(found(typed)) == {"SEC-002", "m1"}


def test_every_word_is_wanted_and_little_words_are_not() -> None:
    assert found("les données des hébergeurs") == ["SEC-002"]
    assert found("données messagerie") == []
    assert found("de la") == []
    assert found("") == []


def test_one_word_is_enough_when_it_is_asked_so() -> None:
    hits = INDEX.find(INDEX.question("données messagerie"), every_word=False)
    assert {hit.entry.id for hit in hits} == {"SEC-002", "m1"}


def test_the_last_word_may_be_only_begun() -> None:
    assert found("certifi") == ["SEC-002"]
    assert found("messag boîtes") == []
    assert found("boîtes messag") == ["m1"]


def test_a_word_of_the_title_counts_more() -> None:
    index = Index([Entry(Kind.CHAPTER, "text", "", "", "santé"), Entry(Kind.CHAPTER, "title", "", "santé", "")])
    assert [hit.entry.id for hit in index.find(index.question("santé"))] == ["title", "text"]


def test_what_was_found_is_shown_as_it_is_written() -> None:
    cut = pieces(HOST.text, INDEX.question("donnee hebergement"))
    assert [piece.text for piece in cut if piece.found] == ["données", "hébergées"]
    assert "".join(piece.text for piece in cut) == HOST.text


def test_a_long_text_is_shown_where_the_words_are() -> None:
    text = "rien " * 200 + "la messagerie de santé " + "rien " * 200
    cut = passage(text, INDEX.question("messagerie"), most=100)
    assert [piece.text for piece in cut if piece.found] == ["messagerie"]
    shown = "".join(piece.text for piece in cut)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 110


@given(st.text(), st.text())
def test_whatever_is_typed_the_text_stays_whole(text: str, typed: str) -> None:
    index = Index([Entry(Kind.BLOCK, "b", "", "", text)])
    assert "".join(piece.text for piece in pieces(text, index.question(typed))) == text


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu"]), min_size=3, max_size=20))
def test_a_text_is_found_by_any_word_that_counts(word: str) -> None:
    index = Index([Entry(Kind.BLOCK, "b", "", "", word)])
    question = index.question(word)
    assert bool(index.find(question)) is bool(question.words)
