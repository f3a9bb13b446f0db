"""Anchors: where every chain stood, hashed together, line by line."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.audit.anchor import FIRST, Anchor, Head, drop, from_line, to_line

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
heads = st.builds(
    Head,
    st.sampled_from(["ins", "house"]),
    st.integers(0, 9),
    st.integers(1, 2**62),
    st.binary(min_size=32, max_size=32),
)


@given(st.lists(heads, max_size=4))
def test_an_anchor_comes_back_from_its_line(found: list[Head]) -> None:
    anchor = drop(None, AT, found)
    line = to_line(anchor)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert from_line(line) == anchor
    assert from_line(line).is_whole


def test_anchors_follow_each_other() -> None:
    first = drop(None, AT, [])
    second = drop(first, AT, [])
    assert (first.n, first.previous) == (1, FIRST)
    assert (second.n, second.previous) == (2, first.hash)


@given(st.lists(heads, min_size=1, max_size=4, unique_by=lambda h: (h.schema, h.chain)))
def test_the_order_in_which_heads_come_does_not_count(found: list[Head]) -> None:
    assert drop(None, AT, found) == drop(None, AT, list(reversed(found)))


@pytest.mark.parametrize(
    "changed",
    [
        lambda a: replace(a, n=2),
        lambda a: replace(a, at=AT.replace(microsecond=1)),
        lambda a: replace(a, heads=()),
        lambda a: replace(a, heads=(replace(a.heads[0], hash=bytes(32)),)),
        lambda a: replace(a, heads=(replace(a.heads[0], n=8),)),
        lambda a: replace(a, previous=bytes(32)),
    ],
)
def test_an_anchor_that_was_changed_is_not_whole(changed: object) -> None:
    anchor = drop(None, AT, [Head("ins", 0, 9, b"\x01" * 32)])
    assert anchor.is_whole
    other: Anchor = changed(anchor)  # type: ignore[operator]
    assert not other.is_whole


@given(st.binary(max_size=100))
def test_garbage_is_no_anchor(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        from_line(line)


@pytest.mark.parametrize("line", [b"[]", b"{}", b"null", b'{"n":1}', to_line(drop(None, AT, []))[:-10]])
def test_half_a_line_is_no_anchor(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        from_line(line)
