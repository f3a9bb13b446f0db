"""Strings as a French reader compares them: without case, accents, ligatures, hyphens or apostrophes.

Source: FHIR R4 search.html#string ("case and combining character insensitive"); the French part is the house's own
(docs/conformance/search.md).
"""

import re
import unicodedata
from functools import lru_cache

# What compatibility decomposition leaves whole, though a French keyboard (or clerk) writes it otherwise.
_LETTERS = str.maketrans(
    {
        "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ẞ": "ss", "ø": "o", "Ø": "o",
        "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ı": "i",
    }
)  # fmt: skip
_GAPS = re.compile(r"[\W_]+")


@lru_cache(maxsize=16_384)
def normalise(text: str) -> str:
    """`text` as it is compared: "Hélène  L'Œuvre-Noël" gives "helene l oeuvre noel".

    Idempotent. Empty when `text` holds no letter and no digit.
    """
    if not text.isascii():
        # One by one: in a long run of marks, putting them in order would take the square of its length.
        text = "".join(map(_plain, text))
    return _GAPS.sub(" ", text.lower()).strip()


@lru_cache(maxsize=4_096)
def _plain(character: str) -> str:
    folded = unicodedata.normalize("NFKD", character.translate(_LETTERS)).casefold().translate(_LETTERS)
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
