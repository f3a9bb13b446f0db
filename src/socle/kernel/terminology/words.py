"""Text filters: words as a French reader types them, without case or accents, each the beginning of a word."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from socle.kernel.terminology.entries import Entry

_LETTERS: Final = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
_GAPS: Final = re.compile(r"[\W_]+")
_MOST_WORDS: Final = 12
LONGEST: Final = 60  # characters of a word that are kept


@lru_cache(maxsize=8_192)
def plain(text: str) -> str:
    """`text` without case, accents, ligatures and punctuation, its words parted by one space."""
    if not text.isascii():
        # One by one: in a long run of marks, putting them in order would take the square of its length.
        text = "".join(map(_bare, text))
    return _GAPS.sub(" ", text.lower()).strip()


@lru_cache(maxsize=4_096)
def _bare(letter: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", letter.translate(_LETTERS)) if not unicodedata.combining(c))


def asked(text: str) -> tuple[str, ...]:
    """The words of a text filter; () when it holds none. Beyond a dozen the last ones are left out."""
    return tuple(word[:LONGEST] for word in plain(text[:500]).split()[:_MOST_WORDS])


def said_of(entry: Entry) -> str:
    """All the words by which a concept is found: its code, its display, its other names."""
    return plain(" ".join((entry.code, entry.display, *(name.value for name in entry.names))))


def mentions(entry: Entry, words: tuple[str, ...]) -> bool:
    """Whether each word begins one of the concept's words."""
    if not words:
        return True
    text = " " + said_of(entry)
    return all(f" {word}" in text for word in words)
