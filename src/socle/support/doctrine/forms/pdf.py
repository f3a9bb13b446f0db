"""An edition as one accessible PDF (PDF/UA-1: tagged, titled, in French, with bookmarks), by Typst.

Only the fonts that Typst carries are used and the date is the edition's: the same edition gives the same bytes.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from unicodedata import category, east_asian_width

import typst

from socle.kernel.outcome import Kind, Problem
from socle.support.doctrine.forms.typeset import typeset
from socle.support.doctrine.model import Edition

_UNSHOWN: Final = re.compile(r'the text `"(?:\\u\{([0-9a-f]+)\}|(.)).*"` could not be displayed', re.DOTALL)
_MOST_ALPHABETS: Final = 40


def to_pdf(edition: Edition) -> bytes:
    """The PDF of an edition. Takes seconds: never in the event loop.

    A letter that none of the fonts has is written as its code, e.g. [U+1F600]: PDF/UA refuses what cannot be read.

    Raises: Problem(INVALID) with Typst's own words when the edition cannot be set all the same.
    """
    return _compiled(edition, format="pdf", pdf_standards=["ua-1"])[0]


def to_pictures(edition: Edition, *, dots_per_inch: int = 72) -> list[bytes]:
    """The same pages as PNG, so that they can be looked at."""
    return _compiled(edition, format="png", ppi=float(dots_per_inch))


def _compiled(edition: Edition, **options: Any) -> list[bytes]:
    text = _coded(typeset(edition), _far)
    said = ""
    for _ in range(_MOST_ALPHABETS):
        try:
            made: Any = typst.compile(
                (template() + text).encode(), ignore_system_fonts=True, timestamp=_moment(edition), **options
            )
        except typst.TypstError as error:
            said = error.message
            found = _UNSHOWN.search(said)
            if found is None:
                break
            alphabet = (int(found[1], 16) if found[1] else ord(found[2])) >> 7
            text = _coded(text, lambda letter, alphabet=alphabet: ord(letter) >> 7 == alphabet)  # type: ignore[misc]
        else:
            return made if isinstance(made, list) else [made]
    raise Problem.of(
        Kind.INVALID,
        f"l'édition {edition.id} ne peut pas être mise en page : {said}",
        f"edition {edition.id} cannot be typeset: {said}",
    )


def _far(letter: str) -> bool:
    """Beyond what the fonts hold: emoji and the like, the wide letters of East Asia, codes that mean no letter."""
    return ord(letter) > 0xFFFF or east_asian_width(letter) in "WF" or category(letter) in ("Co", "Cn")


def _coded(text: str, missing: Callable[[str], bool]) -> str:
    if text.isascii():
        return text
    codes = {ord(letter): f"[U+{ord(letter):04X}]" for letter in set(text) if not letter.isascii() and missing(letter)}
    return text.translate(codes)


def _moment(edition: Edition) -> datetime:
    day = edition.published.first if edition.published else datetime(1980, 1, 1).date()  # noqa: DTZ001
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@cache
def template() -> str:
    """The look, before the text."""
    return (files("socle.support.doctrine.forms") / "edition.typ").read_text(encoding="utf-8")
