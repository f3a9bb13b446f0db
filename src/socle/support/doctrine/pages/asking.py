"""Dates in the address of a page."""

from datetime import date

from socle.kernel.pages import Page, wrong
from socle.support.doctrine.rules.fields import last_day, partial_date


def day_of(page: Page, name: str) -> date | None:
    """The last day that a date may mean ("2027" is the end of it), None when it is not given. Raises: Problem(INVALID)."""
    asked = page.query(name)
    found = partial_date(asked) if asked else None
    if asked and found is None:
        raise wrong(
            name,
            f"« {asked[:60]} » n'est pas une date : écrivez-la année-mois-jour, par exemple 2026-12-31, 2026-12 ou 2026.",
            f"“{asked[:60]}” is not a date: write it year-month-day, for instance 2026-12-31, 2026-12 or 2026.",
        )
    return last_day(found) if found else None
