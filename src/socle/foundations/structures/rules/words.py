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
_ARTICLES: Final = frozenset({"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"})
SHORT: Final = {"saint": "st", "sainte": "ste"}
"""What the files abbreviate, at will."""
_OTHERWISE: Final = {**SHORT, **{short: long for long, short in SHORT.items()}}
MOST_WORDS: Final = 12


def plain(text: str) -> str:
    """Lower case, without accents; all that is neither letter nor digit becomes a blank."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare.replace("œ", "oe").replace("æ", "ae")).split())


def sought(numero: str, facts: Mapping[str, Any]) -> str:
    """All the words of a structure."""
    return plain(" ".join([numero, *(str(facts[name]) for name in _SAID if name in facts)]))


def wanted(text: str) -> str:
    """The question that someone's words ask of PostgreSQL (`to_tsquery`): all of them, each perhaps the beginning of one.

    "" for none. Articles say nothing, unless they are all there is; the FINESS abbreviates saint. At most `MOST_WORDS` are read.
    """
    words = plain(text).split()[:MOST_WORDS]
    words = [word for word in words if word not in _ARTICLES] or words
    return " & ".join(f"({word}:* | {_OTHERWISE[word]}:*)" if word in _OTHERWISE else f"{word}:*" for word in words)
