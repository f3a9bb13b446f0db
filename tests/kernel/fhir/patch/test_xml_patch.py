"""XML Patch on the XML form of resources. Source: RFC 5261."""

import pytest
from tests.kernel.fhir.samples import observation, patient

from socle.kernel.fhir.patch import Bounds, XmlPatch
from socle.kernel.fhir.patch.selector import Refused, xpath
from socle.kernel.outcome import Kind, Problem

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


def patch(operations: str, namespaces: str = 'xmlns="http://hl7.org/fhir"') -> XmlPatch:
    return XmlPatch(f"<diff {namespaces}>{operations}</diff>".encode(), Bounds())


def on_document(document: str, operations: str) -> str:
    """The document after the operations, without its XML declaration; neither has a namespace."""
    return patch(operations, "").apply_to(document.encode()).decode().partition("?>\n")[2]


def test_elements_are_added_replaced_removed() -> None:
    changed = patch(
        '<add sel="Patient/name[1]" pos="after"><name><family value="Z"/></name></add>'
        '<replace sel="Patient/gender"><gender value="male"/></replace>'
        '<replace sel="Patient/birthDate/@value">1956-01-01</replace>'
        '<remove sel="Patient/telecom"/>'
    ).apply(patient())
    expected = patient(gender="male", birthDate="1956-01-01", telecom=...)
    assert changed == {**expected, "name": [*expected["name"], {"family": "Z"}]}


@pytest.mark.parametrize(
    ("namespaces", "selector"),
    [
        ('xmlns="http://hl7.org/fhir"', "Patient/name/given[2]/@value"),
        ('xmlns="http://hl7.org/fhir"', "/Patient/name[use]/given[@value='Aimée']/@value".replace("[use]", "")),
        ('xmlns:x="http://hl7.org/fhir"', "x:Patient/x:name/x:given[2]/@value"),
        ("", "f:Patient/f:name/f:given[2]/@value"),
        ("", "*/f:name/f:given[2]/@value"),
        ("", '//f:given[@value="Aimée"]/@value'),
    ],
)
def test_namespaces_of_selectors(namespaces: str, selector: str) -> None:
    operation = f"<f:replace sel='{selector}' xmlns:f='http://hl7.org/fhir'>X</f:replace>"
    if "'" in selector:
        operation = f'<f:replace sel="{selector}" xmlns:f="http://hl7.org/fhir">X</f:replace>'
    assert patch(operation, namespaces).apply(patient())["name"][0]["given"] == ["Dominique", "X"]


def test_what_is_compared_in_brackets_may_be_further_down() -> None:
    two = patient(name=[{"use": "official", "family": "A"}, {"use": "usual", "family": "B"}])
    for namespaces, selector in (
        ('xmlns="http://hl7.org/fhir"', "Patient/name[use/@value='usual']"),
        ("", "f:Patient/f:name[f:use/@value='usual']"),
    ):
        operation = f'<f:remove sel="{selector}" xmlns:f="http://hl7.org/fhir"/>'
        assert patch(operation, namespaces).apply(two)["name"] == two["name"][:1]


def test_a_selector_without_a_namespace_says_how_to_write_one() -> None:
    with pytest.raises(Problem) as caught:
        patch('<remove sel="Patient/birthDate"/>', "").apply(patient())
    assert "its names have no namespace: write f:Patient" in caught.value.issues[0].text.en


def test_texts_of_narratives() -> None:
    resource = patient(text={"status": "generated", "div": DIV.format("a<b>c</b>d")})
    one = patch('<replace sel="Patient/text/h:div/h:b/text()">X</replace>').apply(resource)
    assert one["text"]["div"] == DIV.format("a<b>X</b>d")
    two = patch('<remove sel="Patient/text/h:div/h:b"/>').apply(resource)
    assert two["text"]["div"] == DIV.format("ad")


def test_attributes_are_added() -> None:
    changed = patch('<add sel="Observation/code" type="@id">c1</add>').apply(observation())
    assert changed["code"]["id"] == "c1"


@pytest.mark.parametrize(
    ("document", "operations", "expected"),
    [
        ("<d><a/>t<b/></d>", '<add sel="d" pos="prepend">x<n/>y</add>', "<d>x<n/>y<a/>t<b/></d>"),
        ("<d>s<a/>t<b/></d>", '<add sel="d" pos="prepend"><n/></add>', "<d><n/>s<a/>t<b/></d>"),
        ("<d><a/>t<b/></d>", '<add sel="d"><n/>y</add>', "<d><a/>t<b/><n/>y</d>"),
        ("<d><a/>t<b/></d>", '<add sel="d/a" pos="after">x<n/></add>', "<d><a/>x<n/>t<b/></d>"),
        ("<d><a/>t<b/></d>", '<add sel="d/b" pos="before">x<n/></add>', "<d><a/>tx<n/><b/></d>"),
        ("<d><a/>t<b/></d>", '<add sel="d/a" pos="after">x</add>', "<d><a/>xt<b/></d>"),
        ("<d><!--a-->t</d>", '<replace sel="d/comment()[1]"><!--b--></replace>', "<d><!--b-->t</d>"),
        ("<d><a/>t<b/></d>", '<replace sel="d/a"><n/></replace>', "<d><n/>t<b/></d>"),
        ("<d><a/>t<b/></d>", '<replace sel="d/text()">u</replace>', "<d><a/>u<b/></d>"),
        ("<d><a/>t<b/></d>", '<remove sel="d/a"/>', "<d>t<b/></d>"),
        ("<d><a/>t<b/></d>", '<remove sel="d/text()[1]"/>', "<d><a/><b/></d>"),
        ('<d x="1"/>', '<remove sel="d/@x"/>', "<d/>"),
        ("<d><a>1</a><a>2</a></d>", "<remove sel=\"d/a[.='2']\"/>", "<d><a>1</a></d>"),
        ("<d/>", '<replace sel="d"><e/></replace>', "<e/>"),
    ],
)
def test_where_nodes_go(document: str, operations: str, expected: str) -> None:
    assert on_document(document, operations) == expected


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ("", "at least one operation"),
        ('<erase sel="Patient"/>', "is no operation"),
        ('<remove sel="Patient" when="now"/>', "no attribute “when”"),
        ('<add sel="Patient" pos="there"/>', "prepend, before or after"),
        ('<add sel="Patient" type="namespace::x">urn:x</add>', "is an @attribute"),
        ('<remove sel="Patient/name[position()=1]"/>', "from character 13"),
        ('<remove sel="Patient//name"/>', "from character 8"),
        ('<remove sel="count(//*)"/>', "from character 6"),
        ('<remove sel="Patient/"/>', "from character 9"),
        ('<remove sel=""/>', "from character 1"),
        ("<remove/>", "“remove” takes “sel”"),
    ],
)
def test_what_is_no_xml_patch_is_refused(operations: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        patch(operations)
    assert (caught.value.kind, said in caught.value.issues[0].text.en) == (Kind.INVALID, True)


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ('<remove sel="Patient/photo"/>', "“sel” finds nothing. Nothing has changed"),
        ('<remove sel="Patient/name/given"/>', "finds 2 nodes, and must find a single one"),
        ('<remove sel="Patient"/>', "root is not removed"),
        ('<replace sel="Patient/gender"><gender/><gender/></replace>', "single element"),
        ('<replace sel="Patient/gender/@value"><a/></replace>', "replaced by a text"),
        ('<add sel="Patient/gender/@value">x</add>', "nothing is added"),
        ('<remove sel="x:Patient"/>', "cannot be read"),
    ],
)
def test_what_does_not_apply_says_why(operations: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        patch(operations).apply(patient())
    assert (caught.value.kind, said in caught.value.issues[0].text.en) == (Kind.RULE_VIOLATED, True)


def test_the_result_must_be_fhir_xml() -> None:
    with pytest.raises(Problem) as caught:
        patch('<add sel="Patient"><gendre value="x"/></add>').apply(patient())
    assert (caught.value.kind, "gendre" in str(caught.value)) == (Kind.INVALID, True)


def test_a_fault_of_the_result_gives_no_line_of_a_text_that_nobody_sees() -> None:
    with pytest.raises(Problem) as caught:
        patch('<add sel="Patient"><active value="true"/></add>').apply(patient(active=...))
    [issue] = caught.value.issues
    assert issue.text.en.startswith("Patient.active: <active> comes before <")
    assert (issue.line, issue.column) == (0, 0)


def test_entities_and_document_types_are_refused() -> None:
    for text in (b'<!DOCTYPE a [<!ENTITY e "x">]><diff><remove sel="a"/></diff>', b"<diff><remove", b""):
        with pytest.raises(Problem) as caught:
            XmlPatch(text, Bounds())
        assert caught.value.kind is Kind.MALFORMED


def test_a_selector_is_bounded() -> None:
    with pytest.raises(Refused):
        xpath("a/" * 1_000 + "a", {})
