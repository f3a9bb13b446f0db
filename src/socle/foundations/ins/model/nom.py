"""The alphabet of names: capitals A–Z, space, apostrophe, hyphen; nothing else reaches INSi.

Source: RNIV (enregistrement des traits stricts); Guide d'intégration INSi, rules of syntax as published client
libraries apply them: the first character is neither a space nor a hyphen; spaces and apostrophes are neither doubled
nor combined; a double hyphen is legal in a birth name (separator of double names of 2003–2011) and not in a given
name.
"""

import re
import unicodedata
from functools import lru_cache

from socle.kernel.outcome import Kind, Problem

RULE = "RNIV traits stricts, alphabet"
MAX = 100  # characters; also the length of S3 and S4 in the INS datamatrix

# What NFKD does not take apart, and the many ways of typing an apostrophe, a hyphen or a space.
_LIGATURES = str.maketrans(
    {
        **{"Œ": "OE", "œ": "OE", "Æ": "AE", "æ": "AE", "ß": "SS", "Þ": "TH", "þ": "TH", "ı": "I"},
        **{"Ø": "O", "ø": "O", "Đ": "D", "đ": "D", "Ł": "L", "ł": "L"},
        **dict.fromkeys("’ʼ‘`´ʻ", "'"),
        **dict.fromkeys("‐‑‒–—−", "-"),
        **dict.fromkeys("\u00a0\u202f\u2009\t", " "),
    }
)
_NOM = re.compile(r"['A-Z](?:[A-Z]|'(?![' ])| (?![ '\-])|-(?!--))*")
_PRENOM = re.compile(r"['A-Z](?:[A-Z]|'(?![' ])| (?![ '\-])|-(?![\-' ]))*")


def letters(text: str) -> str:
    """Capitals without marks; typographic apostrophes and dashes made plain; spaces collapsed, none around ' and -."""
    text = text.translate(_LIGATURES)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).upper()
    text = re.sub(r" +", " ", text).strip()
    return re.sub(r" ?(['\-]) ?", r"\1", text)


@lru_cache(maxsize=65_536)
def normalise_nom(text: str, element: str = "nom de naissance") -> str:
    """`text` as a birth name is recorded: "Hélène d’Arçay" → "HELENE D'ARCAY".

    Raises: Problem(INVALID) when it holds a character that has no equivalent (digits, other scripts) or is empty or
    too long.
    """
    return _checked(text, _NOM, element)


@lru_cache(maxsize=65_536)
def normalise_prenom(text: str, element: str = "prénom") -> str:
    """`text` as a given name is recorded. Raises: as `normalise_nom`; a double hyphen or a final hyphen is refused
    too.
    """
    return _checked(text, _PRENOM, element)


def _checked(text: str, pattern: re.Pattern[str], element: str) -> str:
    if len(text) <= MAX * 2:
        spelled = letters(text)
        if 0 < len(spelled) <= MAX and pattern.fullmatch(spelled) and spelled[-1] not in "'-":
            return spelled
    raise Problem.of(
        Kind.INVALID,
        f"Le {element} ne peut pas être enregistré ainsi : lettres A à Z, espace, apostrophe et tiret seulement (les "
        f"accents "
        f"sont retirés d'office), au plus {MAX} caractères, sans commencer ni finir par un tiret.",
        f"The name ({element}) cannot be recorded like this: letters A–Z, space, apostrophe and hyphen only (accents "
        f"are "
        f"removed), {MAX} characters at most, not starting or ending with a hyphen.",
        rule=RULE,
    )
