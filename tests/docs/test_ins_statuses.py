"""The page of the statuses is the table of the code."""

from scripts.ins_statuts import PAGE, page


def test_the_page_of_the_statuses_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python scripts/ins_statuts.py"
