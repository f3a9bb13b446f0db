"""The editions shipped, in every form: what the small edition of the tests cannot show."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from lxml import etree
from pypdf import PdfReader
from trestle.oscal.catalog import Catalog
from trestle.oscal.component import ComponentDefinition
from trestle.oscal.profile import Profile

from socle.support.doctrine.forms.epub import to_epub
from socle.support.doctrine.forms.leaves.leaf import Leaves
from socle.support.doctrine.forms.markdown import references
from socle.support.doctrine.forms.oscal import from_catalog, to_catalog, to_component_definition, to_profile
from socle.support.doctrine.forms.pdf import to_pdf
from socle.support.doctrine.forms.site import to_site
from socle.support.doctrine.model import Edition
from socle.support.doctrine.rules.reading import load
from socle.support.doctrine.store import shipped

EDITIONS = {id: load(shipped.read(id)) for id in shipped.editions()}
each = pytest.mark.parametrize("edition", EDITIONS.values(), ids=EDITIONS.keys())


@each
def test_nothing_is_lost_in_oscal(edition: Edition) -> None:
    assert from_catalog(json.loads(json.dumps(to_catalog(edition)))) == edition


@each
def test_trestle_accepts_its_oscal(edition: Edition) -> None:
    assert len(Catalog(**to_catalog(edition)["catalog"]).groups or []) == 7
    assert Profile(**to_profile(edition)["profile"]).imports
    assert ComponentDefinition(**to_component_definition(edition)["component-definition"]).components


@each
def test_every_reference_of_its_texts_leads_somewhere(edition: Edition) -> None:
    among = Leaves(edition, ".html")
    blocks = [(edition.synthesis.id, block) for block in edition.synthesis.blocks]
    blocks += [(one.id, block) for one in edition.chapters for section in one.sections for block in section.blocks]
    lost = [
        f"{chapter}:{block.line} {reference.target}"
        for chapter, block in blocks
        for reference in references(block.markdown)
        if among.link(reference.target) is None
    ]
    assert lost == []


@each
def test_its_pdf_is_accessible_with_a_bookmark_for_each_chapter(edition: Edition) -> None:
    reader = PdfReader(BytesIO(to_pdf(edition)))
    assert "<pdfuaid:part>1</pdfuaid:part>" in reader.xmp_metadata.rdf_root.toxml()
    below = [
        one.title for part in reader.outline if isinstance(part, list) for one in part if not isinstance(one, list)
    ]
    numbers = {title.split(" ")[0] for title in below}
    assert {one.number for one in edition.chapters} <= numbers


@each
def test_its_pages_and_its_book_are_well_formed(edition: Edition) -> None:
    book = ZipFile(BytesIO(to_epub(edition)))
    for name in book.namelist():
        if name.endswith(".xhtml"):
            identifiers = etree.fromstring(book.read(name)).xpath("//@id")
            assert len(identifiers) == len(set(identifiers)), name
    assert f"{edition.chapters[0].id}.html" in to_site(edition)
