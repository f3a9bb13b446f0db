"""The page of a validation, in a real browser."""

from typing import Any

import pytest
from tests.browser import browser, context, overflow, violations

from socle.kernel.fhir.validation import Judged, Report, Source
from socle.kernel.fhir.validation.reports import as_html
from socle.kernel.outcome import Issue, Text

__all__ = ["browser"]

LONG = "http://e.example/StructureDefinition/" + "a-name-that-is-as-long-as-those-of-guides-" * 4


@pytest.mark.browser
def test_the_page_names_each_text_the_wrong_ones_first_and_fits_a_phone(browser: Any) -> None:
    wrong = Issue(Text(f"« {LONG} » manque", f"“{LONG}” is missing"), ("Patient",), LONG, line=2, column=1)
    judged = [
        Judged(Source("good.json", b"{}"), Report((), (LONG,), ())),
        Judged(Source("wrong.json", b"{\n}"), Report((wrong,), (LONG,), ())),
    ]
    page = context(browser).new_page()
    page.set_content(as_html(judged, "fr"))
    assert page.locator("nav a").all_inner_texts() == ["wrong.json", "good.json"]
    for link in page.locator("nav a").evaluate_all("links => links.map(one => one.hash)"):
        assert page.locator(f"{link} h2").count() == 1
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) == 0, width
    assert violations(page) == []
