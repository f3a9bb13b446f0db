"""The rules alone: no storage, no clock."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.outcome import Kind, Text
from socle.support.consultation.model import (
    LONGEST_TEXT,
    Anchor,
    Change,
    Consultation,
    ContributionKind,
    ModerationRule,
    Outcome,
    Returned,
    Rewording,
    State,
    Step,
    Submission,
)
from socle.support.consultation.rules import contributing, cycle, dispositions, drafting, moderation, themes
from socle.support.consultation.rules.cycle import STEPS, TRANSITIONS, Facts
from socle.support.consultation.rules.words import difference
from socle.support.doctrine.model import EditionStatus

OPENS = datetime(2026, 10, 5, tzinfo=UTC)
CLOSES = datetime(2026, 12, 18, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
PARTS = st.lists(st.sampled_from(["le ", "logiciel ", "contrôle\n", "  ", "dit.", "été ", "\n\n"]), max_size=40)


def consultation(step: Step = Step.OPEN, chapters: tuple[str, ...] = ()) -> Consultation:
    return Consultation("c", "2026", "2027", "Titre", "", chapters, OPENS, CLOSES, step)


def submission(text: str, rewording: Rewording | None = None) -> Submission:
    return Submission(Anchor("ins"), ContributionKind.REMARK, "Titre", text, rewording)


@given(PARTS.map("".join), PARTS.map("".join))
def test_the_pieces_of_a_difference_make_both_texts_again(before: str, after: str) -> None:
    pieces = difference(before, after)
    assert "".join(piece.text for piece in pieces if piece.fate != "added") == before
    assert "".join(piece.text for piece in pieces if piece.fate != "removed") == after


def test_a_difference_shows_the_words_that_change() -> None:
    pieces = [(piece.fate, piece.text) for piece in difference("Le logiciel contrôle.", "Le logiciel vérifie.")]
    assert pieces == [("same", "Le logiciel "), ("removed", "contrôle."), ("added", "vérifie.")]


@given(st.datetimes(datetime(2026, 9, 1), datetime(2027, 1, 31)), st.sampled_from(Step))  # noqa: DTZ001
def test_contributions_are_taken_in_the_window_of_an_open_consultation_only(moment: datetime, step: Step) -> None:
    now = moment.replace(tzinfo=UTC)
    decision = contributing.may_contribute(consultation(step), "ins", now=now)
    assert decision.allowed is (step is Step.OPEN and OPENS <= now < CLOSES)


def test_a_consultation_on_some_chapters_takes_them_and_the_whole() -> None:
    some = consultation(chapters=("ins",))
    assert [contributing.may_contribute(some, chapter, now=NOW).allowed for chapter in ("ins", "", "dmp")] == [
        True,
        True,
        False,
    ]


@given(st.text(max_size=200))
def test_a_text_is_taken_as_it_is_or_handed_back(text: str) -> None:
    try:
        tidy = contributing.tidied(submission(text))
    except Returned as problem:
        assert problem.yours == text  # noqa: PT017
        return
    assert contributing.tidied(tidy) == tidy
    assert tidy.text == contributing.plain(text)


@pytest.mark.parametrize(("length", "kind"), [(LONGEST_TEXT, None), (LONGEST_TEXT + 1, Kind.TOO_LARGE)])
def test_the_limit_of_a_text_is_what_it_says(length: int, kind: Kind | None) -> None:
    found = None
    try:
        contributing.tidied(submission("a" * length))
    except Returned as problem:
        found = problem.kind
    assert found is kind


@pytest.mark.parametrize("hidden", ["\0", "\x1b", "\u202e", "\u2066", "\ud800"])
def test_what_would_make_a_text_lie_is_refused(hidden: str) -> None:
    with pytest.raises(Returned) as caught:
        contributing.tidied(submission(f"avant{hidden}après"))
    assert f"U+{ord(hidden):04X}" in str(caught.value)


def test_a_rewording_that_changes_nothing_is_none() -> None:
    assert contributing.tidied(submission("Texte", Rewording("Même.", "Même. "))).rewording is None


@given(
    st.sampled_from(Outcome), st.sampled_from(State), st.sampled_from(Step), st.booleans(), st.booleans(),
    st.sampled_from([None, (1, "c", State.SHOWN, None), (2, "c", State.SHOWN, None), (2, "d", State.SHOWN, None),
                     (2, "c", State.HIDDEN, None), (2, "c", State.SHOWN, Outcome.DUPLICATE)]),
    st.booleans(),
)  # fmt: skip
def test_an_answer_is_coherent_or_refused(
    outcome: Outcome, state: State, step: Step, names_change: bool, change_known: bool,
    original: tuple[int, str, State, Outcome | None] | None, has_duplicates: bool,
) -> None:  # fmt: skip
    decision = dispositions.may_answer(
        outcome,
        id=1,
        consultation=consultation(step),
        state=state,
        change=7 if names_change else None,
        change_known=change_known,
        original=dispositions.Original(*original, original=3) if original else None,
        has_duplicates=has_duplicates,
    )
    takes = outcome in (Outcome.ACCEPTED, Outcome.PARTLY)
    whole = (names_change and change_known) if takes else not names_change
    if outcome is Outcome.DUPLICATE:
        whole = whole and original == (2, "c", State.SHOWN, None) and not has_duplicates
    assert decision.allowed is (whole and state is State.SHOWN and step in (Step.OPEN, Step.TREATMENT))


def test_what_moderation_may_do_is_published() -> None:
    assert set(moderation.RULES) == set(ModerationRule)
    assert [moderation.may_hide(state).allowed for state in State] == [True, False, False]
    assert [moderation.may_restore(state).allowed for state in State] == [False, True, False]


def test_the_table_of_the_cycle_leads_from_preparation_to_publication() -> None:
    reached = {Step.PREPARATION}
    for _ in Step:
        reached |= {one.target for one in TRANSITIONS if one.source in reached}
    assert reached == set(Step) == set(STEPS)
    assert not [one for one in TRANSITIONS if one.source is Step.PUBLISHED]
    assert len({one.name for one in TRANSITIONS}) == len(TRANSITIONS)


@pytest.mark.parametrize(
    ("transition", "step"), list(product(TRANSITIONS, Step)), ids=lambda one: getattr(one, "name", one)
)
def test_a_transition_starts_from_its_step_alone(transition: cycle.Transition, step: Step) -> None:
    prevented = cycle.prevented(transition, consultation(step), Facts(), NOW)
    assert (not prevented) is (transition.source is step)


def test_a_window_that_is_over_does_not_open_again() -> None:
    for name in ("open", "reopen"):
        wanted = cycle.transition(name)
        assert cycle.prevented(wanted, consultation(wanted.source), Facts(), CLOSES)
        assert not cycle.prevented(wanted, consultation(wanted.source), Facts(), CLOSES - timedelta(seconds=1))


def test_everything_that_prevents_a_freeze_is_told() -> None:
    facts = Facts(["C-1"], 3, [Text("edition.yaml:1 : faute", "edition.yaml:1: fault")])
    rules = [
        one.requirement for one in cycle.prevented(cycle.transition("freeze"), consultation(Step.TREATMENT), facts, NOW)
    ]
    assert rules == ["CONS-007", "CONS-018"]


STATEMENTS = """\
# Un commentaire
- id: INS-001
  statement: "Ce que dit la première."   # au bord
  force: must
- id: INS-002
  statement: >-
    Ce que dit
    la seconde.
  force: should
- id: INS-003
  statement: Simple
"""


@pytest.mark.parametrize(
    ("requirement", "before"),
    [("INS-001", "Ce que dit la première."), ("INS-002", "Ce que dit la seconde."), ("INS-003", "Simple")],
)
def test_a_statement_is_replaced_where_it_is_however_it_was_written(requirement: str, before: str) -> None:
    text, said = drafting.with_statement(STATEMENTS, requirement, 'Autre "chose" : dite.')
    assert said == before
    assert drafting.with_statement(text, requirement, "x")[1] == 'Autre "chose" : dite.'
    for other in {"INS-001", "INS-002", "INS-003"} - {requirement}:
        assert drafting.with_statement(text, other, "x")[1] == drafting.with_statement(STATEMENTS, other, "x")[1]
    assert text.startswith("# Un commentaire\n")


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=80))
def test_any_statement_is_read_again(statement: str) -> None:
    text, _ = drafting.with_statement(STATEMENTS, "INS-002", statement)
    assert drafting.with_statement(text, "INS-002", "x")[1] == " ".join(statement.split()).strip()


HEAD = """\
id: "2026"
title: Doctrine, édition 2026
status: current
published: "2026-06"
based_on: "2019"
note: >-
  Une note.
thanks: []
"""


def test_the_heading_of_the_next_edition_keeps_what_it_does_not_say() -> None:
    head = drafting.headed(
        HEAD, id="2027", based_on="2026", status=EditionStatus.CURRENT, published="2027-05", thanks=["Anne", 'B "b"']
    )
    assert head == (
        'id: "2027"\ntitle: Doctrine, édition 2027\nstatus: current\npublished: "2027-05"\nbased_on: "2026"\nnote: >-\n'
        '  Une note.\nthanks: ["Anne", "B \\"b\\""]\n'
    )
    draft = drafting.headed(HEAD, id="2027", based_on="2026", status=EditionStatus.DRAFT, published="", thanks=())
    assert "published" not in draft


def test_the_list_of_changes_replaces_the_one_before() -> None:
    change = Change(1, "c", "requirements/ins.yaml", "INS-005", "a", "b", "Pour <b>voir</b> [x](y)", NOW, (3, 4))
    once = drafting.with_changes("Texte.\n", [change], {})
    assert once == drafting.with_changes(once, [change], {})
    assert "<b>" not in once
    assert "](y" not in once
    assert "(C-3, C-4)" in once


def test_a_chapter_that_changed_is_told_by_its_title() -> None:
    change = Change(1, "c", "chapters/3-1-dmp.md", "", "a", "b", "Plus clair", NOW, (3,))
    files = {"chapters/3-1-dmp.md": "---\nid: dmp\ntitle: Dossier médical partagé (DMP)\n---\n## Contexte\n"}
    assert "- [Dossier médical partagé \\(DMP\\)](dmp) : Plus clair (C-3)" in drafting.with_changes("", [change], files)
    assert "`synthesis.md`" in drafting.with_changes(
        "", [Change(2, "c", "synthesis.md", "", "a", "b", "w", NOW, ())], files
    )


def test_a_word_that_everyone_uses_tells_nothing() -> None:
    assert themes.weight(10, 10) == 0.0
    assert themes.weight(10, 1) > themes.weight(10, 5) > 0


@given(st.lists(st.tuples(st.text(min_size=1, max_size=3), st.frozensets(st.integers(1, 12), min_size=1)), max_size=12))
def test_a_contribution_belongs_to_one_theme_at_most(words: list[tuple[str, frozenset[int]]]) -> None:
    found = themes.themes([themes.Word(*word) for word in words], 12, 5)
    members = [id for theme in found for id in theme.contributions]
    assert len(members) == len(set(members))
    assert len(found) <= 5
