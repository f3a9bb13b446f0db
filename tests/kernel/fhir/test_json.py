"""JSON is read and written exactly, or refused with its place."""

import json as standard
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.fhir.samples import synthea_bundles

from socle.kernel.fhir.json import parse, serialise
from socle.kernel.outcome import Kind, Problem


def refusal(data: bytes) -> str:
    with pytest.raises(Problem) as caught:
        parse(data)
    assert caught.value.kind is Kind.MALFORMED
    (issue,) = caught.value.issues
    assert issue.text.fr != issue.text.en
    return issue.text.en


# --- exactness ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["1.10", "0.00", "-0.0", "100.000", "1.0E+2", "0.0000001", "3.14159265358979323846264338"]
)
def test_a_decimal_comes_back_with_its_own_digits(text: str) -> None:
    assert serialise(parse(f'{{"value":{text}}}'.encode())) == f'{{"value":{text}}}'.encode()


def test_an_exponent_keeps_its_value_and_its_precision() -> None:
    assert parse(b"1E5") == Decimal("1E5")
    assert serialise(parse(b"1E5")) == b"1E+5"
    assert serialise(parse(b"1E-7")) == b"0.0000001"


def test_a_whole_number_is_an_int_however_large() -> None:
    text = b"[0,-7,2147483647,123456789012345678901234567890]"
    assert parse(text)[3] == 123456789012345678901234567890
    assert serialise(parse(text)) == text


def test_members_keep_their_order() -> None:
    text = b'{"b":1,"a":{"z":1,"y":2}}'
    assert serialise(parse(text)) == text


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_indented_text_says_the_same() -> None:
    value = {"a": [1, Decimal("2.50")], "b": {}}
    assert parse(serialise(value, pretty=True)) == value
    assert b'\n  "a": [\n    1,\n    2.50\n  ]' in serialise(value, pretty=True)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['":', ":", '"', "a:b", "\\", "é"]
)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(lambda d: abs(d.adjusted()) < 300)
scalars = st.none() | st.booleans() | st.integers() | decimals | texts


def tree(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4)


@given(st.recursive(scalars, tree, max_leaves=20))
def test_what_is_written_is_read_back_the_same(value: Any) -> None:
    again = parse(serialise(value))
    assert again == value
    assert serialise(again) == serialise(value)  # order, digits


# --- a member may not be written twice -----------------------------------------------------------------------------


class Pairs(list[tuple[str, Any]]):
    """An object whose members may repeat."""


names = st.sampled_from(["a", "b", "é", '":', ":", '"'])
with_repeats = st.recursive(
    st.integers(0, 9) | st.sampled_from([Decimal("1.50"), ":", '":', "a : b", '\\":']) | texts,
    lambda children: st.lists(children, max_size=3) | st.lists(st.tuples(names, children), max_size=4).map(Pairs),
    max_leaves=12,
)


def write(value: Any, data: st.DataObject) -> str:
    """A JSON text of `value`, with spaces and escapes drawn at random."""
    space = data.draw(st.sampled_from(["", "", " ", "\n\t"]))
    if isinstance(value, str):
        style = data.draw(st.sampled_from(["raw", "ascii", "all"]))
        if style == "all" and value.isascii():
            return '"' + "".join(f"\\u{ord(character):04x}" for character in value) + '"'
        return standard.dumps(value, ensure_ascii=style == "ascii")
    if isinstance(value, Pairs):
        members = [f"{space}{write(name, data)}{space}:{space}{write(item, data)}" for name, item in value]
        return "{" + f"{space},".join(members) + space + "}"
    if isinstance(value, list):
        return "[" + ",".join(f"{space}{write(item, data)}{space}" for item in value) + "]"
    return str(value)


def repeats(value: Any) -> bool:
    if isinstance(value, Pairs):
        return len({name for name, _ in value}) < len(value) or any(repeats(item) for _, item in value)
    return isinstance(value, list) and any(map(repeats, value))


@given(with_repeats, st.data())
def test_a_text_is_refused_exactly_when_a_member_is_written_twice(value: Any, data: st.DataObject) -> None:
    text = write(value, data).encode()
    if repeats(value):
        assert "is written twice in the same object" in refusal(text)
    else:
        assert parse(text) == standard.loads(text, parse_float=Decimal)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"a":1,"a":2}', "line 1, column 8"),
        (b'{"a" :1,\n  "a":2}', "line 2, column 3"),
        (b'{"a":1,"\\u0061":2}', "line 1, column 8"),
        (b'{"a":1,"a":"\\u0022:"}', "line 1, column 8"),
        (b'[{"a":1},{"b":{"c":1,"c":1}}]', "line 1, column 22"),
        (b'{"a":123456789012345678901234567890,"a":1}', "line 1, column 37"),
    ],
)
def test_a_member_written_twice_is_refused_at_its_place(text: bytes, place: str) -> None:
    assert place in refusal(text)


# --- what is no JSON -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the text is empty"),
        (b" \n", "the text is empty"),
        (b'{"a":[1,2', "ends too early"),
        (b'{"a":1,}', "line 1, column 7"),
        (b"[1,\n 2,\n x]", 'line 3, column 2: "x" is not expected'),
        (b'{"v":NaN}', "NaN and Infinity"),
        (b'{"v":-Infinity}', "NaN and Infinity"),
        (b'"\\ud800"', "half of a character"),
        (b'"a\n\xff"', "line 2, column 1: a byte is not UTF-8"),
        (b'"\x01"', "control character"),
        (b"[1] [2]", "line 1, column 5"),
        (b"1" * 5000, "number is too large"),
        (b"0." + b"1" * 5000, "number is too large"),
        (b"1E99999999999999999999", "number is too large"),
        (b"01", "line 1, column 1"),
        (b'\xef\xbb\xbf <Patient xmlns="http://hl7.org/fhir"/>', "this text is XML"),
        (b"[<]", '"<" is not expected'),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(text: bytes, said: str) -> None:
    assert said in refusal(text)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("times", [101, 300, 100_000])
def test_too_many_levels_are_refused_without_exhausting_anything(opening: bytes, times: int) -> None:
    closing = {b"[": b"]", b'{"a":': b"}", b'[{"a":': b"}]"}[opening]
    assert "more than 100 levels" in refusal(opening * times + b"1" + closing * times)
    assert "cannot be read" in refusal(opening * times)


def test_a_hundred_levels_are_read() -> None:
    assert parse(b"[" * 100 + b"1" + b"]" * 100)


def test_what_is_no_json_cannot_be_written() -> None:
    for value in (Decimal("NaN"), {"a": Decimal("Infinity")}, object(), "\ud800"):
        with pytest.raises(TypeError):
            serialise(value)


def test_synthea_bundles_come_back_equal() -> None:
    for name, text in synthea_bundles(8):
        assert standard.loads(serialise(parse(text)), parse_float=Decimal) == standard.loads(
            text, parse_float=Decimal
        ), name
