"""FHIR XML both ways: what is kept to the letter, what is refused and how. Source: FHIR R4 xml.html."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.fhir.samples import observation, patient, synthea_resources

from socle.kernel.fhir import xml
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.xml.reader import read
from socle.kernel.outcome import Kind, Problem

Json = dict[str, Any]
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'


def document(inside: str, resource_type: str = "Patient") -> bytes:
    return f'<{resource_type} xmlns="http://hl7.org/fhir">{inside}</{resource_type}>'.encode()


def refused(data: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        read(data)
    return caught.value


# — what a value may be —


def test_values_are_kept_to_the_letter() -> None:
    inside = '<valueQuantity><value value="1.10"/></valueQuantity>'
    resource = read(document(f'<status value="final"/>{inside}', "Observation")).resource
    assert resource["valueQuantity"]["value"] == Decimal("1.10")
    assert b'<value value="1.10"/>' in xml.write(resource)


def test_elements_come_in_the_order_of_the_specification() -> None:
    text = xml.write({"birthDate": "1980", "resourceType": "Patient", "gender": "male", "id": "p"}).decode()
    assert text.endswith('<id value="p"/><gender value="male"/><birthDate value="1980"/></Patient>')


def test_ids_and_extensions_of_primitives_are_their_companions() -> None:
    extension = '<extension url="urn:e"><valueInteger value="3"/></extension>'
    inside = f'<name><given value="A"/><given id="g">{extension}</given><given id="h" value="C"/></name>'
    name = read(document(inside)).resource["name"][0]
    said = [{"url": "urn:e", "valueInteger": 3}]
    assert name == {"given": ["A", None, "C"], "_given": [None, {"id": "g", "extension": said}, {"id": "h"}]}
    assert inside.encode() in xml.write({"resourceType": "Patient", "name": [name]})


def test_values_that_are_all_absent_leave_their_companions_alone() -> None:
    inside = '<name><given><extension url="urn:e"><valueBoolean value="true"/></extension></given></name>'
    name = read(document(inside)).resource["name"][0]
    assert name == {"_given": [{"extension": [{"url": "urn:e", "valueBoolean": True}]}]}
    assert inside.encode() in xml.write({"resourceType": "Patient", "name": [name]})


def test_line_breaks_in_values_survive() -> None:
    resource = patient(id="a", name=[{"text": "a\nb\tc\r\n\"<&>' d"}])
    assert read(xml.write(resource)).resource == resource


def test_a_narrative_is_kept_as_it_was_written() -> None:
    div = f'{DIV}\n <p  class="x">1 &lt; 2 &#160; é<!-- said --><br/></p>\n</div>'
    text = document(f'<text><status value="generated"/>{div}</text>')
    resource = read(text).resource
    assert resource["text"]["div"] == div
    assert xml.write(resource).endswith(text)


def test_entities_of_html_become_numbers() -> None:
    text = {"status": "generated", "div": f"{DIV}a&nbsp;b &lt; &eacute;</div>"}
    written = xml.write({"resourceType": "Patient", "text": text})
    assert "a&#160;b &lt; &#233;" in read(written).resource["text"]["div"]


@pytest.mark.parametrize(
    "text",
    [
        '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text>'
        '<f:status value="generated"/><h:div>a<h:b title="t">b</h:b>c<h:br/></h:div></f:text></f:Patient>',
        '<Patient xmlns="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><text>'
        '<status value="generated"/><h:div>a<h:b title="t">b</h:b>c<h:br/></h:div></text></Patient>',
    ],
)
def test_a_narrative_with_prefixes_is_made_to_stand_alone(text: str) -> None:
    assert read(text.encode()).resource["text"]["div"] == f'{DIV}a<b title="t">b</b>c<br/></div>'


def test_an_empty_narrative_ends_where_it_ends() -> None:
    text = document(f'<text><status value="empty"/>{DIV[:-1]}/></text><gender value="male"/>')
    assert read(text).resource == {
        "resourceType": "Patient",
        "text": {"status": "empty", "div": f"{DIV[:-1]}/>"},
        "gender": "male",
    }


def test_resources_inside_others() -> None:
    inner = {"resourceType": "Organization", "id": "o", "name": "O"}
    for resource in (
        patient(contained=[inner, {**inner, "id": "p"}]),
        {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:x", "resource": inner}]},
        {"resourceType": "Parameters", "parameter": [{"name": "a", "resource": inner}, {"name": "b"}]},
    ):
        assert read(xml.write(resource)).resource == resource


def test_comments_are_left_out_and_counted() -> None:
    text = document('<!-- a --><gender value="male"/><?b c?>')
    assert read(b"<?xml version='1.0' encoding='utf-8'?><!-- x -->" + text) == (
        {"resourceType": "Patient", "gender": "male"},
        3,
    )


def test_pretty_changes_the_layout_only() -> None:
    text = xml.write(observation(), pretty=True)
    assert b'\n  <status value="final"/>\n' in text
    assert read(text).resource == observation()


# — what is refused, where, and what to do —


@pytest.mark.parametrize(
    ("inside", "path", "said"),
    [
        ('<gendre value="male"/>', "Patient", 'did you mean "gender"'),
        ('<birthDate value="1980"/>\n<gender value="male"/>', "Patient.gender", "line 2, column 1: <gender> comes before"),
        ('<gender value="male"/><gender value="male"/>', "Patient.gender", "does not repeat"),
        ('<deceasedBoolean value="true"/><deceasedDateTime value="2020"/>', "Patient.deceased", "only one type"),
        ('<active value="yes"/>', "Patient.active", "write true or false"),
        ('<multipleBirthInteger value="007"/>', "Patient.multipleBirth", "write a whole number"),
        ('<name><given value="A"/><given/></name>', "Patient.name[0].given[1]", "is empty"),
        ("<name/>", "Patient.name[0]", "is empty"),
        ("<active value='true'/>\n<name>\n<!-- é -->\n</name>", "Patient.name[0]", "line 2, column 1: the element is empty"),
        ('<name value="A"/>', "Patient.name", 'attribute "value"'),
        ('<name use="official"><family value="A"/></name>', "Patient.name", 'attribute "use"'),
        ("<active>true</active>", "Patient.active", 'in the attribute "value"'),
        ('<gender value="male"><text value="x"/></gender>', "Patient.gender", '"text" does not exist'),
        ('<id value="a"><extension url="u"/></id>', "Patient.id", '"extension" does not exist'),
        ("<contained><Patientt/></contained>", "Patient.contained[0]", 'did you mean "Patient"'),
        ('<x:y xmlns:x="urn:z"/>', "Patient", 'of the namespace "urn:z"'),
        ('<x xmlns=""/>', "Patient", 'is of no namespace; write xmlns="http://hl7.org/fhir"'),
        ('<text><status value="empty"/><div>a</div></text>', "Patient.text.div", "the narrative is an element"),
        ("<contained></contained>", "Patient.contained[0]", "is empty"),
    ],
)  # fmt: skip
def test_a_fault_says_its_element_its_place_and_what_to_do(inside: str, path: str, said: str) -> None:
    problem = refused(document(inside))
    assert problem.kind is Kind.INVALID
    assert problem.issues[0].expression == (path,)
    assert said in problem.issues[0].text.en
    assert "ligne" in problem.issues[0].text.fr


def test_all_faults_are_told_at_once() -> None:
    problem = refused(document('<a/><active value="x"/><name><b/><family value="ok"/></name>'))
    assert [issue.expression for issue in problem.issues] == [("Patient",), ("Patient.active",), ("Patient.name[0]",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "line 1"),
        (b"<Patient", "ends too early"),
        (b'<Patient xmlns="http://hl7.org/fhir"></Patient><a/>', "goes on after"),
        (b'<Patient xmlns="http://hl7.org/fhir"><a></b></Patient>', "line 1, column"),
        (document('<name><text value="a & b"/></name>'), "& is written &amp;"),
        (document(f'<text><status value="empty"/>{DIV}&nbsp;</div></text>'), "its number (&#160;)"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>', "DOCTYPE"),
        (b'<?xml version="1.0" encoding="latin-1"?><Patient xmlns="http://hl7.org/fhir"/>', "UTF-8"),
        ('<Patient xmlns="http://hl7.org/fhir"><gender value="é"/></Patient>'.encode("latin-1"), "UTF-8"),
        (document("<x:a/>"), "prefix is not declared"),
        (b'\xef\xbb\xbf\r\n{"resourceType": "Patient"}', "this text is JSON"),
    ],
)
def test_what_is_no_xml_is_refused_with_its_place(text: bytes, said: str) -> None:
    problem = refused(text)
    assert problem.kind is Kind.MALFORMED
    assert said in problem.issues[0].text.en


def test_a_document_without_the_namespace_of_fhir_is_told_so() -> None:
    assert 'xmlns="http://hl7.org/fhir"' in refused(b"<Patient/>").issues[0].text.en


def test_depth_is_bounded() -> None:
    levels = 5_000
    opened = '<extension url="u">' * levels
    problem = refused(document(opened + "</extension>" * levels))
    assert (problem.kind, "100 levels" in problem.issues[0].text.en) == (Kind.MALFORMED, True)


@pytest.mark.parametrize("opened", ["<a>", f'<text><status value="empty"/>{DIV}' + "<b>" * 10])
def test_depth_is_bounded_in_narratives_and_in_what_is_passed_over(opened: str) -> None:
    problem = refused(document(opened + "<b>" * 100_000))
    assert (problem.kind, "250 levels" in problem.issues[0].text.en) == (Kind.MALFORMED, True)


def test_time_is_linear_in_values_without_text() -> None:
    given = read(document("<name>" + '<given id="a"/>' * 200_000 + "</name>")).resource["name"][0]
    assert (len(given["_given"]), "given" in given) == (200_000, False)


def test_after_fifty_faults_the_rest_is_not_read() -> None:
    problem = refused(document("<a/>" * 1_000_000))
    assert len(problem.issues) == 50


def test_a_bomb_of_entities_is_not_even_read() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 40))
    problem = refused(f'<!DOCTYPE x [<!ENTITY e0 "x">{bomb}]>{document("<a/>").decode()}'.encode())
    assert "DOCTYPE" in problem.issues[0].text.en


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_is_refused_or_read_never_a_crash(data: st.DataObject) -> None:
    text = bytearray(xml.write(patient(text={"status": "generated", "div": f"{DIV}<p>a</p></div>"})))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        read(bytes(text))
    except Problem as problem:
        told = bool(problem.issues)
    else:
        told = True
    assert told


def test_what_xml_cannot_carry_is_told() -> None:
    with pytest.raises(Problem) as caught:
        xml.write(patient(name=[{"text": "a\ufffe"}]))
    assert (caught.value.kind, "U+FFFE" in str(caught.value)) == (Kind.NOT_ACCEPTABLE, True)


def test_what_is_no_resource_is_not_written() -> None:
    for wrong in ({}, {"resourceType": "Nothing"}, {"resourceType": "Patient", "gendre": "x"}):
        with pytest.raises(ValueError, match=r"R4 resource|has no"):
            xml.write(wrong)


# — any resource, both ways —

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\ufffe\uffff"), min_size=1, max_size=12
).map(lambda text: "".join(c if c >= " " or c in "\t\n\r" else "x" for c in text))
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=3)


def values(code: str) -> st.SearchStrategy[Any]:
    if code == "boolean":
        return st.booleans()
    if r4().is_a(code, "integer"):
        return st.integers(-(2**31), 2**31 - 1)
    return DECIMALS if code == "decimal" else TEXTS


@st.composite
def objects(draw: st.DrawFn, path: str, depth: int = 3) -> Json:
    """Values of the shape of a type: not legal FHIR in every way, but as FHIR XML and JSON write it."""
    made: Json = {"resourceType": path} if r4().is_resource(path) else {}
    elements = [e for e in r4().elements(path).values() if e.name != "contained" or depth == 3]
    for element in draw(st.lists(st.sampled_from(elements), min_size=1, max_size=5, unique_by=lambda e: e.name)):
        name, code = draw(st.sampled_from(element.json_names()))
        many = element.max is None
        if code == "xhtml":
            made[name] = draw(st.sampled_from([f"{DIV}a</div>", f"{DIV}<p>é &amp; b</p>\n</div>"]))
            continue
        primitive = r4().kind(code) == "primitive"
        if code == "Resource":
            code = draw(st.sampled_from(["Patient", "Observation", "Questionnaire"]))
        if not primitive and depth == 0:
            continue
        if element.attribute:
            made[name] = draw(TEXTS)
            continue
        count = draw(st.integers(1, 3)) if many else 1
        items = [draw(values(code) if primitive else objects(code, depth - 1)) for _ in range(count)]
        items = [item for item in items if primitive or set(item) - {"resourceType", "id", "url"}]
        if not items:
            continue
        if primitive and draw(st.integers(0, 3)) == 0:
            said = [
                draw(st.sampled_from([None, {"id": "i"}, {"extension": [{"url": "urn:e", "valueCode": "c"}]}]))
                for _ in items
            ]
            kept = [
                None if companion and draw(st.booleans()) else item for item, companion in zip(items, said, strict=True)
            ]
            if any(said):
                made[f"_{name}"] = said if many else said[0]
            if any(item is not None for item in kept):
                made[name] = kept if many else kept[0]
            continue
        made[name] = items if many else items[0]
    return made


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(["Patient", "Observation", "Questionnaire", "Bundle", "Parameters", "MedicationRequest"]).flatmap(
        objects
    )
)
def test_any_resource_comes_back_the_same(resource: Json) -> None:
    if len(resource) == 1:
        return
    assert read(xml.write(resource)).resource == resource
    assert read(xml.write(resource, pretty=True)).resource == resource


def test_synthea_comes_back_the_same() -> None:
    for resource in synthea_resources(2):
        assert read(xml.write(resource)).resource == resource
