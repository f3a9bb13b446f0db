"""The line and the column of an issue in its source."""

import pytest

from socle.kernel.fhir.validation import CoreCodes, Shelf, Source, judge_text, with_places
from socle.kernel.outcome import Issue, Text

JSON = """{
  "resourceType": "Bundle",
  "entry": [
    {"resource": {"resourceType": "Patient",
      "é": "ü", "name": [{"family": "A"}, {"given": ["B",
        "C"]}],
      "_birthDate": {"extension": [{"url": "x"}]},
      "deceasedBoolean": false}}
  ]
}
""".encode()
XML = b"""<Bundle xmlns="http://hl7.org/fhir">
  <entry><resource>
    <Patient><name><family value="A"/></name>
      <name><given value="B"/>
        <given value="C"/></name>
      <birthDate><extension url="x"/></birthDate>
      <deceasedBoolean value="false"/>
    </Patient></resource></entry>
</Bundle>
"""


@pytest.mark.parametrize(
    ("expression", "json", "xml"),
    [
        ("Bundle", (1, 1), (1, 1)),
        ("Bundle.entry[0]", (4, 5), (2, 3)),
        ("Bundle.entry[0].resource.name[1].given[1]", (6, 9), (5, 9)),
        ("Bundle.entry[0].resource.name[0].family", (5, 27), (3, 20)),
        ("Bundle.entry[0].resource.birthDate.extension[0]", (7, 36), (6, 18)),
        ("Bundle.entry[0].resource.deceased", (8, 7), (7, 7)),
        ("Bundle.entry[0].resource.name[0].period.start", (5, 26), (3, 14)),
    ],
)
def test_an_element_is_found_where_it_is_written(expression: str, json: tuple[int, int], xml: tuple[int, int]) -> None:
    issue = Issue(Text("", ""), (expression,))
    for data, place in ((JSON, json), (XML, xml)):
        (placed,) = with_places([issue], data)
        assert (placed.line, placed.column) == place


@pytest.mark.parametrize("data", [b"", b"[", b"{]", b"<a>", b"<!DOCTYPE a><a/>", b'{"a":' * 5000])
def test_a_text_that_cannot_be_gone_through_places_nothing_far(data: bytes) -> None:
    (placed,) = with_places([Issue(Text("", ""), ("Patient.name",))], data)
    assert placed.line in (0, 1)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"resourceType": "Patient",\n "active": true,}', (2, 16)),
        (b'{"resourceType": "Patient",\n "id": "a", "id": "b"}', (2, 13)),
        (b'<Patient xmlns="http://hl7.org/fhir">\n <birthDat value="1984"/>\n</Patient>', (2, 2)),
        (b'<Patient xmlns="http://hl7.org/fhir">\n <id></Patient>', (2, 8)),
    ],
)
def test_a_text_that_cannot_be_read_says_where(text: bytes, place: tuple[int, int]) -> None:
    shelf = Shelf()
    [issue, *_] = judge_text(Source("a", text), shelf, CoreCodes(shelf)).issues
    assert issue.severity == "fatal"
    assert (issue.line, issue.column) == place
