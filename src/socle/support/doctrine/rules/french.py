"""French words as a search compares them: whatever their accents, their number or their ending."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import Stemmer

_WORD: Final = re.compile(r"[^\W_]+")
_STEMMER: Final = Stemmer.Stemmer("french")
_SILENT: Final = frozenset(
    _WORD.findall(
        "au aux avec ce ces cet cette dans de des du elle elles en est et eux il ils je la le les leur leurs lui ma mais me "
        "mes mon ne nos notre nous on ont ou par pas pour qu que qui quel quelle quels quelles sa se ses si son sont sur ta "
        "te tes toi ton tu un une vos votre vous a y c d j l m n s t"
    )
)


def words(text: str) -> Iterator[tuple[int, int, str]]:
    """Every word of a text: where it begins, where it ends, itself."""
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), match[0]


@lru_cache(maxsize=65_536)
def folded(word: str) -> str:
    """A word in small letters without its accents: "Hébergé" → "heberge", "œuvre" → "oeuvre"."""
    plain = unicodedata.normalize("NFKD", word.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=65_536)
def stems(word: str) -> frozenset[str]:
    """What a word is found by; nothing for the little words that every sentence has ("de", "les").

    Two stems at most: that of the word, and that of the word without accents, for those who type none.
    """
    plain = folded(word)
    if plain in _SILENT:
        return frozenset()
    if plain.isdigit() or len(plain) < 3:
        return frozenset((plain,))
    return frozenset((folded(_STEMMER.stemWord(word.casefold())), _STEMMER.stemWord(plain)))
