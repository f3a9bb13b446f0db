"""What an installation will do, decided before anything is written."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.fhir.packages import Manifest, Match, answering, closure, plan, precedence
from socle.kernel.outcome import Problem


def test_versions_are_ordered_as_semver_says() -> None:
    ordered = ["", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-ballot", "1.0.0-ballot2", "1.0.0-ballot10", "1.0.0", "1.2.0"]
    ordered += ["1.10.0", "2.0"]
    assert all(precedence(one) < precedence(other) for one, other in pairwise(ordered))
    assert precedence("1.0") == precedence("1.0.0")


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_text_has_its_place(one: str, other: str) -> None:
    assert (precedence(one) < precedence(other)) + (precedence(one) > precedence(other)) + (
        precedence(one) == precedence(other)
    ) == 1


@pytest.mark.parametrize(
    ("asked", "held", "version", "how"),
    [
        ("4.0.1", ["4.0.0", "4.0.1"], "4.0.1", "exact"),
        ("4.0.x", ["3.9.0", "4.0.0", "4.0.2", "4.1.0"], "4.0.2", "exact"),
        ("4.x", ["4.0.0", "4.1.0", "5.0.0"], "4.1.0", "exact"),
        ("latest", ["1.0.0", "2.0.0"], "2.0.0", "exact"),
        ("5.5.0", ["7.0.1"], "7.0.1", "near"),
        ("2.0.1", ["2.1.0", "2.2.0"], "2.1.0", "near"),  # the first later one of the family
        ("2.5.0", ["2.1.0", "2.2.0", "3.0.0"], "2.2.0", "near"),  # else its last
        ("1.1.0", ["2.1.0", "2.2.0"], "2.2.0", "near"),  # else the last of all
        ("5.3.0", ["5.3.0-ballot-tc1"], "5.3.0-ballot-tc1", "near"),
    ],
)
def test_the_version_that_answers(asked: str, held: list[str], version: str, how: str) -> None:
    assert answering(asked, held) == Match(version, how)  # type: ignore[arg-type] # one of the two words


def test_nothing_held_answers_nothing() -> None:
    assert answering("1.0.0", []) is None


A = Manifest("a", "1.0.0", dependencies={"b": "1.0.0", "c": "1.0.0"})
B = Manifest("b", "1.0.0", dependencies={"c": "1.0.0"})
C = Manifest("c", "1.0.0")


def test_dependencies_come_first_and_once() -> None:
    assert plan([A], [B, C], []).order == (C, B, A)


def test_what_is_installed_is_not_installed_again() -> None:
    decided = plan([A], [B, C], [("c", "1.0.0"), ("b", "1.0.0")])
    assert (decided.order, decided.missing, decided.near) == ((A,), (), ())


def test_what_is_at_hand_and_not_asked_for_stays_there() -> None:
    assert plan([C], [A, B], []).order == (C,)


def test_packages_that_depend_on_each_other() -> None:
    one, two = Manifest("x", "1", dependencies={"y": "1"}), Manifest("y", "1", dependencies={"x": "1"})
    assert sorted(each.name for each in plan([one], [two], []).order) == ["x", "y"]


def test_every_missing_dependency_is_named_with_who_asks() -> None:
    decided = plan([A], [B], [])
    assert [(one.by, one.name, one.asked) for one in decided.missing] == [
        ("a#1.0.0", "c", "1.0.0"),
        ("b#1.0.0", "c", "1.0.0"),
    ]
    with pytest.raises(Problem) as caught:
        decided.or_raise()
    for said in ("c 1.0.0", "a#1.0.0", "b#1.0.0", "--allow-missing"):
        assert said in caught.value.issues[0].text.en


def test_a_near_version_is_taken_and_said() -> None:
    decided = plan([B], [Manifest("c", "2.0.0")], []).or_raise()
    assert [one.id for one in decided.order] == ["c#2.0.0", "b#1.0.0"]
    assert [(one.asked, one.answer) for one in decided.near] == [("1.0.0", "2.0.0")]


def test_the_core_of_r4_is_never_missing() -> None:
    assert plan([Manifest("a", "1", dependencies={"hl7.fhir.r4.core": "4.0.1"})], [], []).or_raise().near == ()


def test_a_chain_of_dependencies_may_be_long() -> None:
    chain = [Manifest(f"p{n}", "1", dependencies={f"p{n + 1}": "1"}) for n in range(3000)]
    assert len(plan(chain[:1], [*chain[1:], Manifest("p3000", "1")], []).order) == 3001


def test_where_a_package_looks_for_definitions() -> None:
    held = {
        ("a", "1.0.0"): {"b": "1.0.0", "core": "2.1.0"},
        ("b", "1.0.0"): {"core": "2.2.0"},
        ("core", "2.1.0"): {},
        ("core", "2.2.0"): {},
        ("other", "1.0.0"): {},
    }
    assert closure("a", "1.0.0", held) == (("a", "1.0.0"), ("b", "1.0.0"), ("core", "2.1.0"), ("core", "2.2.0"))
