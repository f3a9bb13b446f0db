"""A chain that was touched says so, and says where."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.audit.anchor import Head
from socle.kernel.audit.chain import encode, genesis, link, subjects
from socle.kernel.audit.verify import Checker, Fault, Finding, Row

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def event(number: int, concerns: str = "") -> Event:
    trace = Trace("a", "A", "r", "", "api-key", "g", START + timedelta(seconds=number), "ins", "read", f"r{number}")
    return Event(trace, Action.READ, concerns=(concerns or f"Patient/{number % 3}",))


def row(n: int, happened: Event, previous: bytes) -> Row:
    body = encode(happened)
    return Row(n, happened.trace.at, subjects(happened), link(previous, 0, n, happened.trace.at, body), body)


def chained(length: int, events: Callable[[int], Event] = event) -> list[Row]:
    rows: list[Row] = []
    for n in range(1, length + 1):
        rows.append(row(n, events(n), rows[-1].hash if rows else genesis("ins")))
    return rows


def head(rows: Sequence[Row]) -> Head | None:
    return Head("ins", 0, rows[-1].n, rows[-1].hash) if rows else None


def findings(rows: Sequence[Row], last: Head | None, anchors: Sequence[Head] = ()) -> list[Finding]:
    found: list[Finding] = []
    checker = Checker("ins", 0, last, anchors, found.append)
    for each in sorted(rows, key=lambda r: r.n):
        checker.feed(each)
    checker.end()
    return found


def named(rows: Sequence[Row], last: Head | None, anchors: Sequence[Head] = ()) -> list[tuple[Fault, int, int]]:
    return [(f.fault, f.n, f.to) for f in findings(rows, last, anchors)]


TEN = chained(10)
END = head(TEN)


def with_row(n: int, changed: Row) -> list[Row]:
    return [changed if r.n == n else r for r in TEN]


@given(st.integers(0, 12))
def test_an_untouched_chain_has_nothing_to_say(length: int) -> None:
    rows = chained(length)
    anchors = [Head("ins", 0, r.n, r.hash) for r in rows[::3]]
    assert findings(rows, head(rows), anchors) == []


def test_a_changed_event_is_altered() -> None:
    other = encode(replace(event(5), detail="nothing to see"))
    assert named(with_row(5, replace(TEN[4], body=other)), END) == [(Fault.ALTERED, 5, 5)]


def test_a_changed_hash_is_altered() -> None:
    """Both links of that hash break: the one to the row before and the one to the row after."""
    assert named(with_row(5, replace(TEN[4], hash=bytes(32))), END) == [(Fault.ALTERED, 5, 5), (Fault.ALTERED, 6, 6)]


def test_an_event_changed_with_its_own_hash_no_longer_ties_to_the_next() -> None:
    forged = row(5, replace(event(5), detail="nothing"), TEN[3].hash)
    assert named(with_row(5, forged), END) == [(Fault.ALTERED, 6, 6)]


def test_the_last_event_changed_with_its_own_hash_no_longer_meets_the_head() -> None:
    forged = row(10, replace(event(10), detail="nothing"), TEN[8].hash)
    assert named(with_row(10, forged), END) == [(Fault.HEAD, 10, 10)]


def test_a_changed_time_is_named() -> None:
    later = TEN[4].at + timedelta(hours=1)
    assert named(with_row(5, replace(TEN[4], at=later)), END) == [(Fault.TIME, 5, 5)]


def test_changed_persons_are_named() -> None:
    """The index of persons is not hashed: it follows from what is."""
    assert named(with_row(5, replace(TEN[4], subjects=[])), END) == [(Fault.SUBJECTS, 5, 5)]


def test_a_row_removed_in_the_middle_is_missing() -> None:
    assert named(TEN[:4] + TEN[5:], END) == [(Fault.MISSING, 5, 5)]


def test_rows_removed_at_the_beginning_are_missing() -> None:
    assert named(TEN[3:], END) == [(Fault.MISSING, 1, 3)]


def test_rows_removed_at_the_end_are_known_from_the_head() -> None:
    assert named(TEN[:7], END) == [(Fault.TAIL_REMOVED, 8, 10)]


def test_rows_removed_at_the_end_with_the_head_set_back_are_known_from_the_anchors() -> None:
    assert named(TEN[:7], head(TEN[:7]), [Head("ins", 0, 9, TEN[8].hash)]) == [(Fault.TAIL_REMOVED, 8, 9)]


def test_a_whole_chain_removed_is_known_from_the_anchors() -> None:
    assert named([], None, [Head("ins", 0, 9, TEN[8].hash)]) == [(Fault.TAIL_REMOVED, 1, 9)]


def test_a_head_that_was_removed_is_named() -> None:
    assert named(TEN, None) == [(Fault.HEAD, 10, 10)]


@pytest.mark.parametrize(("one", "other"), [(5, 6), (3, 8), (1, 10), (9, 10)])
def test_two_rows_that_changed_places_are_named_with_the_rank_they_had(one: int, other: int) -> None:
    rows = list(TEN)
    rows[one - 1], rows[other - 1] = replace(TEN[other - 1], n=one), replace(TEN[one - 1], n=other)
    found = named(rows, head(sorted(rows, key=lambda r: r.n)))
    assert (Fault.REORDERED, one, other) in found
    assert (Fault.REORDERED, other, one) in found
    assert not any(fault is Fault.ALTERED for fault, _, _ in found)


def test_a_chain_rewritten_with_all_its_hashes_no_longer_passes_by_its_anchor() -> None:
    forged = TEN[:4] + chained(10, lambda n: event(n, "Patient/innocent"))[4:]
    rewritten = list(TEN[:4])
    for n, each in enumerate(forged[4:], start=5):
        rewritten.append(row(n, event(n, "Patient/innocent"), rewritten[-1].hash))
        assert each.n == n
    anchors = [Head("ins", 0, n, TEN[n - 1].hash) for n in (2, 4, 6, 8)]
    assert named(rewritten, head(rewritten)) == []
    assert named(rewritten, head(rewritten), anchors) == [(Fault.REWRITTEN, 5, 6)]


def test_a_chain_moved_to_another_register_is_refused() -> None:
    found: list[Finding] = []
    checker = Checker("sandbox", 0, Head("sandbox", 0, 1, TEN[0].hash), [], found.append)
    checker.feed(TEN[0])
    checker.end()
    assert [f.fault for f in found] == [Fault.ALTERED]


def test_what_was_chained_but_is_no_event_is_unreadable() -> None:
    body = b"not an event"
    rows = [Row(1, START, [], link(genesis("ins"), 0, 1, START, body), body)]
    assert named(rows, head(rows)) == [(Fault.UNREADABLE, 1, 1)]


def test_more_alterations_than_are_compared_are_still_all_named() -> None:
    rows = [replace(r, body=encode(replace(event(r.n), detail="x"))) for r in chained(300)]
    found = named(rows, head(rows))
    assert sorted(n for fault, n, _ in found if fault is Fault.ALTERED) == list(range(1, 301))


@given(st.integers(1, 9), st.data())
def test_whatever_row_is_touched_something_is_said(n: int, data: st.DataObject) -> None:
    touched = TEN[n - 1]
    kind = data.draw(st.sampled_from(["body", "hash", "at", "subjects", "remove"]))
    if kind == "remove":
        rows = [r for r in TEN if r.n != n]
    elif kind == "body":
        position = data.draw(st.integers(0, len(touched.body) - 1))
        changed = touched.body[:position] + bytes([touched.body[position] ^ 1]) + touched.body[position + 1 :]
        rows = with_row(n, replace(touched, body=changed))
    elif kind == "hash":
        rows = with_row(n, replace(touched, hash=data.draw(st.binary(min_size=32, max_size=32))))
    elif kind == "at":
        rows = with_row(n, replace(touched, at=touched.at + timedelta(microseconds=data.draw(st.integers(1, 10**9)))))
    else:
        rows = with_row(n, replace(touched, subjects=[*touched.subjects, data.draw(st.integers(-(2**63), 2**63 - 1))]))
    assert findings(rows, END) != []


def test_each_finding_says_in_both_languages_what_happened() -> None:
    for fault in Fault:
        said = Finding(fault, "ins", 0, 5, 7).text
        assert "5" in said.fr
        assert "5" in said.en
