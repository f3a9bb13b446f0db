"""Messages of HL7 v2: values where the standard says they are, escapes both ways, what is no message said with its place."""

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.hl7v2 import Broken, Place, escape, parse, unescape

MSH = "MSH|^~\\&|GAM|CHU|MPI|REGION|20261129101500||ADT^A28^ADT_A05|42|P|2.5^FRA^2.11"
PID = "PID|||77^^^CHU&1.2.250.1.999.1&ISO^PI~88^^^X&1.2.3&ISO^PI||D'ARTAGNAN^PIERRE-ALAIN^PIERRE-ALAIN LOUIS^^^^L"


def message(*segments: str, encoding: str = "utf-8") -> bytes:
    return "\r".join([*segments, ""]).encode(encoding)


def test_a_value_is_found_by_field_repetition_component_and_subcomponent() -> None:
    pid = parse(message(MSH, PID)).first("PID")
    assert pid is not None
    assert pid.repetitions(3) == 2
    assert pid.get(3) == "77"
    assert pid.get(3, 4, 2, repetition=2) == "1.2.3"
    assert pid.get(5, 7) == "L"
    assert (pid.get(30), pid.get(3, 9), pid.get(3, repetition=9), pid.repetitions(4)) == ("", "", "", 0)


def test_the_first_fields_of_msh_are_the_separators() -> None:
    header = parse(message(MSH)).header
    assert header.fields[1:3] == ("|", "^~\\&")
    assert (header.get(9, 2), header.get(12, 2), parse(message(MSH)).control_id) == ("A28", "FRA", "42")


def test_other_separators_are_obeyed() -> None:
    pid = parse(b"MSH#*!?@#A#B\rPID###1*2!3*4@5").first("PID")
    assert pid is not None
    assert (pid.get(3, 2), pid.get(3, 2, 2, repetition=2)) == ("2", "5")


def test_null_is_read_as_empty() -> None:
    pid = parse(message(MSH, 'PID|||""')).first("PID")
    assert pid is not None
    assert pid.get(3) == ""


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_segments_may_end_as_files_do(end: str) -> None:
    assert [one.name for one in parse(end.join([MSH, PID, ""]).encode()).segments] == ["MSH", "PID"]


def test_segments_of_a_name_are_counted() -> None:
    assert [one.sequence for one in parse(message(MSH, PID, "NK1|1", PID)).named("PID")] == [1, 2]


@pytest.mark.parametrize(("charset", "encoding"), [("8859/1", "latin-1"), ("UNICODE UTF-8", "utf-8"), ("", "utf-8")])
def test_the_character_set_is_the_one_of_msh_18(charset: str, encoding: str) -> None:
    pid = parse(message(f"{MSH}||||||{charset}", "PID|||é", encoding=encoding)).first("PID")
    assert pid is not None
    assert pid.get(3) == "é"


@pytest.mark.parametrize(
    ("data", "place", "code"),
    [
        (b"", "MSH", 100),
        (b"PID|1", "MSH", 100),
        (b"MSH||||||", "MSH-2", 102),
        (b"MSH|^~~&|A", "MSH-2", 102),
        (message(MSH, "not a segment"), "MSH(2)", 100),
        (message(f"{MSH}||||||KLINGON"), "MSH-18", 103),
        (message(MSH, "PID|||é", encoding="latin-1"), "MSH-18", 102),
    ],
)
def test_what_is_no_message_is_refused_with_its_place(data: bytes, place: str, code: int) -> None:
    with pytest.raises(Broken) as caught:
        parse(data)
    assert (str(caught.value.place), caught.value.code) == (place, code)


def test_the_number_of_a_broken_message_is_known_when_msh_can_be_read() -> None:
    with pytest.raises(Broken) as caught:
        parse(message(MSH, "not a segment"))
    assert caught.value.control_id == "42"


def test_a_place_is_said_as_people_say_it() -> None:
    assert str(Place("PID", 1, 3, 2, 4, 1)) == "PID-3(2).4.1"


@given(st.text())
def test_what_is_escaped_is_one_value_and_comes_back(text: str) -> None:
    kept = escape(text)
    assert unescape(kept) == text
    assert not set(kept) & set("|^~&\r\n")


@given(st.text(alphabet="\\FSTREXabé0.br"))
def test_any_value_is_unescaped_without_fail(text: str) -> None:
    assert isinstance(unescape(text), str)


VALUES = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="|^~&\\"))


@given(st.lists(st.lists(st.lists(VALUES, min_size=1, max_size=3), min_size=1, max_size=3), min_size=1, max_size=6))
def test_values_are_where_the_oracle_finds_them(fields: list[list[list[str]]]) -> None:
    raw = "|".join("~".join("^".join(components) for components in repetitions) for repetitions in fields)
    text = f"{MSH}\rZZZ|{raw}|x"  # the last field keeps the oracle from stripping
    ours = parse(text.encode()).first("ZZZ")
    theirs = hl7.parse(text).segment("ZZZ")
    assert ours is not None
    for f, repetitions in enumerate(fields, start=1):
        for r, components in enumerate(repetitions, start=1):
            for c in range(1, len(components) + 1):
                found = theirs.extract_field(1, f, r, c) if any(components) else ""
                value = ours.get(f, c, repetition=r)
                assert value == ("" if found in (None, '""') else found)


@given(st.binary(max_size=400).map(lambda tail: MSH.encode() + b"\r" + tail))
def test_anything_is_read_or_refused_never_otherwise(data: bytes) -> None:
    try:
        read = parse(data)
    except Broken:
        return
    for segment in read.segments:
        segment.get(3, 2, repetition=2)
