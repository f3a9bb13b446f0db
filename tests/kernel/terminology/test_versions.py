"""Which version is meant. Source: FHIR R4 references.html#canonical."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.outcome import Problem
from socle.kernel.terminology.entries import Edition
from socle.kernel.terminology.versions import matches, newest, order, rules, split


@pytest.mark.parametrize(
    "ascending",
    [
        ["1.2", "1.9", "1.10", "2.0"],
        ["2.0.0-ballot", "2.0.0"],
        ["20230101120000", "20240126120000"],
        ["2023-12", "2024-03"],
        ["2014-03-26", "2018-08-12", "2.0.0", "9.0.0"],
        ["http://snomed.info/sct/11000315107/version/20231113", "http://snomed.info/sct/11000315107/version/20240513"],
    ],
)
def test_versions_are_ordered_as_readers_order_them(ascending: list[str]) -> None:
    found = ascending[::-1]
    found.sort(key=order)
    assert found == ascending


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_versions_can_be_compared(a: str, b: str) -> None:
    assert order(a) <= order(b) or order(b) < order(a)


@pytest.mark.parametrize(
    ("wanted", "version", "fits"),
    [
        ("", "1", True),
        ("1", "1", True),
        ("1", "1.0", False),
        ("1.x", "1.4.2", True),
        ("1.x", "2.0", False),
        ("1.*.2", "1.4.2", True),
    ],
)
def test_what_is_wanted_may_leave_parts_open(wanted: str, version: str, fits: bool) -> None:
    assert matches(wanted, version) is fits


def test_one_in_force_is_taken_before_a_newer_draft() -> None:
    editions = [Edition(1, "u", "1", status="active"), Edition(2, "u", "2", status="draft"), Edition(3, "u", "0")]
    assert newest(editions) == editions[0]
    assert newest(editions, "2") == editions[1]
    assert newest(editions, "9") is None
    assert newest([]) is None


def test_rules_are_written_as_canonicals() -> None:
    said = rules(["u|1"], ["v|2"], ["w|3"])
    assert said.chosen("u", "") == "1"
    assert said.chosen("u", "5") == "5"
    assert said.chosen("w", "5") == "3"
    assert split("http://x|1#2") == ("http://x", "1#2")
    with pytest.raises(Problem, match="system-version"):
        rules(["u"])


def test_a_version_left_open_takes_the_one_that_the_caller_prefers_when_it_fits() -> None:
    said = rules(["u|1.4"])
    assert said.chosen("u", "1.x") == "1.4"
    assert said.chosen("u", "2.x") == "2.x"


def test_a_version_left_open_is_that_of_the_caller() -> None:
    assert rules(["u|1.2"]).chosen("u", "1.x") == "1.2"
    assert rules(check=["u|1.2"]).chosen("u", "1.x") == "1.2"
    assert rules(check=["u|2.0"]).chosen("u", "1.x") == "1.x"


def test_rules_hold_for_all_the_names_of_a_system() -> None:
    said = rules(["u|1"], ["u|1"], ["v|3"]).by_all(lambda name: ["u", "oid"] if name in ("u", "oid") else [name])
    assert (said.chosen("oid", ""), said.chosen("v", "9")) == ("1", "3")
    with pytest.raises(Problem):
        said.accept(Edition(1, "u", "2"), "oid")
