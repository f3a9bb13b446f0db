"""The words by which a structure is looked for: without accents, without articles that files write at will."""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

_SAID: Final = (
    "rs",
    "rslongue",
    "complrs",
    "libcommune",
    "codepostal",
    "libcategetab",
    "siren",
    "siret",
    "libdepartement",
)
_LEAST: Final = 1
MOST_WORDS: Final = 12


def plain(text: str) -> str:
    """Lower case, without accents; all that is neither letter nor digit becomes a blank."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare.replace("œ", "oe").replace("æ", "ae")).split())


def sought(numero: str, facts: Mapping[str, Any]) -> str:
    """All the words of a structure."""
    return plain(" ".join([numero, *(str(facts[name]) for name in _SAID if name in facts)]))


def wanted(text: str) -> list[str]:
    """The words that someone asks for, at most `MOST_WORDS`; the FINESS abbreviates saint."""
    words = [word for word in plain(text).split() if len(word) >= _LEAST]
    return words[:MOST_WORDS]
