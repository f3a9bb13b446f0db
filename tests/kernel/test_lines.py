"""The lines of published files: each in its own encoding."""

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.lines import MARK, Decoder

PRINTED = st.text("aé€ÿŒ –Z", max_size=20)


@given(st.lists(st.tuples(PRINTED, st.sampled_from(["utf-8", "cp1252"])), max_size=10))
def test_a_file_that_holds_both_encodings_is_read(lines: list[tuple[str, str]]) -> None:
    # A text in Windows-1252 that happens to be UTF-8 too is read as UTF-8: nothing tells them apart.
    known = [(text, way) for text, way in lines if way == "utf-8" or not _is_utf8(text.encode("cp1252"))]
    file = BytesIO(b"".join(text.encode(way) + b"\n" for text, way in known))
    decoder = Decoder()
    assert list(decoder.lines(file)) == [f"{text}\n" for text, _ in known]
    assert decoder.other == sum(way == "cp1252" for _, way in known)


def test_what_was_met_is_remembered() -> None:
    decoder = Decoder()
    assert list(decoder.lines(BytesIO(MARK + "é\n".encode() + b"a\n\xe9\n\x81"))) == ["é\n", "a\n", "é\n", "\ufffd"]
    assert (decoder.line, decoder.utf8, decoder.other, decoder.first_other, decoder.ended) == (4, 1, 2, 3, False)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
