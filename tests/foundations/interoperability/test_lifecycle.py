"""The life of a specification: the states, the only ways from one to another, and what is known of those that ship."""

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.catalogue import MODULES
from socle.foundations.interoperability.actions.specifications import Asked, chosen, shipped
from socle.foundations.interoperability.model import Certainty, Day, Layer, Move, Specification, State, Step
from socle.foundations.interoperability.rules import registry
from socle.foundations.interoperability.rules.lifecycle import TABLE, Condition, faults, possible, told, transition
from socle.kernel.pages.texts import texts_of

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 29)
STATES = [state for state in State if state is not State.UNKNOWN]
EVERY = frozenset(Condition)
ALLOWED = {
    (None, "draft"),
    ("draft", "draft"),
    ("draft", "public-comment"),
    ("public-comment", "public-comment"),
    ("public-comment", "trial-implementation"),
    ("public-comment", "final-text"),
    ("public-comment", "draft"),
    ("trial-implementation", "trial-implementation"),
    ("trial-implementation", "final-text"),
    ("trial-implementation", "public-comment"),
    ("trial-implementation", "deprecated"),
    ("trial-implementation", "draft"),
    ("final-text", "final-text"),
    ("final-text", "public-comment"),
    ("final-text", "trial-implementation"),
    ("final-text", "deprecated"),
    ("final-text", "draft"),
    ("deprecated", "withdrawn"),
}


def step(state: str, version: str = "1.0", on: str = "2025-01-10") -> Step:
    return Step(version, State(state), Day(on), Certainty.READ, "s")


def life(*steps: Step) -> Specification:
    return Specification("x", "X", "", Layer.SERVICE, "FHIR R4", "ANS", "", "", (), (), steps)


def move(state: str, version: str = "2.0", on: str = "2026-02-01", conditions: Any = EVERY, **more: str) -> Move:
    facts = {"source": "https://exemple.fr", "note": "parce que", **more}
    return Move(version, State(state), Day(on), facts["source"], facts["note"], frozenset(conditions))


def wrong(specification: Specification, asked: Move) -> list[str]:
    return [field for issue in faults(specification, asked, TODAY) for field in issue.expression]


@pytest.mark.parametrize("before", [None, *STATES])
@pytest.mark.parametrize("after", STATES)
def test_the_table_allows_these_ways_and_no_other(before: State | None, after: State) -> None:
    assert (transition(before, after) is not None) is ((before, after) in ALLOWED)


@pytest.mark.parametrize(
    "line", [one for one in TABLE if one.before is not None], ids=lambda one: f"{one.before}-{one.after}"
)
def test_each_way_may_be_taken_when_its_conditions_are_met_and_not_otherwise(line: Any) -> None:
    before = [step("trial-implementation", "0.9", "2024"), step(line.before)]
    version = "1.0" if line.after in (State.DEPRECATED, State.WITHDRAWN) else "2.0"
    assert faults(life(*before), move(line.after, version), TODAY) == []
    if set(line.conditions) - {Condition.TRIED, Condition.EXPLAINED}:
        assert wrong(life(*before), move(line.after, version, conditions=())) == ["conditions"]


def test_a_way_that_does_not_exist_is_refused_with_those_that_do() -> None:
    [issue] = faults(life(step("draft")), move("final-text"), TODAY)
    assert issue.rule == "CI-SIS, cycle de vie"
    assert "draft, public-comment" in issue.text.en


def test_final_text_asks_for_a_trial_in_the_history_whatever_is_attested() -> None:
    assert wrong(life(step("public-comment")), move("final-text")) == ["conditions"]
    tried = life(step("trial-implementation", "0.9", "2024"), step("public-comment"))
    assert wrong(tried, move("final-text")) == []


def test_a_return_to_trial_asks_for_a_note() -> None:
    assert wrong(life(step("final-text")), move("trial-implementation", note="")) == ["note"]


def test_each_publication_has_a_number_of_its_own_and_an_end_keeps_it() -> None:
    here = life(step("trial-implementation", "1.0"))
    assert wrong(here, move("trial-implementation", "1.0")) == ["version"]
    assert wrong(here, move("trial-implementation", "")) == ["version"]
    assert wrong(here, move("deprecated", "3.0")) == ["version"]
    assert wrong(here, move("deprecated", "1.0")) == []


def test_a_draft_beside_a_publication_does_not_change_the_state_and_may_be_published() -> None:
    here = life(step("trial-implementation", "1.0"), step("draft", "2.0", ""))
    assert here.current.version == "1.0"
    assert here.preparing is not None
    assert here.preparing.version == "2.0"
    assert wrong(here, move("trial-implementation", "2.0")) == []
    alone = life(step("draft", "0.1"))
    assert (alone.current.state, alone.preparing) == (State.DRAFT, None)


def test_dates_are_as_precise_as_they_are_known_past_and_in_order() -> None:
    here = life(step("draft", "0.1", "2026-03"))
    assert wrong(here, move("public-comment", on="2027")) == ["on"]
    assert wrong(here, move("public-comment", on="2026-12")) == ["on"]
    assert wrong(here, move("public-comment", on="2026-02-28")) == ["on"]
    assert wrong(here, move("public-comment", on="")) == ["on"]
    for on in ("2026", "2026-03", "2026-03-01", "2026-11-29"):
        assert wrong(here, move("public-comment", on=on)) == []


@pytest.mark.parametrize("text", ["26", "2026-13", "2026-02-30", "2026/02/03", "demain"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day"):
        Day(text)


def test_an_unknown_state_may_be_told_once_it_is_read_for_the_same_version_too() -> None:
    here = life(step("unknown", "1.0", ""))
    assert {one.after for one in possible(State.UNKNOWN)} == set(STATES)
    assert wrong(here, move("trial-implementation", "1.0", conditions=())) == []
    assert wrong(here, move("unknown", "1.1")) == ["state"]


def test_what_was_recorded_here_stands_before_what_came_after_it() -> None:
    ours = step("trial-implementation", "2.0", "2026-02")
    shipped = life(step("public-comment", "1.0", "2025"), step("trial-implementation", "3.0", "2026-06-01"))
    assert [one.version for one in told(shipped, [ours]).steps] == ["1.0", "2.0", "3.0"]
    assert [one.version for one in told(life(step("draft", "1.0", "")), [ours]).steps] == ["1.0", "2.0"]


@given(st.lists(st.tuples(st.sampled_from(STATES), st.sets(st.sampled_from(list(Condition)))), max_size=12))
def test_whatever_is_asked_a_life_is_a_path_of_the_table(asked: list[tuple[State, set[Condition]]]) -> None:
    here = life(step("draft", "0", "2020"))
    for number, (state, conditions) in enumerate(asked):
        version = here.current.version if state in (State.DEPRECATED, State.WITHDRAWN) else f"1.{number}"
        one = move(state, version, "2026-01", conditions)
        if not faults(here, one, TODAY):
            here = told(here, [Step(version, state, one.on, Certainty.RECORDED, "s")])
    states = [one.state for one in here.steps]
    if State.FINAL_TEXT in states:
        assert State.TRIAL_IMPLEMENTATION in states[: states.index(State.FINAL_TEXT)]
    if State.WITHDRAWN in states:
        assert states[states.index(State.WITHDRAWN) - 1] is State.DEPRECATED
        assert states[-1] is State.WITHDRAWN


def test_those_that_ship_name_chapters_and_modules_that_exist_and_say_where_each_step_was_read() -> None:
    chapters = {path.stem.split("-")[-1] for path in (ROOT / "doctrine/editions/2026/chapters").glob("*.md")}
    modules = {module.name for module in MODULES}
    texts = set(texts_of("socle.foundations.interoperability").keys())
    for one in shipped():
        assert set(one.chapters) <= chapters, one.id
        assert set(one.modules) <= modules, one.id
        assert {f"chapter.{chapter}" for chapter in one.chapters} <= texts, one.id
        assert all(each.source and each.certainty is not Certainty.RECORDED for each in one.steps), one.id
        dated = [each.on for each in one.steps if each.on]
        assert not any(later.before(sooner) for sooner, later in pairwise(dated)), one.id


def test_specifications_are_sought_by_words_state_layer_chapter_and_module() -> None:
    every = list(shipped())
    assert [one.id for one in chosen(every, Asked("evenements traçabilité"))] == ["tde"]
    assert {one.id for one in chosen(every, Asked(state=State.FINAL_TEXT))} == {"cds", "mesures"}
    assert {one.layer for one in chosen(every, Asked(layer=Layer.TRANSPORT))} == {Layer.TRANSPORT}
    assert all("ins" in one.chapters for one in chosen(every, Asked(chapter="ins")))
    assert all("services.dmp" in one.modules for one in chosen(every, Asked(module="services.dmp")))


GOOD = """
[[specification]]
id = "a"
title = "A"
summary = "s"
layer = "service"
standard = "FHIR R4"
publisher = "ANS"
chapters = []
modules = []
steps = [{ version = "1", state = "draft", on = "2026", certainty = "read", source = "s" }]
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('state = "draft"', 'state = "brouillon"', "state"),
        ('on = "2026"', 'on = "hier"', "on"),
        ('certainty = "read"', 'certainty = "sure"', "certainty"),
        ('layer = "service"', 'layer = "cave"', "layer"),
        ('title = "A"', 'titre = "A"', "unknown .'titre'."),
        ("modules = []", "", "missing .'modules'."),
        ('source = "s" }]', 'source = "s" }]' + GOOD, "given twice"),
        ("[[specification]]", "[[spec]]", "nothing else"),
    ],
)
def test_a_fault_of_the_file_is_named(before: str, after: str, said: str) -> None:
    assert registry.read(GOOD)[0].current.state is State.DRAFT
    with pytest.raises(ValueError, match=said):
        registry.read(GOOD.replace(before, after, 1))
