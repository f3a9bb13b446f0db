"""The PDF, read by a library that did not write it: what PDF/UA-1 asks and a machine can see."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from pypdf import PdfReader
from pypdf.generic import ContentStream
from tests.support.doctrine.forms.sample import EDITION, editions

from socle.support.doctrine.forms.markdown.typst import french
from socle.support.doctrine.forms.pdf import to_pdf, to_pictures
from socle.support.doctrine.model import Edition


@cache
def read() -> PdfReader:
    return PdfReader(BytesIO(to_pdf(EDITION)))


def root() -> Any:
    return read().trailer["/Root"]


def elements(node: Any) -> Iterator[Any]:
    """Every element of the structure tree, in the order of reading."""
    found = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(found, list):
        for one in found:
            yield from elements(one)
    elif isinstance(found, dict) and "/S" in found:
        yield found
        yield from elements(found.get("/K", []))


@cache
def structure() -> list[Any]:
    return list(elements(root()["/StructTreeRoot"]["/K"]))


def of_kind(kind: str) -> list[Any]:
    return [one for one in structure() if one["/S"] == kind]


def words() -> str:
    return " ".join(" ".join(page.extract_text() for page in read().pages).split())


def test_it_says_that_it_follows_pdf_ua_1() -> None:
    assert "<pdfuaid:part>1</pdfuaid:part>" in read().xmp_metadata.rdf_root.toxml()


def test_it_is_tagged_titled_and_in_french() -> None:
    assert root()["/MarkInfo"]["/Marked"]
    assert root()["/Lang"].startswith("fr")
    assert read().metadata.title == french(EDITION.title)
    assert root()["/ViewerPreferences"]["/DisplayDocTitle"]


def test_everything_shown_is_in_the_structure_or_declared_decoration() -> None:
    for page in read().pages:
        depth = 0
        for operands, operator in ContentStream(page["/Contents"].get_object(), read()).operations:
            if operator in (b"BDC", b"BMC"):
                depth += 1
            elif operator == b"EMC":
                depth -= 1
            elif operator in (b"Tj", b"TJ", b"Do", b"f", b"S", b"B"):
                assert depth > 0, (operator, operands)
        assert depth == 0
        assert page["/Tabs"] == "/S"


def test_headings_skip_no_level() -> None:
    levels = [int(one["/S"][2:]) for one in structure() if one["/S"][:2] == "/H" and one["/S"][2:].isdigit()]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_tables_have_headers_with_a_scope() -> None:
    tables = of_kind("/Table")
    assert len(tables) == 4  # one in a text, two of requirements, the macro-planning
    for table in tables:
        headers = [one for one in elements(table) if one["/S"] == "/TH"]
        assert headers
        for header in headers:
            attributes = header["/A"] if isinstance(header["/A"], list) else [header["/A"]]
            assert any(one.get_object().get("/Scope") == "/Column" for one in attributes)


def test_the_diagram_is_a_picture_with_words_and_a_list() -> None:
    (figure,) = of_kind("/Figure")
    assert "Plateformes : Mon espace santé (Messagerie). Socle : INS, RPPS." in figure["/Alt"].replace("\u00a0", " ")
    assert "Le schéma en liste" in words()
    assert "INS → Messagerie : identité" in words().replace("\u00a0", " ")


def test_bookmarks_follow_the_parts_and_the_chapters() -> None:
    outline = read().outline
    titles = [one.title for one in outline if not isinstance(one, list)]
    assert titles == [
        *("Lire cette édition", "Synthèse", "Fondations", "Plateformes"),
        *("Macro-planning", "Schéma cible", "Qui doit faire quoi"),
    ]
    below = next(one for one in outline if isinstance(one, list))
    assert [one.title for one in below if not isinstance(one, list)] == [
        "2.4.5 Identité nationale de santé (INS)",
        "2.4.2 Annuaire des personnes",
    ]


def test_links_are_described_and_lead_somewhere() -> None:
    links = [note.get_object() for page in read().pages for note in page.get("/Annots", [])]
    assert links
    assert all(link.get("/Contents") for link in links)
    assert all("/Dest" in link or "/A" in link for link in links)


def test_there_is_a_table_of_contents_and_every_page_has_its_number() -> None:
    assert of_kind("/TOC")
    count = len(read().pages)
    for number, page in list(enumerate(read().pages, 1))[1:]:
        assert f"{number} / {count}" in page.extract_text()


def test_each_requirement_is_told_with_who_when_and_how_it_is_verified() -> None:
    text = words().replace("\u00a0", " ")
    assert "L’établissement de santé référence" in text
    assert "prévu : 1er janvier 2020" in text
    assert "Scénario joué : Le scénario lit le statut. (foundations.ins#INS-012)" in text


def test_the_same_edition_gives_the_same_bytes() -> None:
    assert to_pdf(EDITION) == to_pdf(replace(EDITION))


def test_pages_can_be_looked_at() -> None:
    pictures = to_pictures(EDITION, dots_per_inch=20)
    assert len(pictures) == len(read().pages)
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


@given(editions())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
def test_whatever_the_edition_a_pdf_is_made(edition: Edition) -> None:
    reader = PdfReader(BytesIO(to_pdf(edition)))
    assert [one["/S"] for one in elements(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])].count("/Document") == 1


def test_a_letter_that_no_font_has_is_written_as_its_code() -> None:
    reader = PdfReader(BytesIO(to_pdf(replace(EDITION, note="Un visage 😀, un mot 漢字, un autre \u1c50."))))
    text = " ".join((reader.pages[0].extract_text()).split())
    assert "Un visage [U+1F600], un mot [U+6F22][U+5B57], un autre [U+1C50]." in text


def test_an_edition_without_chapter_still_makes_a_pdf() -> None:
    empty = replace(EDITION, chapters=(), milestones=(), diagram=replace(EDITION.diagram, blocks=(), flows=()))
    assert to_pdf(empty).startswith(b"%PDF")
