"""The page of conformance is what the tests show."""

from scripts.conformance import PAGE, page


def test_the_page_of_conformance_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m scripts.conformance"
