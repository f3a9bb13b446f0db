"""The folder of HTML pages: whole by itself, every link leads somewhere, nothing for axe to say."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import pytest
from lxml import html
from tests.browser import browser, context, overflow, violations
from tests.support.doctrine.forms.sample import EDITION

from socle.support.doctrine.forms.site import to_site

__all__ = ["browser"]

PAGES = to_site(EDITION)
DOCUMENTS = {name: html.fromstring(content) for name, content in PAGES.items() if name.endswith(".html")}


def test_the_edition_opens_with_its_contents_by_orientation() -> None:
    index = DOCUMENTS["index.html"]
    assert index.xpath("//div[@class='part']/h3/text()") == ["Fondations", "Plateformes"]
    assert index.xpath("//div[@class='part'][1]//a/@href") == ["ins.html", "people.html"]


def test_every_link_leads_to_a_page_and_a_place_of_the_folder() -> None:
    places = {name: set(document.xpath("//@id")) for name, document in DOCUMENTS.items()}
    for name, document in DOCUMENTS.items():
        for href in document.xpath("//@href"):
            path, anchor = urldefrag(href)
            assert (path or name) in PAGES, (name, href)
            assert not anchor or anchor in places[path or name], (name, href)


def test_nothing_is_asked_of_another_site_and_nothing_runs() -> None:
    for content in PAGES.values():
        assert not re.search(rb"<script|<style|\sstyle=|\son[a-z]+=|@import|url\(", content)
        assert b"http://" not in content


def test_each_page_leads_to_the_one_before_and_the_one_after() -> None:
    beside = DOCUMENTS["ins.html"].xpath("//nav[@aria-label='Pages voisines']//a/@href")
    assert beside == ["synthese.html", "people.html"]


def test_identifiers_are_unique_in_a_page() -> None:
    for name, document in DOCUMENTS.items():
        identifiers = document.xpath("//@id")
        assert len(identifiers) == len(set(identifiers)), name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    for name, content in PAGES.items():
        (place / name).write_bytes(content)
    return place


@pytest.mark.browser
@pytest.mark.parametrize("seen", [{}, {"phone": True, "dark": True}])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(browser: Any, folder: Path, seen: dict[str, bool]) -> None:
    with context(browser, **seen) as around:
        page = around.new_page()
        for name in ("index.html", "ins.html", "calendrier.html", "schema.html", "qui.html"):
            page.goto((folder / name).as_uri())
            assert violations(page) == [], name
            assert overflow(page) == 0, name
