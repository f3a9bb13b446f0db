"""Codes given twice and parents that do not exist, named by their lines."""

import pytest

from socle.foundations.terminologies.loaders.sifting import sifted
from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.model import Concept, Head, Loaded
from socle.kernel.outcome import Problem


def loaded(*concepts: Concept, exact: bool = True) -> Loaded:
    return Loaded(Head("u", "", {"caseSensitive": exact}), iter(concepts), told={"file": "f"})


GOOD = (Concept("A", line=1), Concept("B", parents=("A", "C"), line=2), Concept("C", line=3))


@pytest.mark.parametrize("keep_going", [True, False])
def test_good_concepts_pass_in_their_order(keep_going: bool) -> None:
    assert list(sifted(loaded(*GOOD), Watch(keep_going=keep_going))) == list(GOOD)


def test_a_code_given_twice_is_left_out_and_both_lines_are_told() -> None:
    watch = Watch(keep_going=True)
    assert list(sifted(loaded(*GOOD, Concept("A", display="again", line=9)), watch)) == list(GOOD)
    [fault] = watch.faults
    assert (fault.line, fault.rule) == (9, "code-twice")
    assert "ligne 1" in fault.text.fr


def test_where_case_does_not_matter_two_cases_are_one_code() -> None:
    watch = Watch(keep_going=True)
    concepts = list(sifted(loaded(Concept("a"), Concept("A"), Concept("B", parents=("A",)), exact=False), watch))
    assert [concept.code for concept in concepts] == ["a", "B"]
    assert [fault.rule for fault in watch.faults] == ["code-twice"]


def test_a_link_to_a_parent_that_does_not_exist_is_cut() -> None:
    watch = Watch(keep_going=True)
    concepts = list(sifted(loaded(Concept("A"), Concept("B", parents=("A", "Z"), line=5)), watch))
    assert concepts[1].parents == ("A",)
    assert [(fault.line, fault.rule) for fault in watch.faults] == [(5, "parent-unknown")]


@pytest.mark.parametrize("wrong", [Concept("A", line=4), Concept("D", parents=("Z",), line=4)])
def test_otherwise_the_whole_is_refused(wrong: Concept) -> None:
    with pytest.raises(Problem, match="f:4"):
        list(sifted(loaded(*GOOD, wrong), Watch()))
